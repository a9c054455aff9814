package dev.javelin.ops;

import dev.javelin.Tensor;
import dev.javelin.engine.Engine;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import java.util.Arrays;
import java.util.List;

/// The row operations of networks and their losses, each one region with a gradient of its own.
public final class NeuralOps {
  private NeuralOps() {}

  /// How the losses of the samples become one.
  public enum LossReduction {
    /// They stay as they are.
    NONE,
    /// Their mean, weighted by the classes' weights.
    MEAN,
    /// Their sum.
    SUM
  }

  /// `exp(x) / sum(exp(x))` along a dimension.
  ///
  /// @param dim the dimension, from 0
  /// @return the op
  public static OpDef softmax(int dim) {
    return Composite.of(
        "softmax",
        List.of(dim),
        in -> {
          Tensor e = in[0].sub(in[0].amax(dim, true)).exp();
          // One division for a row: a division takes as long as five products.
          return e.mul(e.sum(dim, true).reciprocal());
        },
        b ->
            Gradient.each(
                () -> {
                  Tensor gy = b.g().mul(b.out());
                  return gy.sub(b.out().mul(gy.sum(dim, true)));
                }));
  }

  /// `x - log(sum(exp(x)))` along a dimension.
  ///
  /// @param dim the dimension, from 0
  /// @return the op
  public static OpDef logSoftmax(int dim) {
    return Composite.of(
        "log_softmax",
        List.of(dim),
        in -> {
          Tensor shifted = in[0].sub(in[0].amax(dim, true));
          return shifted.sub(shifted.exp().sum(dim, true).log());
        },
        b -> Gradient.each(() -> b.g().sub(b.out().exp().mul(b.g().sum(dim, true)))));
  }

  // ---- normalisation ----

  /// Layer norm over the last dimensions: `(x - mean) / sqrt(var + eps) * weight + bias`; weight and bias are inputs 1 and 2 if
  /// there are any. Hidden outputs: mean and `1 / sqrt(var + eps)` of each row.
  ///
  /// @param dims how many of the last dimensions
  /// @param eps added to the variance
  /// @param affine whether there are weight and bias
  /// @return the op
  public static OpDef layerNorm(int dims, double eps, boolean affine) {
    return Composite.several(
        "native_layer_norm",
        List.of(dims, eps, affine),
        1,
        in -> {
          Tensor x = in[0];
          int[] axes = last(x.shape(), dims);
          Tensor mean = x.mean(axes, true);
          Tensor centred = x.sub(mean);
          Tensor rstd = centred.mul(centred).mean(axes, true).add(eps).rsqrt();
          Tensor normal = centred.mul(rstd);
          Tensor y = affine ? normal.mul(in[1]).add(in[2]) : normal;
          return new Tensor[] {y, mean, rstd};
        },
        b -> {
          int[] axes = last(b.in(0).shape(), dims);
          return Gradient.each(
              () -> {
                Tensor normal = b.in(0).sub(b.out(1)).mul(b.out(2));
                Tensor g = affine ? b.g(0).mul(b.in(1)) : b.g(0);
                Tensor mean = g.mean(axes, true);
                Tensor slope = g.mul(normal).mean(axes, true);
                Tensor result = g.sub(mean).sub(normal.mul(slope)).mul(b.out(2));
                return withStatistics(b, result, normal, size(b.in(0).shape(), axes));
              },
              () -> b.g(0).mul(b.in(0).sub(b.out(1)).mul(b.out(2))),
              () -> b.g(0));
        });
  }

  /// Adds what flows through the hidden mean and `1 / sqrt(var + eps)` when the gradient itself is differentiated.
  private static Tensor withStatistics(
      Gradient.Backward b, Tensor gradient, Tensor normal, long n) {
    Tensor result = b.has(1) ? gradient.add(b.g(1).div(n)) : gradient;
    return b.has(2) ? result.sub(b.g(2).mul(normal).mul(b.out(2)).mul(b.out(2)).div(n)) : result;
  }

  private static long size(Shape shape, int[] axes) {
    long size = 1;
    for (int axis : axes) {
      size *= shape.size(axis);
    }
    return size;
  }

  private static int[] last(Shape shape, int dims) {
    int[] axes = new int[dims];
    for (int i = 0; i < dims; i++) {
      axes[i] = shape.rank() - dims + i;
    }
    return axes;
  }

  /// Batch norm in training: statistics over all dimensions but the second, in float32 at least. Inputs x, weight, bias (if affine).
  /// The result is of the dtype of x. Hidden outputs: mean, `1 / sqrt(var + eps)` and the unbiased variance of each channel.
  ///
  /// @param eps added to the variance
  /// @param affine whether there are weight and bias
  /// @return the op
  public static OpDef batchNorm(double eps, boolean affine) {
    return Composite.several(
        "native_batch_norm",
        List.of(eps, affine),
        1,
        in -> {
          Tensor x = wide(in[0]);
          int[] axes = allButChannel(x.shape());
          long n = x.numel() / Math.max(1, x.shape().size(1));
          // One pass over x: sums of x - s and (x - s)^2 with s the channel's first element, so
          // that nothing large cancels.
          Tensor shift = firstOfChannel(x);
          Tensor shifted = x.sub(shift);
          Tensor first = shifted.sum(axes, true).div(n);
          Tensor second = shifted.mul(shifted).sum(axes, true).div(n);
          Tensor var = second.sub(first.mul(first)).clampMin(0);
          Tensor mean = first.add(shift);
          Tensor rstd = var.add(eps).rsqrt();
          Tensor unbiased = var.mul((double) n / Math.max(1, n - 1));
          Tensor y = scaleShift(x, mean, rstd, in, affine).to(in[0].dtype());
          return new Tensor[] {y, mean, rstd, unbiased};
        },
        b -> {
          Tensor mean = b.out(1);
          Tensor rstd = b.out(2);
          Tensor x = wide(b.in(0));
          Tensor g = wide(b.g(0));
          int[] axes = allButChannel(x.shape());
          return Gradient.each(
              () -> {
                long n = x.numel() / Math.max(1, x.shape().size(1));
                Tensor centred = x.sub(mean);
                Tensor sum = g.sum(axes, true);
                Tensor dot = g.mul(centred).sum(axes, true);
                Tensor scale = affine ? rstd.mul(perChannel(b.in(1), x)) : rstd;
                Tensor slope = dot.mul(rstd).mul(rstd).div(n);
                Tensor result = g.sub(sum.div(n)).sub(centred.mul(slope)).mul(scale);
                return withStatistics(b, result, centred.mul(rstd), n);
              },
              () -> g.mul(x.sub(mean)).sum(axes, true).mul(rstd).reshape(-1),
              () -> g.sum(axes, true).reshape(-1));
        });
  }

  /// What 16 bits are too few for, in float32.
  private static Tensor wide(Tensor x) {
    return x.dtype().bytes() == 2 ? x.to(DType.FLOAT32) : x;
  }

  /// Batch norm by given statistics, in the dtype of x. Inputs x, mean, variance, then weight and bias (if affine).
  ///
  /// @param eps added to the variance
  /// @param affine whether there are weight and bias
  /// @return the op
  public static OpDef batchNormInference(double eps, boolean affine) {
    return Composite.of(
        "batch_norm_inference",
        List.of(eps, affine),
        in -> {
          Tensor rstd = perChannel(in[2], in[0]).add(eps).rsqrt();
          Tensor[] parameters = affine ? new Tensor[] {in[0], in[3], in[4]} : new Tensor[] {in[0]};
          Tensor mean = perChannel(in[1], in[0]);
          return scaleShift(in[0], mean, rstd, parameters, affine).to(in[0].dtype());
        },
        b -> {
          Tensor rstd = perChannel(b.in(2), b.in(0)).add(eps).rsqrt();
          int[] axes = allButChannel(b.in(0).shape());
          return Gradient.each(
              () -> b.g().mul(affine ? rstd.mul(perChannel(b.in(3), b.in(0))) : rstd),
              null,
              null,
              () -> b.g().mul(b.in(0).sub(perChannel(b.in(1), b.in(0))).mul(rstd)).sum(axes, false),
              () -> b.g().sum(axes, false));
        });
  }

  /// A step of batch norm's running statistics, in place, in one kernel: `(1 - momentum) * running + momentum * batch`. Inputs: the
  /// momentum, running mean and variance `[c]`, the number of batches so far, mean and variance of the batch `[1, c, 1 ...]`.
  ///
  /// @return the op
  public static OpDef runningStatistics() {
    return Composite.update(
        "batch_norm_statistics",
        List.of(),
        new int[] {1, 2, 3},
        in ->
            new Tensor[] {
              average(in[1], in[4], in[0]), average(in[2], in[5], in[0]), in[3].add(1L)
            });
  }

  private static Tensor average(Tensor running, Tensor batch, Tensor momentum) {
    Tensor now = batch.reshape(-1).to(running.dtype());
    return running.mul(momentum.neg().add(1)).add(now.mul(momentum));
  }

  private static Tensor scaleShift(
      Tensor x, Tensor mean, Tensor rstd, Tensor[] parameters, boolean affine) {
    if (!affine) {
      return x.sub(mean).mul(rstd);
    }
    Tensor scale = rstd.mul(perChannel(parameters[1], x));
    return x.sub(mean).mul(scale).add(perChannel(parameters[2], x));
  }

  private static Tensor perChannel(Tensor values, Tensor x) {
    long[] sizes = new long[x.dim()];
    Arrays.fill(sizes, 1);
    sizes[1] = x.shape().size(1);
    return values.reshape(Shape.of(sizes));
  }

  private static Tensor firstOfChannel(Tensor x) {
    Tensor first = x;
    for (int axis = 0; axis < x.dim(); axis++) {
      if (axis != 1) {
        first = first.narrow(axis, 0, 1);
      }
    }
    return first;
  }

  private static int[] allButChannel(Shape shape) {
    int[] axes = new int[shape.rank() - 1];
    for (int i = 0; i < axes.length; i++) {
      axes[i] = i == 0 ? 0 : i + 1;
    }
    return axes;
  }

  // ---- losses ----

  /// Negative log likelihood of class indices. Inputs log-probabilities `[n, c]`, int64 classes `[n]`, class weights `[c]` if any.
  /// A hidden output holds the sum of the weights.
  ///
  /// @param reduction how the losses of the samples become one
  /// @param ignore the class index that does not count
  /// @param weighted whether there are class weights
  /// @return the op
  public static OpDef nllLoss(LossReduction reduction, long ignore, boolean weighted) {
    return Composite.several(
        "nll_loss",
        List.of(reduction, ignore, weighted),
        1,
        in -> {
          checkClasses("nll_loss", in);
          Tensor hit = oneHot(checked(in, ignore), in[0].shape());
          Tensor picked = Tensor.where(hit, in[0], 0).sum(1).neg();
          Tensor weight = weights(in, hit, ignore, weighted);
          return reduced(picked.mul(weight), weight, reduction);
        },
        b ->
            Gradient.each(
                () -> {
                  Tensor hit = oneHot(b.in(1), b.in(0).shape());
                  Tensor[] in = {b.in(0), b.in(1), weighted ? b.in(2) : null};
                  Tensor weight = weights(in, hit, ignore, weighted);
                  return Tensor.where(hit, scale(b, weight, reduction).neg().unsqueeze(1), 0);
                }));
  }

  /// Cross entropy of logits and class indices, log-softmax and negative log likelihood in one. Inputs logits `[n, c]`, int64
  /// classes `[n]`, class weights `[c]` if any. A hidden output holds the sum of the weights.
  ///
  /// @param reduction how the losses of the samples become one
  /// @param ignore the class index that does not count
  /// @param weighted whether there are class weights
  /// @param smoothing how much of the target is spread evenly over all classes
  /// @return the op
  public static OpDef crossEntropy(
      LossReduction reduction, long ignore, boolean weighted, double smoothing) {
    return Composite.several(
            "cross_entropy",
            List.of(reduction, ignore, weighted, smoothing),
            1,
            in -> {
              Tensor x = in[0];
              checkClasses("cross_entropy", in);
              Tensor hit = oneHot(checked(in, ignore), x.shape());
              Tensor shifted = x.sub(x.amax(1, true));
              Tensor logSum = shifted.exp().sum(1, false).log();
              Tensor picked = Tensor.where(hit, shifted, 0).sum(1);
              Tensor weight = weights(in, hit, ignore, weighted);
              Tensor loss = logSum.sub(picked).mul(weight);
              if (smoothing > 0) {
                Tensor spread = smoothed(in, shifted, logSum, ignore, weighted);
                loss = loss.mul(1 - smoothing).add(spread.mul(smoothing / x.shape().size(1)));
              }
              return reduced(loss, weight, reduction);
            },
            b ->
                Gradient.each(
                    () -> {
                      Tensor x = b.in(0);
                      Tensor hit = oneHot(b.in(1), x.shape());
                      Tensor[] in = {x, b.in(1), weighted ? b.in(2) : null};
                      Tensor e = x.sub(x.amax(1, true)).exp();
                      Tensor p = e.div(e.sum(1, true));
                      Tensor weight = weights(in, hit, ignore, weighted);
                      Tensor one = Tensor.where(hit, p.sub(1), p);
                      Tensor slope = one.mul(weight.unsqueeze(1));
                      if (smoothing > 0) {
                        Tensor each =
                            weighted ? in[2] : Tensor.ones(Shape.of(1), x.dtype(), x.device());
                        Tensor total =
                            weighted
                                ? in[2].sum()
                                : Tensor.full(
                                    Shape.SCALAR,
                                    (double) x.shape().size(1),
                                    x.dtype(),
                                    x.device());
                        Tensor even =
                            p.mul(total)
                                .sub(each)
                                .mul(counts(b.in(1), ignore, x.dtype()).unsqueeze(1));
                        slope =
                            slope.mul(1 - smoothing).add(even.mul(smoothing / x.shape().size(1)));
                      }
                      return slope.mul(share(b, reduction));
                    }))
        .named("NllLossBackward0");
  }

  /// `sum over classes of weight * -log p`, for samples that count.
  private static Tensor smoothed(
      Tensor[] in, Tensor shifted, Tensor logSum, long ignore, boolean weighted) {
    Tensor each = logSum.unsqueeze(1).sub(shifted);
    Tensor sum = (weighted ? each.mul(in[2]) : each).sum(1);
    return sum.mul(counts(in[1], ignore, in[0].dtype()));
  }

  private static void checkClasses(String op, Tensor[] in) {
    Shape x = in[0].shape();
    if (x.rank() != 2 || !in[1].shape().equals(Shape.of(x.size(0)))) {
      throw new IllegalArgumentException(
          "%s: expected an input of shape [n, classes] and n class indices, got %s and %s"
              .formatted(op, x, in[1].shape()));
    }
  }

  /// The classes, all of which are indices of a class or ignored.
  private static Tensor checked(Tensor[] in, long ignore) {
    Tensor counted = in[1].ne(ignore);
    Tensor classes = (Tensor) Engine.number(in[0].shape().size(1));
    Tensor index = Tensor.call(LogicOps.INDEX, Tensor.where(counted, in[1], 0), classes);
    return Tensor.where(counted, index, in[1]);
  }

  private static Tensor oneHot(Tensor classes, Shape shape) {
    Tensor numbers = Tensor.arange(shape.size(1), classes.device()).reshape(1, shape.size(1));
    return numbers.eq(classes.unsqueeze(1));
  }

  private static Tensor counts(Tensor classes, long ignore, DType dtype) {
    return classes.ne(ignore).to(dtype);
  }

  /// The weight of each sample: its class's, 0 where ignored.
  private static Tensor weights(Tensor[] in, Tensor hit, long ignore, boolean weighted) {
    Tensor counted = counts(in[1], ignore, in[0].dtype());
    return weighted ? Tensor.where(hit, in[2], 0).sum(1).mul(counted) : counted;
  }

  private static Tensor[] reduced(Tensor losses, Tensor weight, LossReduction reduction) {
    return switch (reduction) {
      case NONE -> new Tensor[] {losses};
      case SUM -> new Tensor[] {losses.sum()};
      case MEAN -> {
        Tensor total = weight.sum();
        yield new Tensor[] {losses.sum().div(total), total};
      }
    };
  }

  /// How much of the loss's gradient each sample gets, times its weight: `[n]`.
  private static Tensor scale(Gradient.Backward b, Tensor weight, LossReduction reduction) {
    return switch (reduction) {
      case NONE, SUM -> weight.mul(b.g(0));
      case MEAN -> weight.mul(b.g(0).div(b.out(1)));
    };
  }

  /// The same without the weight, shaped to go with `[n, c]`.
  private static Tensor share(Gradient.Backward b, LossReduction reduction) {
    return switch (reduction) {
      case NONE -> b.g(0).unsqueeze(1);
      case SUM -> b.g(0);
      case MEAN -> b.g(0).div(b.out(1));
    };
  }

  /// Mean squared error of two tensors of one shape.
  ///
  /// @param reduction how the errors become one
  /// @return the op
  public static OpDef mseLoss(LossReduction reduction) {
    return Composite.of(
        "mse_loss",
        List.of(reduction),
        in -> {
          Tensor difference = in[0].sub(in[1]);
          Tensor square = difference.mul(difference);
          return switch (reduction) {
            case NONE -> square;
            case SUM -> square.sum();
            case MEAN -> square.mean();
          };
        },
        b -> Gradient.each(() -> mseSlope(b, reduction), () -> mseSlope(b, reduction).neg()));
  }

  private static Tensor mseSlope(Gradient.Backward b, LossReduction reduction) {
    Tensor difference = b.in(0).sub(b.in(1)).mul(2);
    double n = reduction == LossReduction.MEAN ? difference.numel() : 1;
    return difference.mul(b.g().div(n));
  }
}
