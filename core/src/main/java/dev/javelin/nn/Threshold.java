package dev.javelin.nn;

import dev.javelin.Tensor;

/// x, or a number where it is too small.
public final class Threshold extends Module {
  private final double threshold;
  private final double value;

  /// The layer.
  ///
  /// @param threshold above which it is x
  /// @param value the number
  public Threshold(double threshold, double value) {
    this.threshold = threshold;
    this.value = value;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.threshold(x, threshold, value);
  }

  @Override
  protected String extraRepr() {
    return "threshold=" + Repr.of(threshold) + ", value=" + Repr.of(value);
  }
}
