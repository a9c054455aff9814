package dev.javelin.nn;

import dev.javelin.Tensor;

/// Cross entropy of logits and classes: `call(logits, classes)`. See [Functional#crossEntropy(Tensor, Tensor)] for the shapes.
public final class CrossEntropyLoss extends Module {
  private final Tensor weight;
  private final long ignoreIndex;
  private final Reduction reduction;
  private final double labelSmoothing;

  /// The mean over the samples.
  public CrossEntropyLoss() {
    this(null, -100, Reduction.MEAN, 0);
  }

  private CrossEntropyLoss(
      Tensor weight, long ignoreIndex, Reduction reduction, double labelSmoothing) {
    this.weight = registerBuffer("weight", weight);
    this.ignoreIndex = ignoreIndex;
    this.reduction = reduction;
    this.labelSmoothing = labelSmoothing;
  }

  /// This loss with weights for the classes.
  ///
  /// @param newWeight a weight for each class, `[c]`, or null
  /// @return a copy
  public CrossEntropyLoss withWeight(Tensor newWeight) {
    return new CrossEntropyLoss(newWeight, ignoreIndex, reduction, labelSmoothing);
  }

  /// This loss with a class that does not count.
  ///
  /// @param newIgnoreIndex the class; -100 at first
  /// @return a copy
  public CrossEntropyLoss withIgnoreIndex(long newIgnoreIndex) {
    return new CrossEntropyLoss(weight, newIgnoreIndex, reduction, labelSmoothing);
  }

  /// This loss with another reduction.
  ///
  /// @param newReduction how the losses of the samples become one
  /// @return a copy
  public CrossEntropyLoss withReduction(Reduction newReduction) {
    return new CrossEntropyLoss(weight, ignoreIndex, newReduction, labelSmoothing);
  }

  /// This loss with smoothed targets.
  ///
  /// @param newLabelSmoothing how much of the target is spread evenly over all classes, 0 to 1
  /// @return a copy
  public CrossEntropyLoss withLabelSmoothing(double newLabelSmoothing) {
    if (!(newLabelSmoothing >= 0 && newLabelSmoothing <= 1)) {
      throw new IllegalArgumentException(
          "label_smoothing must be between 0.0 and 1.0. Got: " + Repr.of(newLabelSmoothing));
    }
    return new CrossEntropyLoss(weight, ignoreIndex, reduction, newLabelSmoothing);
  }

  @Override
  protected Tensor forward(Tensor input, Tensor target) {
    return Functional.crossEntropy(input, target, weight, ignoreIndex, reduction, labelSmoothing);
  }
}
