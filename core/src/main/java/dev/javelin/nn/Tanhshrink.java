package dev.javelin.nn;

import dev.javelin.Tensor;

/// `x - tanh(x)`.
public final class Tanhshrink extends Module {
  /// The layer; it has no settings.
  public Tanhshrink() {}

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.tanhshrink(x);
  }
}
