package dev.javelin.nn;

import dev.javelin.Tensor;

/// `sum over i != y of max(0, margin - x_y + x_i)^p / c`: `call(scores, classes)`.
public final class MultiMarginLoss extends Module {
  private final int p;
  private final double margin;
  private final Tensor weight;
  private final Reduction reduction;

  /// The mean, with PyTorch's settings.
  public MultiMarginLoss() {
    this(1, 1, null, Reduction.MEAN);
  }

  private MultiMarginLoss(int p, double margin, Tensor weight, Reduction reduction) {
    this.p = p;
    this.margin = margin;
    this.weight = registerBuffer("weight", weight);
    this.reduction = reduction;
  }

  /// This loss with another setting.
  ///
  /// @param newP 1 or 2
  /// @return a copy
  public MultiMarginLoss withP(int newP) {
    return new MultiMarginLoss(newP, margin, weight, reduction);
  }

  /// This loss with another setting.
  ///
  /// @param newMargin by how much the right class should be ahead
  /// @return a copy
  public MultiMarginLoss withMargin(double newMargin) {
    return new MultiMarginLoss(p, newMargin, weight, reduction);
  }

  /// This loss with another setting.
  ///
  /// @param newWeight a weight for each class, `[c]`, or null
  /// @return a copy
  public MultiMarginLoss withWeight(Tensor newWeight) {
    return new MultiMarginLoss(p, margin, newWeight, reduction);
  }

  /// This loss with another setting.
  ///
  /// @param newReduction how the losses of the samples become one
  /// @return a copy
  public MultiMarginLoss withReduction(Reduction newReduction) {
    return new MultiMarginLoss(p, margin, weight, newReduction);
  }

  @Override
  protected Tensor forward(Tensor input, Tensor target) {
    return Functional.multiMarginLoss(input, target, p, margin, weight, reduction);
  }
}
