package dev.javelin.nn;

import dev.javelin.Tensor;

/// x where y is 1, `max(0, margin - x)` where it is -1: `call(x, y)`.
public final class HingeEmbeddingLoss extends Module {
  private final double margin;
  private final Reduction reduction;

  /// The mean, with PyTorch's settings.
  public HingeEmbeddingLoss() {
    this(1, Reduction.MEAN);
  }

  private HingeEmbeddingLoss(double margin, Reduction reduction) {
    this.margin = margin;
    this.reduction = reduction;
  }

  /// This loss with another setting.
  ///
  /// @param newMargin from which distance on unlike things count for nothing
  /// @return a copy
  public HingeEmbeddingLoss withMargin(double newMargin) {
    return new HingeEmbeddingLoss(newMargin, reduction);
  }

  /// This loss with another setting.
  ///
  /// @param newReduction how the losses become one
  /// @return a copy
  public HingeEmbeddingLoss withReduction(Reduction newReduction) {
    return new HingeEmbeddingLoss(margin, newReduction);
  }

  @Override
  protected Tensor forward(Tensor input, Tensor target) {
    return Functional.hingeEmbeddingLoss(input, target, margin, reduction);
  }
}
