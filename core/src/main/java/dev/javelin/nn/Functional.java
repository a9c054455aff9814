package dev.javelin.nn;

import dev.javelin.Tensor;
import dev.javelin.engine.Engine;
import dev.javelin.engine.Value;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel.Window;
import dev.javelin.kernels.Shape;
import dev.javelin.ops.LayerOps;
import dev.javelin.ops.MatrixOps;
import dev.javelin.ops.NeuralOps;
import dev.javelin.ops.OpDef;
import java.util.OptionalDouble;

/// The layers and losses as functions: `torch.nn.functional`.
public final class Functional extends AttentionFunctions {
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
    long[] around = options.amounts(kernel);
    boolean within = options.paddingMode() == PaddingMode.ZEROS && Padding.isEven(around);
    Tensor input = within ? x : Padding.around(x, options.paddingMode(), around);
    Size2d padding = within ? new Size2d((int) around[2], (int) around[0]) : Size2d.of(0);
    Window window =
        Size2d.window(kernel, options.stride(), padding, options.dilation(), options.groups());
    return bias == null
        ? Tensor.call(MatrixOps.conv2d(window, false), input, weight)
        : Tensor.call(MatrixOps.conv2d(window, true), input, weight, bias);
  }

  /// Something around the last dimensions.
  ///
  /// @param x the input
  /// @param mode what
  /// @param padding how much before and after the last dimension, then before and after the one before it ...
  /// @return the result
  /// @throws IllegalArgumentException if it is more than the mode can take from the input: all but the edge of it, mirrored, or all of
  ///     it, circular
  public static Tensor pad(Tensor x, PaddingMode mode, long... padding) {
    return Padding.around(x, mode, padding);
  }

  /// A convolution along one dimension.
  ///
  /// @param x the input, `[n, in, l]` or `[in, l]`
  /// @param weight the weights, `[out, in / groups, kernel]`
  /// @param bias the bias, `[out]`, or null
  /// @param options how the kernel moves; whether there is a bias is seen from `bias`
  /// @return `[n, out, l']` or `[out, l']`
  public static Tensor conv1d(Tensor x, Tensor weight, Tensor bias, Conv1d.Options options) {
    Conv2d.Options flat =
        new Conv2d.Options(
            new Size2d(1, options.stride()),
            new Size2d(0, options.padding()),
            new Size2d(1, options.dilation()),
            options.groups(),
            options.bias(),
            options.same(),
            options.paddingMode());
    return conv2d(x.unsqueeze(-2), weight.unsqueeze(-2), bias, flat).squeeze(-2);
  }

  /// A transposed convolution.
  ///
  /// @param x the input, `[n, in, h, w]` or `[in, h, w]`
  /// @param weight the weights, `[in, out / groups, kernel height, kernel width]`
  /// @param bias the bias, `[out]`, or null
  /// @param options how the kernel moves; whether there is a bias is seen from `bias`
  /// @return `[n, out, h', w']` or `[out, h', w']`
  public static Tensor convTranspose2d(
      Tensor x, Tensor weight, Tensor bias, ConvTranspose2d.Options options) {
    if (x.dim() == 3) {
      return convTranspose2d(x.unsqueeze(0), weight, bias, options).squeeze(0);
    }
    Size2d more = options.outputPadding().require("output_padding", 0);
    if (more.height() >= Math.max(options.stride().height(), options.dilation().height())
        || more.width() >= Math.max(options.stride().width(), options.dilation().width())) {
      throw ConvTranspose2d.tooLong(more, options.stride(), options.dilation());
    }
    Size2d kernel = new Size2d((int) weight.size(2), (int) weight.size(3));
    Window w =
        Size2d.window(
            kernel, options.stride(), options.padding(), options.dilation(), options.groups());
    Shape target =
        Shape.of(
            x.size(0),
            weight.size(1) * options.groups(),
            (x.size(2) - 1) * w.strideH()
                - 2 * w.padH()
                + reach(w.dilationH(), w.kernelH())
                + more.height(),
            (x.size(3) - 1) * w.strideW()
                - 2 * w.padW()
                + reach(w.dilationW(), w.kernelW())
                + more.width());
    if (target.size(2) < 1 || target.size(3) < 1) {
      throw Repr.mismatch("an input whose result has at least one place", x);
    }
    OpDef op = LayerOps.convTranspose2d(w, target, bias != null);
    return bias == null ? Tensor.call(op, x, weight) : Tensor.call(op, x, weight, bias);
  }

  /// Over how many places a dilated kernel reaches.
  private static long reach(long dilation, long kernel) {
    return dilation * (kernel - 1) + 1;
  }

  /// `x1^T W_k x2 + b_k` for each k.
  ///
  /// @param x the first input, `[*, in1]`
  /// @param y the second input, `[*, in2]`
  /// @param weight the weights, `[out, in1, in2]`
  /// @param bias the bias, `[out]`, or null
  /// @return `[*, out]`
  public static Tensor bilinear(Tensor x, Tensor y, Tensor weight, Tensor bias) {
    long out = weight.size(0);
    long first = weight.size(1);
    long second = weight.size(2);
    Tensor table = weight.permute(1, 0, 2).reshape(first, out * second);
    Tensor half = x.reshape(-1, first).mm(table).view(-1, out, second); // [n, out, in2]
    Tensor result = half.mul(y.reshape(-1, 1, second)).sum(-1);
    result = bias == null ? result : result.add(bias);
    return result.reshape(x.shape().with(x.dim() - 1, out));
  }

  /// The rows of a table.
  ///
  /// @param x int64 or int32 row numbers, `[*]`
  /// @param weight the table, `[rows, size]`
  /// @param paddingIdx the row that gets no gradient, -1 for none
  /// @return `[*, size]`
  public static Tensor embedding(Tensor x, Tensor weight, int paddingIdx) {
    if (x.dtype() != DType.INT64 && x.dtype() != DType.INT32) {
      throw new IllegalArgumentException(
          "expected row numbers of int64 or int32, got %s; convert them with toLong()"
              .formatted(x.dtype()));
    }
    Tensor rows = Tensor.call(LayerOps.embedding(paddingIdx), weight, x.reshape(-1));
    return x.dim() == 1 ? rows : rows.reshape(x.shape().insert(x.dim(), weight.size(1)));
  }

  /// One dimension becomes several.
  ///
  /// @param x the input
  /// @param dim which dimension
  /// @param sizes the sizes it becomes; one of them may be -1
  /// @return a view of x
  public static Tensor unflatten(Tensor x, int dim, long... sizes) {
    int axis = dim < 0 ? dim + x.dim() : dim;
    long[] all = new long[x.dim() - 1 + sizes.length];
    for (int i = 0; i < all.length; i++) {
      boolean inside = i >= axis && i < axis + sizes.length;
      all[i] = inside ? sizes[i - axis] : x.size(i < axis ? i : i - sizes.length + 1);
    }
    return x.reshape(all);
  }

  // ---- normalisation ----

  /// Layer norm over the last dimensions.
  ///
  /// @param x the input, `[*, normalizedShape]`
  /// @param normalizedShape the sizes of the last dimensions
  /// @param weight the scale, of that shape, or null; null only with `bias`
  /// @param bias the shift, of that shape, or null
  /// @param eps added to the variance
  /// @return the result, of the shape of x
  public static Tensor layerNorm(
      Tensor x, Shape normalizedShape, Tensor weight, Tensor bias, double eps) {
    int dims = checkLast(x, normalizedShape);
    OpDef op = NeuralOps.layerNorm(dims, eps, weight != null);
    if (weight == null) {
      return Tensor.call(op, x);
    }
    Tensor shift = bias == null ? Tensor.zerosLike(weight.detach()) : bias;
    return Tensor.call(op, x, weight, shift);
  }

  /// Fails if the last dimensions have other sizes; how many there are.
  private static int checkLast(Tensor x, Shape normalizedShape) {
    int dims = normalizedShape.rank();
    boolean fits = dims > 0 && x.dim() >= dims;
    for (int i = 1; fits && i <= dims; i++) {
      fits = x.size(-i) == normalizedShape.size(-i);
    }
    if (!fits) {
      String sizes = Repr.tuple(normalizedShape).substring(1);
      throw Repr.mismatch("(*, " + sizes.replace(",)", ")"), x);
    }
    return dims;
  }

  /// RMS norm over the last dimensions.
  ///
  /// @param x the input, `[*, normalizedShape]`
  /// @param normalizedShape the sizes of the last dimensions
  /// @param weight the scale, of that shape, or null
  /// @param eps added to the mean square; empty for the dtype's distance from 1 to the next number
  /// @return the result, of the shape of x
  public static Tensor rmsNorm(Tensor x, Shape normalizedShape, Tensor weight, OptionalDouble eps) {
    int dims = checkLast(x, normalizedShape);
    OpDef op = LayerOps.rmsNorm(dims, eps.orElseGet(() -> epsilon(x.dtype())), weight != null);
    return weight == null ? Tensor.call(op, x) : Tensor.call(op, x, weight);
  }

  private static double epsilon(DType dtype) {
    return switch (dtype) {
      case FLOAT64 -> 0x1p-52;
      case FLOAT16 -> 0x1p-10;
      case BFLOAT16 -> 0x1p-7;
      default -> 0x1p-23;
    };
  }

  /// Group norm: over the channels of a group and all places of a sample.
  ///
  /// @param x the input, `[n, c, ...]`
  /// @param numGroups how many groups, which divide c
  /// @param weight the scale, `[c]`, or null; null only with `bias`
  /// @param bias the shift, `[c]`, or null; null only with `weight`
  /// @param eps added to the variance
  /// @return the result, of the shape of x
  public static Tensor groupNorm(Tensor x, int numGroups, Tensor weight, Tensor bias, double eps) {
    OpDef op = LayerOps.groupNorm(numGroups, eps, weight != null);
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
}
