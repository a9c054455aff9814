package dev.javelin.nn;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.ops.LossOps;
import dev.javelin.ops.LossOps.Elementwise;
import dev.javelin.ops.NeuralOps;
import dev.javelin.ops.OpDef;

/// The part of [Functional] that holds the losses.
abstract sealed class LossFunctions extends ActivationFunctions permits MarginFunctions {
  // ---- losses ----

  /// The mean cross entropy of logits and classes.
  ///
  /// @param input logits, `[n, c]`, `[c]` or `[n, c, ...]`
  /// @param target int64 classes, `[n]`, a scalar or `[n, ...]`; or probabilities of the shape of the input
  /// @return a scalar
  public static Tensor crossEntropy(Tensor input, Tensor target) {
    return crossEntropy(input, target, null, -100, Reduction.MEAN, 0);
  }

  /// The cross entropy of logits and classes.
  ///
  /// @param input logits, `[n, c]`, `[c]` or `[n, c, ...]`
  /// @param target int64 classes, `[n]`, a scalar or `[n, ...]`; or probabilities of the shape of the input
  /// @param weight a weight for each class, `[c]`, or null
  /// @param ignoreIndex the class that does not count; classes only
  /// @param reduction how the losses of the samples become one
  /// @param labelSmoothing how much of the target is spread evenly over all classes, 0 to 1
  /// @return a scalar, or the losses of the samples in the shape of the classes
  public static Tensor crossEntropy(
      Tensor input,
      Tensor target,
      Tensor weight,
      long ignoreIndex,
      Reduction reduction,
      double labelSmoothing) {
    if (target.dtype().isFloatingPoint()) {
      return Losses.ofProbabilities(input, target, weight, reduction, labelSmoothing);
    }
    OpDef op = NeuralOps.crossEntropy(reduction.op(), ignoreIndex, weight != null, labelSmoothing);
    return Losses.ofClasses(op, input, target, weight, reduction);
  }

  /// The mean negative log likelihood of classes.
  ///
  /// @param input log-probabilities, `[n, c]`, `[c]` or `[n, c, ...]`
  /// @param target int64 classes, `[n]`, a scalar or `[n, ...]`
  /// @return a scalar
  public static Tensor nllLoss(Tensor input, Tensor target) {
    return nllLoss(input, target, null, -100, Reduction.MEAN);
  }

  /// The negative log likelihood of classes.
  ///
  /// @param input log-probabilities, `[n, c]`, `[c]` or `[n, c, ...]`
  /// @param target int64 classes, `[n]`, a scalar or `[n, ...]`
  /// @param weight a weight for each class, `[c]`, or null
  /// @param ignoreIndex the class that does not count
  /// @param reduction how the losses of the samples become one
  /// @return a scalar, or the losses of the samples in the shape of the classes
  public static Tensor nllLoss(
      Tensor input, Tensor target, Tensor weight, long ignoreIndex, Reduction reduction) {
    OpDef op = NeuralOps.nllLoss(reduction.op(), ignoreIndex, weight != null);
    return Losses.ofClasses(op, input, target, weight, reduction);
  }

  /// The mean squared error.
  ///
  /// @param input what was computed
  /// @param target what it should be, of the same shape
  /// @return a scalar
  public static Tensor mseLoss(Tensor input, Tensor target) {
    return mseLoss(input, target, Reduction.MEAN);
  }

  /// The squared error.
  ///
  /// @param input what was computed
  /// @param target what it should be, of the same shape
  /// @param reduction how the errors become one
  /// @return a scalar, or the errors in the shape of the input
  public static Tensor mseLoss(Tensor input, Tensor target, Reduction reduction) {
    if (!input.shape().equals(target.shape())) {
      throw Repr.mismatch("a target of shape " + Repr.tuple(input.shape()), target);
    }
    DType dtype = DType.promote(input.dtype(), target.dtype());
    return Tensor.call(NeuralOps.mseLoss(reduction.op()), input.to(dtype), target.to(dtype));
  }

  // ---- losses element by element ----

  /// `|x - y|`.
  ///
  /// @param input what was computed
  /// @param target what it should be, of the same shape
  /// @param reduction how the errors become one
  /// @return a scalar, or the errors in the shape of the input
  public static Tensor l1Loss(Tensor input, Tensor target, Reduction reduction) {
    return elementwise(Elementwise.L1, 0, input, target, null, null, reduction);
  }

  /// Squared near 0, absolute beyond: `d^2 / (2 beta)` where `d = |x - y| < beta`, else `d - beta / 2`.
  ///
  /// @param input what was computed
  /// @param target what it should be, of the same shape
  /// @param reduction how the errors become one
  /// @param beta where the two meet, not negative
  /// @return a scalar, or the errors in the shape of the input
  public static Tensor smoothL1Loss(Tensor input, Tensor target, Reduction reduction, double beta) {
    if (!(beta >= 0)) {
      throw new IllegalArgumentException(
          "smooth_l1_loss does not support negative values for beta.");
    }
    return elementwise(Elementwise.SMOOTH_L1, beta, input, target, null, null, reduction);
  }

  /// Squared near 0, linear beyond: `d^2 / 2` where `d = |x - y| <= delta`, else `delta (d - delta / 2)`.
  ///
  /// @param input what was computed
  /// @param target what it should be, of the same shape
  /// @param reduction how the errors become one
  /// @param delta where the two meet, above 0
  /// @return a scalar, or the errors in the shape of the input
  public static Tensor huberLoss(Tensor input, Tensor target, Reduction reduction, double delta) {
    if (!(delta > 0)) {
      throw new IllegalArgumentException(
          "huber_loss does not support non-positive values for delta.");
    }
    return elementwise(Elementwise.HUBER, delta, input, target, null, null, reduction);
  }

  /// Cross entropy of probabilities of yes and no: `-(y log x + (1 - y) log(1 - x))`, logarithms at least -100.
  ///
  /// @param input probabilities, 0 to 1
  /// @param target what they should be, 0 to 1, of the same shape
  /// @param weight a factor of each element, or null
  /// @param reduction how the losses become one
  /// @return a scalar, or the losses in the shape of the input
  public static Tensor binaryCrossEntropy(
      Tensor input, Tensor target, Tensor weight, Reduction reduction) {
    Losses.checkBinary("binary_cross_entropy", input, target);
    OpDef op = LossOps.binaryCrossEntropy(reduction.op(), weight != null);
    return weight == null ? Tensor.call(op, input, target) : Tensor.call(op, input, target, weight);
  }

  /// Cross entropy of logits of yes and no, without overflow.
  ///
  /// @param input logits
  /// @param target probabilities of yes, 0 to 1, of the same shape
  /// @param weight a factor of each element, or null
  /// @param posWeight a factor of what is yes, or null
  /// @param reduction how the losses become one
  /// @return a scalar, or the losses in the shape of the input
  public static Tensor binaryCrossEntropyWithLogits(
      Tensor input, Tensor target, Tensor weight, Tensor posWeight, Reduction reduction) {
    Losses.checkBinary("binary_cross_entropy_with_logits", input, target);
    Elementwise kind = Elementwise.BINARY_CROSS_ENTROPY_WITH_LOGITS;
    return elementwise(kind, 0, input, target, posWeight, weight, reduction);
  }

  /// Kullback-Leibler divergence of log-probabilities from probabilities: `y (log y - x)`.
  ///
  /// @param input log-probabilities
  /// @param target probabilities, or log-probabilities, of the same shape
  /// @param logTarget whether the target is logarithms
  /// @param reduction how the terms become one; [Reduction#BATCHMEAN] is the one of the definition
  /// @return a scalar, or the terms in the shape of the input
  public static Tensor klDiv(Tensor input, Tensor target, boolean logTarget, Reduction reduction) {
    Elementwise kind = logTarget ? Elementwise.KL_DIV_LOG_TARGET : Elementwise.KL_DIV;
    if (reduction != Reduction.BATCHMEAN) {
      return elementwise(kind, 0, input, target, null, null, reduction);
    }
    Tensor sum = elementwise(kind, 0, input, target, null, null, Reduction.SUM);
    return input.dim() == 0 ? sum : sum.div(input.size(0));
  }

  static Tensor elementwise(
      Elementwise kind,
      double parameter,
      Tensor input,
      Tensor target,
      Tensor third,
      Tensor weight,
      Reduction reduction) {
    if (!input.shape().equals(target.shape())) {
      throw Repr.mismatch("a target of shape " + Repr.tuple(input.shape()), target);
    }
    OpDef op = LossOps.elementwise(kind, parameter, reduction.op(), third != null, weight != null);
    if (third != null) {
      return weight == null
          ? Tensor.call(op, input, target, third)
          : Tensor.call(op, input, target, third, weight);
    }
    return weight == null ? Tensor.call(op, input, target) : Tensor.call(op, input, target, weight);
  }

  // ---- losses of pairs and triples ----

  /// `1 - cos(x, y)` of pairs that are alike, `max(0, cos(x, y) - margin)` of others.
  ///
  /// @param first `[n, d]` or `[d]`
  /// @param second of the same shape
  /// @param target 1 for alike, -1 for not, `[n]` or a scalar
  /// @param margin from which likeness on others are pushed apart, -1 to 1
  /// @param reduction how the losses of the pairs become one
  /// @return a scalar, or the losses, of the shape of the target
  public static Tensor cosineEmbeddingLoss(
      Tensor first, Tensor second, Tensor target, double margin, Reduction reduction) {
    if (!first.shape().equals(second.shape()) || first.dim() < 1 || first.dim() > 2) {
      throw Repr.mismatch(
          "two tensors (n, d) or (d) of one shape, of which the first is "
              + Repr.tuple(first.shape()),
          second);
    }
    if (!target.shape().equals(first.shape().drop(first.dim() - 1))) {
      throw Repr.mismatch("a target of shape " + Repr.tuple(first.select(-1, 0).shape()), target);
    }
    return Tensor.call(LossOps.cosineEmbedding(margin, reduction.op()), first, second, target);
  }

  /// `max(0, d(anchor, positive) - d(anchor, negative) + margin)`.
  ///
  /// @param anchor `[n, d]` or `[d]`
  /// @param positive what should be near, of the same shape
  /// @param negative what should be far, of the same shape
  /// @param options margin, norm and so on
  /// @param reduction how the losses of the triples become one
  /// @return a scalar, or the losses of the triples
  public static Tensor tripletMarginLoss(
      Tensor anchor,
      Tensor positive,
      Tensor negative,
      TripletMarginLoss.Options options,
      Reduction reduction) {
    if (anchor.dim() < 1
        || !anchor.shape().equals(positive.shape())
        || !anchor.shape().equals(negative.shape())) {
      throw new IllegalArgumentException(
          "expected anchor, positive and negative of one shape, got %s, %s and %s"
              .formatted(
                  Repr.tuple(anchor.shape()),
                  Repr.tuple(positive.shape()),
                  Repr.tuple(negative.shape())));
    }
    OpDef op =
        LossOps.tripletMargin(
            options.margin(), options.p(), options.eps(), options.swap(), reduction.op());
    return Tensor.call(op, anchor, positive, negative);
  }
}
