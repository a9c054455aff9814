package dev.javelin.nn;

import dev.javelin.Tensor;

/// `x tanh(log(1 + e^x))` (Misra, arXiv 1908.08681).
public final class Mish extends Module {
  /// The layer; it has no settings.
  public Mish() {}

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.mish(x);
  }
}
