package dev.javelin.nn;

import dev.javelin.Tensor;

/// Draws alike pairs together and pushes others apart: `call(first, second, target)`, `[n, d]` twice and 1 or -1 for each pair.
///
/// `1 - cos(x, y)` where the target is 1, `max(0, cos(x, y) - margin)` where it is -1.
public final class CosineEmbeddingLoss extends Module {
  private final double margin;
  private final Reduction reduction;

  /// The mean over the pairs, margin 0.
  public CosineEmbeddingLoss() {
    this(0, Reduction.MEAN);
  }

  private CosineEmbeddingLoss(double margin, Reduction reduction) {
    this.margin = margin;
    this.reduction = reduction;
  }

  /// This loss with another margin.
  ///
  /// @param newMargin from which likeness on others are pushed apart, -1 to 1
  /// @return a copy
  public CosineEmbeddingLoss withMargin(double newMargin) {
    return new CosineEmbeddingLoss(newMargin, reduction);
  }

  /// This loss with another reduction.
  ///
  /// @param newReduction how the losses of the pairs become one
  /// @return a copy
  public CosineEmbeddingLoss withReduction(Reduction newReduction) {
    return new CosineEmbeddingLoss(margin, newReduction);
  }

  @Override
  protected Tensor forward(Tensor first, Tensor second, Tensor target) {
    return Functional.cosineEmbeddingLoss(first, second, target, margin, reduction);
  }
}
