package dev.javelin.nn;

import dev.javelin.Tensor;

/// `log(1 + e^(beta x)) / beta`; the identity where `beta x` is above the threshold.
public final class Softplus extends Module {
  private final double beta;
  private final double threshold;

  /// The layer with beta 1 and threshold 20.
  public Softplus() {
    this(1, 20);
  }

  /// The layer.
  ///
  /// @param beta how sharp the bend is
  /// @param threshold from where on it is the identity
  public Softplus(double beta, double threshold) {
    this.beta = beta;
    this.threshold = threshold;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.softplus(x, beta, threshold);
  }

  @Override
  protected String extraRepr() {
    return "beta=" + Repr.of(beta) + ", threshold=" + Repr.of(threshold);
  }
}
