package dev.javelin.examples;

import dev.javelin.amp.GradScaler;
import dev.javelin.kernels.DType;
import dev.javelin.train.Trainer;

/// In which dtype the products of a training run, by the names users write.
enum MixedPrecision {
  NONE("none"),
  BFLOAT16("bf16"),
  FLOAT16("fp16");

  private final String text;

  MixedPrecision(String text) {
    this.text = text;
  }

  /// Makes a trainer compute in it.
  Trainer apply(Trainer trainer) {
    return switch (this) {
      case NONE -> trainer;
      case BFLOAT16 -> trainer.withAutocast(DType.BFLOAT16);
      // The small gradients of float16 would vanish.
      case FLOAT16 -> trainer.withAutocast(DType.FLOAT16).withScaler(new GradScaler());
    };
  }

  @Override
  public String toString() {
    return text;
  }
}
