package dev.javelin.nn;

import dev.javelin.Tensor;

/// `min(max(x + 3, 0), 6) / 6`.
public final class Hardsigmoid extends Module {
  /// The layer; it has no settings.
  public Hardsigmoid() {}

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.hardsigmoid(x);
  }
}
