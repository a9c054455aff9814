package dev.javelin.nn;

import dev.javelin.ops.NeuralOps.LossReduction;

/// How the losses of the samples become one.
public enum Reduction {
  /// They stay as they are.
  NONE,
  /// Their mean, weighted by the classes' weights if there are any.
  MEAN,
  /// Their sum.
  SUM,
  /// Their sum divided by the size of the first dimension; for [KLDivLoss] only.
  BATCHMEAN;

  LossReduction op() {
    return switch (this) {
      case NONE -> LossReduction.NONE;
      case MEAN -> LossReduction.MEAN;
      case SUM -> LossReduction.SUM;
      case BATCHMEAN ->
          throw new IllegalArgumentException("the reduction BATCHMEAN is for klDiv only");
    };
  }
}
