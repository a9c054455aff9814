package dev.javelin.nn;

import dev.javelin.Tensor;

/// `max(0, margin - y (x1 - x2))`: `call(x1, x2, y)`, y 1 or -1.
public final class MarginRankingLoss extends Module {
  private final double margin;
  private final Reduction reduction;

  /// The mean, with PyTorch's settings.
  public MarginRankingLoss() {
    this(0, Reduction.MEAN);
  }

  private MarginRankingLoss(double margin, Reduction reduction) {
    this.margin = margin;
    this.reduction = reduction;
  }

  /// This loss with another setting.
  ///
  /// @param newMargin by how much one should be ahead
  /// @return a copy
  public MarginRankingLoss withMargin(double newMargin) {
    return new MarginRankingLoss(newMargin, reduction);
  }

  /// This loss with another setting.
  ///
  /// @param newReduction how the losses become one
  /// @return a copy
  public MarginRankingLoss withReduction(Reduction newReduction) {
    return new MarginRankingLoss(margin, newReduction);
  }

  @Override
  protected Tensor forward(Tensor first, Tensor second, Tensor target) {
    return Functional.marginRankingLoss(first, second, target, margin, reduction);
  }
}
