package dev.javelin.nn;

import dev.javelin.Tensor;

/// `log(1 + e^(-y x))`: `call(x, y)`, y 1 or -1.
public final class SoftMarginLoss extends Module {
  private final Reduction reduction;

  /// The mean, with PyTorch's settings.
  public SoftMarginLoss() {
    this(Reduction.MEAN);
  }

  private SoftMarginLoss(Reduction reduction) {
    this.reduction = reduction;
  }

  /// This loss with another setting.
  ///
  /// @param newReduction how the losses become one
  /// @return a copy
  public SoftMarginLoss withReduction(Reduction newReduction) {
    return new SoftMarginLoss(newReduction);
  }

  @Override
  protected Tensor forward(Tensor input, Tensor target) {
    return Functional.softMarginLoss(input, target, reduction);
  }
}
