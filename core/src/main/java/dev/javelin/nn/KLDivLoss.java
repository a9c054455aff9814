package dev.javelin.nn;

import dev.javelin.Tensor;

/// Kullback-Leibler divergence: `call(logProbabilities, probabilities)`, `y (log y - x)`, both of one shape.
///
/// The mean is over the elements, as in PyTorch; the divergence by its definition is [Reduction#BATCHMEAN].
public final class KLDivLoss extends Module {
  private final Reduction reduction;
  private final boolean logTarget;

  /// The mean over the elements, of a target of probabilities.
  public KLDivLoss() {
    this(Reduction.MEAN, false);
  }

  private KLDivLoss(Reduction reduction, boolean logTarget) {
    this.reduction = reduction;
    this.logTarget = logTarget;
  }

  /// This loss with another reduction.
  ///
  /// @param newReduction how the terms become one
  /// @return a copy
  public KLDivLoss withReduction(Reduction newReduction) {
    return new KLDivLoss(newReduction, logTarget);
  }

  /// This loss with a target of logarithms, or of probabilities.
  ///
  /// @param newLogTarget whether the target is logarithms
  /// @return a copy
  public KLDivLoss withLogTarget(boolean newLogTarget) {
    return new KLDivLoss(reduction, newLogTarget);
  }

  @Override
  protected Tensor forward(Tensor input, Tensor target) {
    return Functional.klDiv(input, target, logTarget, reduction);
  }
}
