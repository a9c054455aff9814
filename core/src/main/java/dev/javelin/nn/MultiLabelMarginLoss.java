package dev.javelin.nn;

import dev.javelin.Tensor;

/// Several right classes: `sum over right j, wrong i of max(0, 1 - (x_j - x_i)) / c`: `call(scores, classes)`, the classes ended by -1.
public final class MultiLabelMarginLoss extends Module {
  private final Reduction reduction;

  /// The mean, with PyTorch's settings.
  public MultiLabelMarginLoss() {
    this(Reduction.MEAN);
  }

  private MultiLabelMarginLoss(Reduction reduction) {
    this.reduction = reduction;
  }

  /// This loss with another setting.
  ///
  /// @param newReduction how the losses of the samples become one
  /// @return a copy
  public MultiLabelMarginLoss withReduction(Reduction newReduction) {
    return new MultiLabelMarginLoss(newReduction);
  }

  @Override
  protected Tensor forward(Tensor input, Tensor target) {
    return Functional.multilabelMarginLoss(input, target, reduction);
  }
}
