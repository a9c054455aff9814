package dev.javelin.nn;

import dev.javelin.Tensor;

/// Negative log likelihood of log-probabilities and classes: `call(logProbabilities, classes)`.
public final class NLLLoss extends Module {
  private final Tensor weight;
  private final long ignoreIndex;
  private final Reduction reduction;

  /// The mean over the samples.
  public NLLLoss() {
    this(null, -100, Reduction.MEAN);
  }

  private NLLLoss(Tensor weight, long ignoreIndex, Reduction reduction) {
    this.weight = registerBuffer("weight", weight);
    this.ignoreIndex = ignoreIndex;
    this.reduction = reduction;
  }

  /// This loss with weights for the classes.
  ///
  /// @param newWeight a weight for each class, `[c]`, or null
  /// @return a copy
  public NLLLoss withWeight(Tensor newWeight) {
    return new NLLLoss(newWeight, ignoreIndex, reduction);
  }

  /// This loss with a class that does not count.
  ///
  /// @param newIgnoreIndex the class; -100 at first
  /// @return a copy
  public NLLLoss withIgnoreIndex(long newIgnoreIndex) {
    return new NLLLoss(weight, newIgnoreIndex, reduction);
  }

  /// This loss with another reduction.
  ///
  /// @param newReduction how the losses of the samples become one
  /// @return a copy
  public NLLLoss withReduction(Reduction newReduction) {
    return new NLLLoss(weight, ignoreIndex, newReduction);
  }

  @Override
  protected Tensor forward(Tensor input, Tensor target) {
    return Functional.nllLoss(input, target, weight, ignoreIndex, reduction);
  }
}
