package dev.javelin.nn;

import dev.javelin.Tensor;

/// `x min(max(x + 3, 0), 6) / 6`, element by element.
public final class Hardswish extends Module {
  /// The layer.
  public Hardswish() {}

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.hardswish(x);
  }
}
