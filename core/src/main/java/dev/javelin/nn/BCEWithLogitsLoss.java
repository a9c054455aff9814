package dev.javelin.nn;

import dev.javelin.Tensor;

/// Cross entropy of logits of yes and no, without overflow: `call(logits, target)`, both of one shape, the target floating point.
public final class BCEWithLogitsLoss extends Module {
  private final Tensor weight;
  private final Tensor posWeight;
  private final Reduction reduction;

  /// The mean over the elements.
  public BCEWithLogitsLoss() {
    this(null, null, Reduction.MEAN);
  }

  private BCEWithLogitsLoss(Tensor weight, Tensor posWeight, Reduction reduction) {
    this.weight = registerBuffer("weight", weight);
    this.posWeight = registerBuffer("pos_weight", posWeight);
    this.reduction = reduction;
  }

  /// This loss with a factor of each element of a sample.
  ///
  /// @param newWeight the factors, broadcast to the input, or null
  /// @return a copy
  public BCEWithLogitsLoss withWeight(Tensor newWeight) {
    return new BCEWithLogitsLoss(newWeight, posWeight, reduction);
  }

  /// This loss with a factor of what is yes, so that a rare class counts for more.
  ///
  /// @param newPosWeight the factors, one for each class, `[c]`, or null
  /// @return a copy
  public BCEWithLogitsLoss withPosWeight(Tensor newPosWeight) {
    return new BCEWithLogitsLoss(weight, newPosWeight, reduction);
  }

  /// This loss with another reduction.
  ///
  /// @param newReduction how the losses become one
  /// @return a copy
  public BCEWithLogitsLoss withReduction(Reduction newReduction) {
    return new BCEWithLogitsLoss(weight, posWeight, newReduction);
  }

  @Override
  protected Tensor forward(Tensor input, Tensor target) {
    return Functional.binaryCrossEntropyWithLogits(input, target, weight, posWeight, reduction);
  }
}
