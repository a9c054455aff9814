package dev.javelin.nn;

import dev.javelin.Tensor;
import dev.javelin.engine.Engine;
import dev.javelin.engine.Generator;
import dev.javelin.engine.Value;
import dev.javelin.ops.ActivationOps;
import dev.javelin.ops.ActivationOps.Kind;
import dev.javelin.ops.LayerOps;
import dev.javelin.ops.OpDef;
import dev.javelin.ops.PointwiseOps;
import dev.javelin.ops.RandomOps;

/// The part of [Functional] that holds activations and dropout.
abstract sealed class ActivationFunctions permits LossFunctions {
  private static final OpDef HARDSWISH = LayerOps.hardswish();
  private static final OpDef PRELU = LayerOps.prelu();

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

  /// `x min(max(x + 3, 0), 6) / 6`.
  ///
  /// @param x the input
  /// @return the result, of its shape
  public static Tensor hardswish(Tensor x) {
    return Tensor.call(HARDSWISH, x);
  }

  /// `x` where positive, else a learnt slope times x.
  ///
  /// @param x the input, `[n, c, ...]`
  /// @param weight the slopes, `[1]` or `[c]`
  /// @return the result, of the shape of x
  public static Tensor prelu(Tensor x, Tensor weight) {
    long channels = x.dim() == 0 ? 1 : x.size(x.dim() == 1 ? 0 : 1);
    if (weight.numel() != 1 && weight.numel() != channels) {
      throw Repr.mismatch("(n, " + weight.numel() + ", *)", x);
    }
    return Tensor.call(PRELU, x, weight);
  }

  /// x limited to a range.
  ///
  /// @param x the input
  /// @param minVal the least
  /// @param maxVal the most
  /// @return the result, of its shape
  public static Tensor hardtanh(Tensor x, double minVal, double maxVal) {
    return Tensor.call(ActivationOps.activation(Kind.HARDTANH, minVal, maxVal), x);
  }

  /// `min(max(x, 0), 6)`.
  ///
  /// @param x the input
  /// @return the result, of its shape
  public static Tensor relu6(Tensor x) {
    return Tensor.call(ActivationOps.activation(Kind.HARDTANH, 0, 6), x);
  }

  /// `min(max(x + 3, 0), 6) / 6`.
  ///
  /// @param x the input
  /// @return the result, of its shape
  public static Tensor hardsigmoid(Tensor x) {
    return Tensor.call(ActivationOps.activation(Kind.HARDSIGMOID, 0, 0), x);
  }

  /// `x tanh(log(1 + e^x))`.
  ///
  /// @param x the input
  /// @return the result, of its shape
  public static Tensor mish(Tensor x) {
    return Tensor.call(ActivationOps.activation(Kind.MISH, 0, 0), x);
  }

  /// x where positive, else `alpha (e^(x / alpha) - 1)`.
  ///
  /// @param x the input
  /// @param alpha what it tends to for very negative x, negated
  /// @return the result, of its shape
  public static Tensor celu(Tensor x, double alpha) {
    return Tensor.call(ActivationOps.activation(Kind.CELU, alpha, 0), x);
  }

  /// x where positive, else `1.6733 (e^x - 1)`, all times 1.0507: keeps mean 0 and variance 1.
  ///
  /// @param x the input
  /// @return the result, of its shape
  public static Tensor selu(Tensor x) {
    return Tensor.call(ActivationOps.activation(Kind.SELU, 0, 0), x);
  }

  /// `-log(1 + e^-x)`, without overflow.
  ///
  /// @param x the input
  /// @return the result, of its shape
  public static Tensor logSigmoid(Tensor x) {
    return Tensor.call(ActivationOps.activation(Kind.LOG_SIGMOID, 0, 0), x);
  }

  /// `x / (1 + |x|)`.
  ///
  /// @param x the input
  /// @return the result, of its shape
  public static Tensor softsign(Tensor x) {
    return Tensor.call(ActivationOps.activation(Kind.SOFTSIGN, 0, 0), x);
  }

  /// `x - tanh(x)`.
  ///
  /// @param x the input
  /// @return the result, of its shape
  public static Tensor tanhshrink(Tensor x) {
    return Tensor.call(ActivationOps.activation(Kind.TANHSHRINK, 0, 0), x);
  }

  /// x moved towards 0; 0 where it would pass it.
  ///
  /// @param x the input
  /// @param lambda by how much
  /// @return the result, of its shape
  public static Tensor softshrink(Tensor x, double lambda) {
    return Tensor.call(ActivationOps.activation(Kind.SOFTSHRINK, lambda, 0), x);
  }

  /// x, but 0 near 0.
  ///
  /// @param x the input
  /// @param lambda up to which size it is 0
  /// @return the result, of its shape
  public static Tensor hardshrink(Tensor x, double lambda) {
    return Tensor.call(ActivationOps.activation(Kind.HARDSHRINK, lambda, 0), x);
  }

  /// x, or a number where it is too small.
  ///
  /// @param x the input
  /// @param threshold above which it is x
  /// @param value the number
  /// @return the result, of its shape
  public static Tensor threshold(Tensor x, double threshold, double value) {
    return Tensor.call(ActivationOps.activation(Kind.THRESHOLD, threshold, value), x);
  }

  /// The first half of a dimension times the sigmoid of the second.
  ///
  /// @param x the input
  /// @param dim the dimension, of an even size
  /// @return the result, half as large along it
  public static Tensor glu(Tensor x, int dim) {
    if (x.dim() == 0 || x.size(dim) % 2 != 0) {
      throw Repr.mismatch("an even size along dimension " + dim, x);
    }
    return Tensor.call(ActivationOps.activation(Kind.GLU, dim, 0), x);
  }

  /// The softmax of `-x` along a dimension.
  ///
  /// @param x the input
  /// @param dim the dimension
  /// @return the result, of its shape
  public static Tensor softmin(Tensor x, int dim) {
    return x.neg().softmax(dim);
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

  /// Zeroes whole channels of sequences at random and divides the others by `1 - p`.
  ///
  /// @param x the input, `[n, c, l]` or `[c, l]`
  /// @param p the probability of being zeroed
  /// @param training whether to do anything at all
  /// @return the result, of its shape
  public static Tensor dropout1d(Tensor x, double p, boolean training) {
    return x.dim() == 2
        ? dropout2d(x.unsqueeze(0), p, training).squeeze(0)
        : dropout2d(x, p, training);
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

  /// Zeroes whole channels of volumes at random and divides the others by `1 - p`.
  ///
  /// @param x the input, `[n, c, d, h, w]` or `[c, d, h, w]`
  /// @param p the probability of being zeroed
  /// @param training whether to do anything at all
  /// @return the result, of its shape
  public static Tensor dropout3d(Tensor x, double p, boolean training) {
    return x.dim() == 4
        ? dropout2d(x.unsqueeze(0), p, training).squeeze(0)
        : dropout2d(x, p, training);
  }

  private static Tensor dropout(Tensor x, double p, boolean training, boolean channels) {
    checkProbability(p);
    if (!training || p == 0) {
      return x;
    }
    long draws = channels ? x.size(0) * x.size(1) : x.numel();
    Value[] position = Generator.draw(draws);
    return call(
        RandomOps.dropout(x.shape(), channels), x, Engine.number(p), position[0], position[1]);
  }

  static void checkProbability(double p) {
    if (!(p >= 0 && p <= 1)) {
      throw new IllegalArgumentException(
          "dropout probability has to be between 0 and 1, but got " + Repr.of(p));
    }
  }
}
