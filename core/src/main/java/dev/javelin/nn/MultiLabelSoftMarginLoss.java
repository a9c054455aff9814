package dev.javelin.nn;

import dev.javelin.Tensor;

/// The mean over the classes of the binary cross entropy of logits: `call(logits, target)`, the target 0 or 1.
public final class MultiLabelSoftMarginLoss extends Module {
  private final Tensor weight;
  private final Reduction reduction;

  /// The mean, with PyTorch's settings.
  public MultiLabelSoftMarginLoss() {
    this(null, Reduction.MEAN);
  }

  private MultiLabelSoftMarginLoss(Tensor weight, Reduction reduction) {
    this.weight = registerBuffer("weight", weight);
    this.reduction = reduction;
  }

  /// This loss with another setting.
  ///
  /// @param newWeight a factor of each class, `[c]`, or null
  /// @return a copy
  public MultiLabelSoftMarginLoss withWeight(Tensor newWeight) {
    return new MultiLabelSoftMarginLoss(newWeight, reduction);
  }

  /// This loss with another setting.
  ///
  /// @param newReduction how the losses of the samples become one
  /// @return a copy
  public MultiLabelSoftMarginLoss withReduction(Reduction newReduction) {
    return new MultiLabelSoftMarginLoss(weight, newReduction);
  }

  @Override
  protected Tensor forward(Tensor input, Tensor target) {
    return Functional.multilabelSoftMarginLoss(input, target, weight, reduction);
  }
}
