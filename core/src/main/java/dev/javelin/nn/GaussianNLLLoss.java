package dev.javelin.nn;

import dev.javelin.Tensor;

/// The negative log likelihood of normal distributions: `call(mean, target, variance)`.
public final class GaussianNLLLoss extends Module {
  private final boolean full;
  private final double eps;
  private final Reduction reduction;

  /// The mean, with PyTorch's settings.
  public GaussianNLLLoss() {
    this(false, 1e-6, Reduction.MEAN);
  }

  private GaussianNLLLoss(boolean full, double eps, Reduction reduction) {
    this.full = full;
    this.eps = eps;
    this.reduction = reduction;
  }

  /// This loss with another setting.
  ///
  /// @param newFull whether to add `log(2 pi) / 2`
  /// @return a copy
  public GaussianNLLLoss withFull(boolean newFull) {
    return new GaussianNLLLoss(newFull, eps, reduction);
  }

  /// This loss with another setting.
  ///
  /// @param newEps the least variance
  /// @return a copy
  public GaussianNLLLoss withEps(double newEps) {
    return new GaussianNLLLoss(full, newEps, reduction);
  }

  /// This loss with another setting.
  ///
  /// @param newReduction how the losses become one
  /// @return a copy
  public GaussianNLLLoss withReduction(Reduction newReduction) {
    return new GaussianNLLLoss(full, eps, newReduction);
  }

  @Override
  protected Tensor forward(Tensor input, Tensor target, Tensor variance) {
    return Functional.gaussianNllLoss(input, target, variance, full, eps, reduction);
  }
}
