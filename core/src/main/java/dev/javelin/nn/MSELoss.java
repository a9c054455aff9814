package dev.javelin.nn;

import dev.javelin.Tensor;

/// Squared error of two tensors of one shape: `call(input, target)`.
public final class MSELoss extends Module {
  private final Reduction reduction;

  /// The mean over the elements.
  public MSELoss() {
    this(Reduction.MEAN);
  }

  private MSELoss(Reduction reduction) {
    this.reduction = reduction;
  }

  /// This loss with another reduction.
  ///
  /// @param newReduction how the errors become one
  /// @return a copy
  public MSELoss withReduction(Reduction newReduction) {
    return new MSELoss(newReduction);
  }

  @Override
  protected Tensor forward(Tensor input, Tensor target) {
    return Functional.mseLoss(input, target, reduction);
  }
}
