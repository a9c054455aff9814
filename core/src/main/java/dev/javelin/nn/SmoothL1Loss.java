package dev.javelin.nn;

import dev.javelin.Tensor;

/// Squared error near 0, absolute error beyond: `d^2 / (2 beta)` where `d = |x - y| < beta`, else `d - beta / 2`.
public final class SmoothL1Loss extends Module {
  private final Reduction reduction;
  private final double beta;

  /// The mean over the elements, beta 1.
  public SmoothL1Loss() {
    this(Reduction.MEAN, 1);
  }

  private SmoothL1Loss(Reduction reduction, double beta) {
    this.reduction = reduction;
    this.beta = beta;
  }

  /// This loss with another reduction.
  ///
  /// @param newReduction how the errors become one
  /// @return a copy
  public SmoothL1Loss withReduction(Reduction newReduction) {
    return new SmoothL1Loss(newReduction, beta);
  }

  /// This loss with another beta.
  ///
  /// @param newBeta where the two meet, not negative; 1 at first
  /// @return a copy
  public SmoothL1Loss withBeta(double newBeta) {
    return new SmoothL1Loss(reduction, newBeta);
  }

  @Override
  protected Tensor forward(Tensor input, Tensor target) {
    return Functional.smoothL1Loss(input, target, reduction, beta);
  }
}
