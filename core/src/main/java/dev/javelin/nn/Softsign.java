package dev.javelin.nn;

import dev.javelin.Tensor;

/// `x / (1 + |x|)`.
public final class Softsign extends Module {
  /// The layer; it has no settings.
  public Softsign() {}

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.softsign(x);
  }
}
