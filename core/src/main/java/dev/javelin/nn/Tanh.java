package dev.javelin.nn;

import dev.javelin.Tensor;

/// The hyperbolic tangent, element by element.
public final class Tanh extends Module {
  /// The layer; it has no settings.
  public Tanh() {}

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.tanh(x);
  }
}
