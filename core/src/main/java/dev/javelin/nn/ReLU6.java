package dev.javelin.nn;

import dev.javelin.Tensor;

/// `min(max(x, 0), 6)`.
public final class ReLU6 extends Module {
  /// The layer; it has no settings.
  public ReLU6() {}

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.relu6(x);
  }
}
