package dev.javelin.nn;

import dev.javelin.Tensor;

/// x where positive, else `alpha (e^(x / alpha) - 1)` (Barron, arXiv 1704.07483).
public final class CELU extends Module {
  private final double alpha;

  /// The layer with alpha 1.
  public CELU() {
    this(1);
  }

  /// The layer.
  ///
  /// @param alpha what it tends to for very negative x, negated
  public CELU(double alpha) {
    this.alpha = alpha;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.celu(x, alpha);
  }

  @Override
  protected String extraRepr() {
    return "alpha=" + Repr.of(alpha);
  }
}
