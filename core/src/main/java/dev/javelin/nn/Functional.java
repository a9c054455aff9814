package dev.javelin.nn;

import dev.javelin.Tensor;
import dev.javelin.engine.Engine;
import dev.javelin.engine.Generator;
import dev.javelin.engine.Value;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel.PoolOp;
import dev.javelin.kernels.Kernel.Window;
import dev.javelin.kernels.Shape;
import dev.javelin.ops.MatrixOps;
import dev.javelin.ops.NeuralOps;
import dev.javelin.ops.OpDef;
import dev.javelin.ops.PointwiseOps;
import dev.javelin.ops.RandomOps;

/// The layers and losses as functions: `torch.nn.functional`.
public final class Functional {
  private static final OpDef LINEAR = MatrixOps.linear(false);
  private static final OpDef LINEAR_BIAS = MatrixOps.linear(true);

  private Functional() {}

  // ---- products ----

  /// `x W^T + b`.
  ///
  /// @param x the input, `[*, in]`
  /// @param weight the weights, `[out, in]`
  /// @param bias the bias, `[out]`, or null
  /// @return `[*, out]`
  public static Tensor linear(Tensor x, Tensor weight, Tensor bias) {
    return bias == null
        ? Tensor.call(LINEAR, x, weight)
        : Tensor.call(LINEAR_BIAS, x, weight, bias);
  }

  /// A convolution.
  ///
  /// @param x the input, `[n, in, h, w]` or `[in, h, w]`
  /// @param weight the weights, `[out, in / groups, kernel height, kernel width]`
  /// @param bias the bias, `[out]`, or null
  /// @param options how the kernel moves; whether there is a bias is seen from `bias`
  /// @return `[n, out, h', w']` or `[out, h', w']`
  public static Tensor conv2d(Tensor x, Tensor weight, Tensor bias, Conv2d.Options options) {
    if (x.dim() == 3) {
      return conv2d(x.unsqueeze(0), weight, bias, options).squeeze(0);
    }
    Size2d kernel = new Size2d((int) weight.size(2), (int) weight.size(3));
    Window window =
        Size2d.window(
            kernel, options.stride(), options.padding(), options.dilation(), options.groups());
    return bias == null
        ? Tensor.call(MatrixOps.conv2d(window, false), x, weight)
        : Tensor.call(MatrixOps.conv2d(window, true), x, weight, bias);
  }

  // ---- pooling ----

  /// The largest element of each of the windows that lie side by side.
  ///
  /// @param x the input, `[n, c, h, w]` or `[c, h, w]`
  /// @param kernelSize height and width of a window
  /// @return the maxima, of as many dimensions as x
  public static Tensor maxPool2d(Tensor x, int kernelSize) {
    Size2d size = Size2d.of(kernelSize);
    return maxPool2d(x, size, size, Size2d.of(0), Size2d.of(1));
  }

  /// The largest element of each window.
  ///
  /// @param x the input, `[n, c, h, w]` or `[c, h, w]`
  /// @param kernelSize the size of a window
  /// @param stride the distance between two windows
  /// @param padding by how much they reach over the edge, at most half the kernel
  /// @param dilation the distance between two elements of a window
  /// @return the maxima, of as many dimensions as x
  public static Tensor maxPool2d(
      Tensor x, Size2d kernelSize, Size2d stride, Size2d padding, Size2d dilation) {
    return pool2d(PoolOp.MAX, x, kernelSize, stride, padding, dilation);
  }

  /// The mean of each of the windows that lie side by side.
  ///
  /// @param x the input, `[n, c, h, w]` or `[c, h, w]`
  /// @param kernelSize height and width of a window
  /// @return the means, of as many dimensions as x
  public static Tensor avgPool2d(Tensor x, int kernelSize) {
    Size2d size = Size2d.of(kernelSize);
    return avgPool2d(x, size, size, Size2d.of(0));
  }

  /// The mean of each window; zeros around the input count.
  ///
  /// @param x the input, `[n, c, h, w]` or `[c, h, w]`
  /// @param kernelSize the size of a window
  /// @param stride the distance between two windows
  /// @param padding by how much they reach over the edge, at most half the kernel
  /// @return the means, of as many dimensions as x
  public static Tensor avgPool2d(Tensor x, Size2d kernelSize, Size2d stride, Size2d padding) {
    return pool2d(PoolOp.AVERAGE, x, kernelSize, stride, padding, Size2d.of(1));
  }

  private static Tensor pool2d(
      PoolOp op, Tensor x, Size2d kernel, Size2d stride, Size2d padding, Size2d dilation) {
    if (x.dim() == 3) {
      return pool2d(op, x.unsqueeze(0), kernel, stride, padding, dilation).squeeze(0);
    }
    if (2 * padding.height() > kernel.height() || 2 * padding.width() > kernel.width()) {
      throw new IllegalArgumentException(
          "pad should be at most half of kernel size, but got padding=%s and kernel_size=%s"
              .formatted(padding, kernel));
    }
    Window window = Size2d.window(kernel, stride, padding, dilation, 1);
    return Tensor.call(MatrixOps.pool2d(op, window, x.shape()), x);
  }

  // ---- activations ----

  /// `max(x, 0)`.
  ///
  /// @param x the input
  /// @return the result, of its shape
  public static Tensor relu(Tensor x) {
    return x.relu();
  }

  /// `x Phi(x)`, with the distribution function of the normal distribution.
  ///
  /// @param x the input
  /// @return the result, of its shape
  public static Tensor gelu(Tensor x) {
    return Tensor.call(PointwiseOps.GELU, x);
  }

  /// `x Phi(x)`, or its approximation by tanh.
  ///
  /// @param x the input
  /// @param approximate `none` or `tanh`
  /// @return the result, of its shape
  public static Tensor gelu(Tensor x, String approximate) {
    checkApproximate(approximate);
    return Tensor.call(approximate.equals("tanh") ? PointwiseOps.GELU_TANH : PointwiseOps.GELU, x);
  }

  static void checkApproximate(String approximate) {
    if (!approximate.equals("none") && !approximate.equals("tanh")) {
      throw new IllegalArgumentException(
          "approximate argument must be either none or tanh, got " + approximate);
    }
  }

  /// `1 / (1 + e^-x)`.
  ///
  /// @param x the input
  /// @return the result, of its shape
  public static Tensor sigmoid(Tensor x) {
    return x.sigmoid();
  }

  /// The hyperbolic tangent.
  ///
  /// @param x the input
  /// @return the result, of its shape
  public static Tensor tanh(Tensor x) {
    return x.tanh();
  }

  /// `x sigmoid(x)`.
  ///
  /// @param x the input
  /// @return the result, of its shape
  public static Tensor silu(Tensor x) {
    return Tensor.call(PointwiseOps.SILU, x);
  }

  /// `x` where positive, else `slope x`.
  ///
  /// @param x the input
  /// @param negativeSlope the slope
  /// @return the result, of its shape
  public static Tensor leakyRelu(Tensor x, double negativeSlope) {
    return call(PointwiseOps.LEAKY_RELU, x, Engine.number(negativeSlope));
  }

  /// `x` where positive, else `alpha (e^x - 1)`.
  ///
  /// @param x the input
  /// @param alpha what it tends to for very negative x, negated
  /// @return the result, of its shape
  public static Tensor elu(Tensor x, double alpha) {
    return call(PointwiseOps.ELU, x, Engine.number(alpha));
  }

  /// `log(1 + e^(beta x)) / beta`; x itself where `beta x` is above the threshold.
  ///
  /// @param x the input
  /// @param beta how sharp the bend is
  /// @param threshold from where on it is x
  /// @return the result, of its shape
  public static Tensor softplus(Tensor x, double beta, double threshold) {
    return call(PointwiseOps.SOFTPLUS, x, Engine.number(beta), Engine.number(threshold));
  }

  private static Tensor call(OpDef op, Value... inputs) {
    return (Tensor) Engine.callAll(op, inputs)[0];
  }

  /// `exp(x) / sum(exp(x))` along a dimension.
  ///
  /// @param x the input
  /// @param dim the dimension
  /// @return the result, of its shape
  public static Tensor softmax(Tensor x, int dim) {
    return x.softmax(dim);
  }

  /// Softmax along the dimension PyTorch chooses: 0 for 0, 1 or 3 dimensions, else 1.
  ///
  /// @param x the input
  /// @return the result, of its shape
  public static Tensor softmax(Tensor x) {
    return x.softmax(implicitDim(x));
  }

  /// `log(softmax(x))` along a dimension, without overflow.
  ///
  /// @param x the input
  /// @param dim the dimension
  /// @return the result, of its shape
  public static Tensor logSoftmax(Tensor x, int dim) {
    return x.logSoftmax(dim);
  }

  /// Log-softmax along the dimension PyTorch chooses: 0 for 0, 1 or 3 dimensions, else 1.
  ///
  /// @param x the input
  /// @return the result, of its shape
  public static Tensor logSoftmax(Tensor x) {
    return x.logSoftmax(implicitDim(x));
  }

  private static int implicitDim(Tensor x) {
    return switch (x.dim()) {
      case 0, 1, 3 -> 0;
      default -> 1;
    };
  }

  // ---- dropout ----

  /// Zeroes elements at random and divides the others by `1 - p`.
  ///
  /// @param x the input
  /// @param p the probability of being zeroed
  /// @param training whether to do anything at all
  /// @return the result, of its shape
  public static Tensor dropout(Tensor x, double p, boolean training) {
    return dropout(x, p, training, false);
  }

  /// Zeroes whole channels at random and divides the others by `1 - p`.
  ///
  /// @param x the input, `[n, c, ...]`
  /// @param p the probability of being zeroed
  /// @param training whether to do anything at all
  /// @return the result, of its shape
  public static Tensor dropout2d(Tensor x, double p, boolean training) {
    if (x.dim() < 2) {
      throw Repr.mismatch("(n, c, *)", x);
    }
    return dropout(x, p, training, true);
  }

  private static Tensor dropout(Tensor x, double p, boolean training, boolean channels) {
    checkProbability(p);
    if (!training || p == 0) {
      return x;
    }
    long draws = channels ? x.size(0) * x.size(1) : x.numel();
    Generator.Position position = Generator.next(draws);
    return call(
        RandomOps.dropout(x.shape(), channels),
        x,
        Engine.number(p),
        Engine.number(position.seed()),
        Engine.number(position.counter()));
  }

  static void checkProbability(double p) {
    if (!(p >= 0 && p <= 1)) {
      throw new IllegalArgumentException(
          "dropout probability has to be between 0 and 1, but got " + Repr.of(p));
    }
  }

  // ---- normalisation ----

  /// Layer norm over the last dimensions.
  ///
  /// @param x the input, `[*, normalizedShape]`
  /// @param normalizedShape the sizes of the last dimensions
  /// @param weight the scale, of that shape, or null; null only with `bias`
  /// @param bias the shift, of that shape, or null; null only with `weight`
  /// @param eps added to the variance
  /// @return the result, of the shape of x
  public static Tensor layerNorm(
      Tensor x, Shape normalizedShape, Tensor weight, Tensor bias, double eps) {
    int dims = normalizedShape.rank();
    boolean fits = dims > 0 && x.dim() >= dims;
    for (int i = 1; fits && i <= dims; i++) {
      fits = x.size(-i) == normalizedShape.size(-i);
    }
    if (!fits) {
      String sizes = Repr.tuple(normalizedShape).substring(1);
      throw Repr.mismatch("(*, " + sizes.replace(",)", ")"), x);
    }
    OpDef op = NeuralOps.layerNorm(dims, eps, weight != null);
    return weight == null ? Tensor.call(op, x) : Tensor.call(op, x, weight, bias);
  }

  /// Batch norm by given statistics.
  ///
  /// @param x the input, `[n, c, ...]`
  /// @param mean the mean of each channel, `[c]`
  /// @param variance the variance of each channel, `[c]`
  /// @param weight the scale, `[c]`, or null; null only with `bias`
  /// @param bias the shift, `[c]`, or null; null only with `weight`
  /// @param eps added to the variance
  /// @return the result, of the shape of x
  public static Tensor batchNorm(
      Tensor x, Tensor mean, Tensor variance, Tensor weight, Tensor bias, double eps) {
    OpDef op = NeuralOps.batchNormInference(eps, weight != null);
    return weight == null
        ? Tensor.call(op, x, mean, variance)
        : Tensor.call(op, x, mean, variance, weight, bias);
  }

  /// What batch norm in training gives.
  ///
  /// @param output the result, of the shape of x
  /// @param mean the mean of each channel, `[1, c, 1 ...]`
  /// @param variance the unbiased variance of each channel, `[1, c, 1 ...]`
  public record Normalized(Tensor output, Tensor mean, Tensor variance) {}

  /// Batch norm by the statistics of the batch itself.
  ///
  /// @param x the input, `[n, c, ...]`
  /// @param weight the scale, `[c]`, or null; null only with `bias`
  /// @param bias the shift, `[c]`, or null; null only with `weight`
  /// @param eps added to the variance
  /// @return the result and the statistics
  public static Normalized batchNorm(Tensor x, Tensor weight, Tensor bias, double eps) {
    OpDef op = NeuralOps.batchNorm(eps, weight != null);
    Value[] outputs = weight == null ? Engine.callAll(op, x) : Engine.callAll(op, x, weight, bias);
    return new Normalized((Tensor) outputs[0], (Tensor) outputs[1], (Tensor) outputs[3]);
  }

  /// A step of the running statistics of batch norm, in place.
  static void updateStatistics(
      double momentum, Tensor mean, Tensor variance, Tensor count, Normalized batch) {
    Engine.callAll(
        NeuralOps.runningStatistics(),
        Engine.number(momentum),
        mean,
        variance,
        count,
        batch.mean(),
        batch.variance());
  }

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
}
