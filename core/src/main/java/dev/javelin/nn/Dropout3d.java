package dev.javelin.nn;

import dev.javelin.Tensor;

/// Zeroes whole channels of `[n, c, d, h, w]` at random while training and divides the others by `1 - p`.
public final class Dropout3d extends Module {
  private final double p;

  /// The layer with p = 0.5.
  public Dropout3d() {
    this(0.5);
  }

  /// The layer.
  ///
  /// @param p the probability of being zeroed
  public Dropout3d(double p) {
    Functional.checkProbability(p);
    this.p = p;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.dropout3d(x, p, isTraining());
  }

  @Override
  protected String extraRepr() {
    return "p=" + Repr.of(p) + ", inplace=False";
  }
}
