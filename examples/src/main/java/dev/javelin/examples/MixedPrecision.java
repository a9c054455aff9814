package dev.javelin.examples;

import dev.javelin.Device;
import dev.javelin.amp.Autocast;
import dev.javelin.amp.GradScaler;
import dev.javelin.kernels.DType;

/// In which dtype the products of a training run, by the names users write.
enum MixedPrecision {
  NONE("none", DType.BFLOAT16),
  BFLOAT16("bf16", DType.BFLOAT16),
  FLOAT16("fp16", DType.FLOAT16);

  private final String text;
  private final DType dtype;

  MixedPrecision(String text, DType dtype) {
    this.text = text;
    this.dtype = dtype;
  }

  /// Opens a region for the forward pass.
  Autocast open(Device device) {
    return Autocast.open(device, dtype, this != NONE);
  }

  /// A scaler, switched off where gradients do not vanish.
  GradScaler scaler() {
    return new GradScaler(GradScaler.Options.DEFAULT.withEnabled(this == FLOAT16));
  }

  @Override
  public String toString() {
    return text;
  }
}
