package dev.javelin.nn;

import dev.javelin.Tensor;

/// `x sigmoid(x)`, element by element.
public final class SiLU extends Module {
  /// The layer; it has no settings.
  public SiLU() {}

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.silu(x);
  }
}
