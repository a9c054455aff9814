package dev.javelin.nn;

import dev.javelin.Tensor;

/// The negative log likelihood of counts: `call(input, target)`, the input logarithms of rates, or rates.
public final class PoissonNLLLoss extends Module {
  private final boolean logInput;
  private final boolean full;
  private final double eps;
  private final Reduction reduction;

  /// The mean, with PyTorch's settings.
  public PoissonNLLLoss() {
    this(true, false, 1e-8, Reduction.MEAN);
  }

  private PoissonNLLLoss(boolean logInput, boolean full, double eps, Reduction reduction) {
    this.logInput = logInput;
    this.full = full;
    this.eps = eps;
    this.reduction = reduction;
  }

  /// This loss with another setting.
  ///
  /// @param newLogInput whether the input is logarithms
  /// @return a copy
  public PoissonNLLLoss withLogInput(boolean newLogInput) {
    return new PoissonNLLLoss(newLogInput, full, eps, reduction);
  }

  /// This loss with another setting.
  ///
  /// @param newFull whether to add `log(y!)`
  /// @return a copy
  public PoissonNLLLoss withFull(boolean newFull) {
    return new PoissonNLLLoss(logInput, newFull, eps, reduction);
  }

  /// This loss with another setting.
  ///
  /// @param newEps keeps the logarithm of a rate of 0 finite
  /// @return a copy
  public PoissonNLLLoss withEps(double newEps) {
    return new PoissonNLLLoss(logInput, full, newEps, reduction);
  }

  /// This loss with another setting.
  ///
  /// @param newReduction how the losses become one
  /// @return a copy
  public PoissonNLLLoss withReduction(Reduction newReduction) {
    return new PoissonNLLLoss(logInput, full, eps, newReduction);
  }

  @Override
  protected Tensor forward(Tensor input, Tensor target) {
    return Functional.poissonNllLoss(input, target, logInput, full, eps, reduction);
  }
}
