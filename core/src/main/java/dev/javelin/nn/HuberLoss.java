package dev.javelin.nn;

import dev.javelin.Tensor;

/// Squared error near 0, linear beyond: `d^2 / 2` where `d = |x - y| <= delta`, else `delta (d - delta / 2)`.
public final class HuberLoss extends Module {
  private final Reduction reduction;
  private final double delta;

  /// The mean over the elements, delta 1.
  public HuberLoss() {
    this(Reduction.MEAN, 1);
  }

  private HuberLoss(Reduction reduction, double delta) {
    this.reduction = reduction;
    this.delta = delta;
  }

  /// This loss with another reduction.
  ///
  /// @param newReduction how the errors become one
  /// @return a copy
  public HuberLoss withReduction(Reduction newReduction) {
    return new HuberLoss(newReduction, delta);
  }

  /// This loss with another delta.
  ///
  /// @param newDelta where the two meet, above 0; 1 at first
  /// @return a copy
  public HuberLoss withDelta(double newDelta) {
    return new HuberLoss(reduction, newDelta);
  }

  @Override
  protected Tensor forward(Tensor input, Tensor target) {
    return Functional.huberLoss(input, target, reduction, delta);
  }
}
