package dev.javelin.nn;

import dev.javelin.Tensor;

/// x moved towards 0; 0 where it would pass it.
public final class Softshrink extends Module {
  private final double lambda;

  /// The layer with lambda 0.5.
  public Softshrink() {
    this(0.5);
  }

  /// The layer.
  ///
  /// @param lambda by how much
  public Softshrink(double lambda) {
    this.lambda = lambda;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.softshrink(x, lambda);
  }

  @Override
  protected String extraRepr() {
    return Repr.of(lambda);
  }
}
