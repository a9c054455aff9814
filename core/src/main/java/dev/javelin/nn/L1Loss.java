package dev.javelin.nn;

import dev.javelin.Tensor;

/// Absolute error of two tensors of one shape: `call(input, target)`.
public final class L1Loss extends Module {
  private final Reduction reduction;

  /// The mean over the elements.
  public L1Loss() {
    this(Reduction.MEAN);
  }

  private L1Loss(Reduction reduction) {
    this.reduction = reduction;
  }

  /// This loss with another reduction.
  ///
  /// @param newReduction how the errors become one
  /// @return a copy
  public L1Loss withReduction(Reduction newReduction) {
    return new L1Loss(newReduction);
  }

  @Override
  protected Tensor forward(Tensor input, Tensor target) {
    return Functional.l1Loss(input, target, reduction);
  }
}
