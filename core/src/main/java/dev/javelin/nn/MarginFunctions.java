package dev.javelin.nn;

import dev.javelin.Tensor;
import dev.javelin.ops.LossOps;
import dev.javelin.ops.LossOps.Elementwise;
import dev.javelin.ops.OpDef;

/// The part of [Functional] that holds the losses of distributions, margins and sequences.
abstract sealed class MarginFunctions extends LossFunctions permits PoolingFunctions {
  // ---- distributions ----

  /// The negative log likelihood of counts: `e^x - y x` of logarithms of rates, `x - y log(x + eps)` of rates.
  ///
  /// @param input the rates or their logarithms
  /// @param target the counts, of the same shape
  /// @param logInput whether the input is logarithms
  /// @param full whether to add `log(y!)`, by Stirling's formula where y is above 1
  /// @param eps keeps the logarithm of a rate of 0 finite
  /// @param reduction how the losses become one
  /// @return a scalar, or the losses in the shape of the input
  public static Tensor poissonNllLoss(
      Tensor input,
      Tensor target,
      boolean logInput,
      boolean full,
      double eps,
      Reduction reduction) {
    Elementwise kind =
        logInput ? Elementwise.POISSON_NLL_LOSS : Elementwise.POISSON_NLL_LOSS_OF_RATES;
    Tensor loss = elementwise(kind, eps, input, target, null, null, reduction);
    if (!full) {
      return loss;
    }
    Tensor many = target.gt(1);
    Tensor y = Tensor.where(many, target, 1);
    Tensor stirling = y.mul(y.log()).sub(y).add(y.mul(2 * Math.PI).log().mul(0.5));
    return loss.add(reduced(Tensor.where(many, stirling, 0), reduction));
  }

  /// The negative log likelihood of normal distributions: `(log v + (x - y)^2 / v) / 2`.
  ///
  /// @param input the means
  /// @param target what was observed, of the same shape
  /// @param variance the variances, which broadcast to that shape
  /// @param full whether to add `log(2 pi) / 2`
  /// @param eps the least variance
  /// @param reduction how the losses become one
  /// @return a scalar, or the losses in the shape of the input
  public static Tensor gaussianNllLoss(
      Tensor input, Tensor target, Tensor variance, boolean full, double eps, Reduction reduction) {
    Tensor loss =
        elementwise(Elementwise.GAUSSIAN_NLL_LOSS, eps, input, target, variance, null, reduction);
    double constant = Math.log(2 * Math.PI) / 2;
    return full ? loss.add(reduction == Reduction.SUM ? constant * input.numel() : constant) : loss;
  }

  // ---- margins ----

  /// `max(0, margin - y (x1 - x2))`.
  ///
  /// @param first what should be ranked higher where y is 1
  /// @param second what should be ranked higher where y is -1, of the same shape
  /// @param target y
  /// @param margin by how much
  /// @param reduction how the losses become one
  /// @return a scalar, or the losses in the shape of the input
  public static Tensor marginRankingLoss(
      Tensor first, Tensor second, Tensor target, double margin, Reduction reduction) {
    return elementwise(
        Elementwise.MARGIN_RANKING_LOSS, margin, first, second, target, null, reduction);
  }

  /// x where y is 1, `max(0, margin - x)` where it is -1.
  ///
  /// @param input distances
  /// @param target 1 or -1, of the same shape
  /// @param margin from which distance on unlike things count for nothing
  /// @param reduction how the losses become one
  /// @return a scalar, or the losses in the shape of the input
  public static Tensor hingeEmbeddingLoss(
      Tensor input, Tensor target, double margin, Reduction reduction) {
    return elementwise(
        Elementwise.HINGE_EMBEDDING_LOSS, margin, input, target, null, null, reduction);
  }

  /// `log(1 + e^(-y x))`.
  ///
  /// @param input what was computed
  /// @param target 1 or -1, of the same shape
  /// @param reduction how the losses become one
  /// @return a scalar, or the losses in the shape of the input
  public static Tensor softMarginLoss(Tensor input, Tensor target, Reduction reduction) {
    return elementwise(Elementwise.SOFT_MARGIN_LOSS, 0, input, target, null, null, reduction);
  }

  /// `sum over i != y of max(0, margin - x_y + x_i)^p / c`.
  ///
  /// @param input the classes' scores, `[n, c]` or `[c]`
  /// @param target int64 classes, `[n]` or a scalar
  /// @param p 1 or 2
  /// @param margin by how much the right class should be ahead
  /// @param weight a weight for each class, `[c]`, or null
  /// @param reduction how the losses of the samples become one
  /// @return a scalar, or the losses of the samples
  public static Tensor multiMarginLoss(
      Tensor input, Tensor target, int p, double margin, Tensor weight, Reduction reduction) {
    if (p != 1 && p != 2) {
      throw new IllegalArgumentException("multi_margin_loss: only p == 1 and p == 2 supported");
    }
    OpDef op = LossOps.multiMargin(p, margin, weight != null, reduction.op());
    return Losses.ofClasses(op, input, target, weight, reduction);
  }

  /// Several right classes: `sum over right j, wrong i of max(0, 1 - (x_j - x_i)) / c`.
  ///
  /// @param input the classes' scores, `[n, c]` or `[c]`
  /// @param target int64: the right classes, then -1, of the same shape
  /// @param reduction how the losses of the samples become one
  /// @return a scalar, or the losses of the samples
  public static Tensor multilabelMarginLoss(Tensor input, Tensor target, Reduction reduction) {
    if (!input.shape().equals(target.shape()) || input.dim() < 1 || input.dim() > 2) {
      throw Repr.mismatch("a target of shape " + Repr.tuple(input.shape()), target);
    }
    if (input.dim() == 1) {
      Tensor one = multilabelMarginLoss(input.unsqueeze(0), target.unsqueeze(0), reduction);
      return reduction == Reduction.NONE ? one.squeeze(0) : one;
    }
    // Whatever follows the first -1 does not count.
    Tensor counts = target.ge(0).cumprod(1); // [n, c] of 1 and 0
    Tensor places = target.clampMin(0L);
    Tensor right = Tensor.zerosLike(target).scatterAdd(1, places, counts).gt(0);
    Tensor scores = input.gather(1, places).unsqueeze(2); // [n, c, 1]
    Tensor behind = input.unsqueeze(1).sub(scores).add(1).relu(); // [n, c, c]
    Tensor pairs = counts.gt(0).unsqueeze(2).logicalAnd(right.logicalNot().unsqueeze(1));
    Tensor losses = Tensor.where(pairs, behind, 0).sum(1, 2).div(input.size(1));
    return reduced(losses, reduction);
  }

  /// The mean over the classes of the binary cross entropy of logits.
  ///
  /// @param input logits, `[n, c]` or `[c]`
  /// @param target 0 or 1, of the same shape
  /// @param weight a factor of each class, `[c]`, or null
  /// @param reduction how the losses of the samples become one
  /// @return a scalar, or the losses of the samples
  public static Tensor multilabelSoftMarginLoss(
      Tensor input, Tensor target, Tensor weight, Reduction reduction) {
    Tensor each = binaryCrossEntropyWithLogits(input, target, weight, null, Reduction.NONE);
    return reduced(each.mean(-1), reduction);
  }

  // ---- sequences ----

  /// Connectionist temporal classification: minus the logarithm of the probability of all ways to spell the target with blanks and
  /// repetitions.
  ///
  /// @param logProbs log-probabilities, `[t, n, c]` or `[t, c]`
  /// @param targets int64 labels, `[n, s]`, those beyond a target's length of no account; or all targets one after the other
  /// @param inputLengths int64, how many steps of each input count, `[n]` or a scalar
  /// @param targetLengths int64, how long each target is, `[n]` or a scalar
  /// @param blank the label of the blank
  /// @param reduction how the losses of the samples become one; the mean is of the losses over the targets' lengths
  /// @param zeroInfinity whether the loss is 0 where the input is too short for the target
  /// @return a scalar, or the losses of the samples
  public static Tensor ctcLoss(
      Tensor logProbs,
      Tensor targets,
      Tensor inputLengths,
      Tensor targetLengths,
      int blank,
      Reduction reduction,
      boolean zeroInfinity) {
    Tensor losses = Ctc.losses(logProbs, targets, inputLengths, targetLengths, blank);
    Tensor finite = losses.lt(Ctc.IMPOSSIBLE);
    Tensor known = Tensor.where(finite, losses, zeroInfinity ? 0 : Double.POSITIVE_INFINITY);
    if (reduction != Reduction.MEAN) {
      return reduced(logProbs.dim() == 2 ? known.squeeze(0) : known, reduction);
    }
    Tensor lengths = targetLengths.reshape(-1).clampMin(1L).to(known.device()).to(known.dtype());
    return known.div(lengths).mean();
  }

  private static Tensor reduced(Tensor losses, Reduction reduction) {
    return switch (reduction.op()) {
      case NONE -> losses;
      case SUM -> losses.sum();
      case MEAN -> losses.mean();
    };
  }
}
