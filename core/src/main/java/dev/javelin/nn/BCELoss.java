package dev.javelin.nn;

import dev.javelin.Tensor;

/// Cross entropy of probabilities of yes and no: `call(probabilities, target)`, both of one shape, the target floating point.
public final class BCELoss extends Module {
  private final Tensor weight;
  private final Reduction reduction;

  /// The mean over the elements.
  public BCELoss() {
    this(null, Reduction.MEAN);
  }

  private BCELoss(Tensor weight, Reduction reduction) {
    this.weight = registerBuffer("weight", weight);
    this.reduction = reduction;
  }

  /// This loss with a factor of each element of a sample.
  ///
  /// @param newWeight the factors, broadcast to the input, or null
  /// @return a copy
  public BCELoss withWeight(Tensor newWeight) {
    return new BCELoss(newWeight, reduction);
  }

  /// This loss with another reduction.
  ///
  /// @param newReduction how the losses become one
  /// @return a copy
  public BCELoss withReduction(Reduction newReduction) {
    return new BCELoss(weight, newReduction);
  }

  @Override
  protected Tensor forward(Tensor input, Tensor target) {
    return Functional.binaryCrossEntropy(input, target, weight, reduction);
  }
}
