package dev.javelin.nn;

import dev.javelin.Tensor;
import java.util.List;

/// Connectionist temporal classification (Graves et al., 2006): `loss(logProbs, targets, inputLengths, targetLengths)`.
public final class CTCLoss extends Module {
  private final int blank;
  private final Reduction reduction;
  private final boolean zeroInfinity;

  /// The mean, with 0 as blank.
  public CTCLoss() {
    this(0, Reduction.MEAN, false);
  }

  private CTCLoss(int blank, Reduction reduction, boolean zeroInfinity) {
    this.blank = blank;
    this.reduction = reduction;
    this.zeroInfinity = zeroInfinity;
  }

  /// This loss with another blank.
  ///
  /// @param newBlank the label of the blank
  /// @return a copy
  public CTCLoss withBlank(int newBlank) {
    return new CTCLoss(newBlank, reduction, zeroInfinity);
  }

  /// This loss with another reduction.
  ///
  /// @param newReduction how the losses of the samples become one
  /// @return a copy
  public CTCLoss withReduction(Reduction newReduction) {
    return new CTCLoss(blank, newReduction, zeroInfinity);
  }

  /// This loss with 0 for inputs that are too short, or without.
  ///
  /// @param newZeroInfinity whether the loss is 0 where the input is too short for the target
  /// @return a copy
  public CTCLoss withZeroInfinity(boolean newZeroInfinity) {
    return new CTCLoss(blank, reduction, newZeroInfinity);
  }

  /// The loss.
  ///
  /// @param logProbs log-probabilities, `[t, n, c]` or `[t, c]`
  /// @param targets int64 labels, `[n, s]`, or all targets one after the other
  /// @param inputLengths int64, how many steps of each input count, `[n]` or a scalar
  /// @param targetLengths int64, how long each target is, `[n]` or a scalar
  /// @return a scalar, or the losses of the samples
  public Tensor loss(Tensor logProbs, Tensor targets, Tensor inputLengths, Tensor targetLengths) {
    return callAll(logProbs, targets, inputLengths, targetLengths).getFirst();
  }

  @Override
  protected List<Tensor> forwardAll(List<Tensor> in) {
    if (in.size() != 4) {
      throw new IllegalArgumentException(
          "expected logProbs, targets, inputLengths and targetLengths, got %s tensors"
              .formatted(in.size()));
    }
    return List.of(
        Functional.ctcLoss(
            in.get(0), in.get(1), in.get(2), in.get(3), blank, reduction, zeroInfinity));
  }
}
