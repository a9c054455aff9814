package dev.javelin.nn;

import dev.javelin.Tensor;

/// x, but 0 near 0.
public final class Hardshrink extends Module {
  private final double lambda;

  /// The layer with lambda 0.5.
  public Hardshrink() {
    this(0.5);
  }

  /// The layer.
  ///
  /// @param lambda up to which size it is 0
  public Hardshrink(double lambda) {
    this.lambda = lambda;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.hardshrink(x, lambda);
  }

  @Override
  protected String extraRepr() {
    return Repr.of(lambda);
  }
}
