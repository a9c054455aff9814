package dev.javelin.nn;

import dev.javelin.Tensor;

/// `1 / (1 + e^-x)`, element by element.
public final class Sigmoid extends Module {
  /// The layer; it has no settings.
  public Sigmoid() {}

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.sigmoid(x);
  }
}
