package dev.javelin.nn;

import dev.javelin.Tensor;

/// x limited to a range.
public final class Hardtanh extends Module {
  private final double minVal;
  private final double maxVal;

  /// The layer with minVal -1, maxVal 1.
  public Hardtanh() {
    this(-1, 1);
  }

  /// The layer.
  ///
  /// @param minVal the least
  /// @param maxVal the most
  public Hardtanh(double minVal, double maxVal) {
    this.minVal = minVal;
    this.maxVal = maxVal;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.hardtanh(x, minVal, maxVal);
  }

  @Override
  protected String extraRepr() {
    return "min_val=" + Repr.of(minVal) + ", max_val=" + Repr.of(maxVal);
  }
}
