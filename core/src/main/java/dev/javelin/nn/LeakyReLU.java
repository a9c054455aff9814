package dev.javelin.nn;

import dev.javelin.Tensor;

/// `x` where positive, else `slope x`.
public final class LeakyReLU extends Module {
  private final double negativeSlope;

  /// The layer with slope 0.01.
  public LeakyReLU() {
    this(0.01);
  }

  /// The layer.
  ///
  /// @param negativeSlope the slope where x is negative
  public LeakyReLU(double negativeSlope) {
    this.negativeSlope = negativeSlope;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.leakyRelu(x, negativeSlope);
  }

  @Override
  protected String extraRepr() {
    return "negative_slope=" + Repr.of(negativeSlope);
  }
}
