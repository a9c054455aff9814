package dev.javelin.nn;

import dev.javelin.Tensor;

/// `x` where positive, else `alpha (e^x - 1)`.
public final class ELU extends Module {
  private final double alpha;

  /// The layer with alpha 1.
  public ELU() {
    this(1);
  }

  /// The layer.
  ///
  /// @param alpha what it tends to for very negative x, negated
  public ELU(double alpha) {
    this.alpha = alpha;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.elu(x, alpha);
  }

  @Override
  protected String extraRepr() {
    return "alpha=" + Repr.of(alpha);
  }
}
