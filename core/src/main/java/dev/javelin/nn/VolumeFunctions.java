package dev.javelin.nn;

import dev.javelin.Tensor;
import dev.javelin.kernels.Shape;
import java.util.ArrayList;
import java.util.List;

/// The part of [Functional] that is for sequences and volumes: what images have, in one and three dimensions.
abstract sealed class VolumeFunctions extends PoolingFunctions permits ImageFunctions {
  // ---- convolutions ----

  /// A transposed convolution along one dimension.
  ///
  /// @param x the input, `[n, in, l]` or `[in, l]`
  /// @param weight the weights, `[in, out / groups, kernel]`
  /// @param bias the bias, `[out]`, or null
  /// @param options how the kernel moves; whether there is a bias is seen from `bias`
  /// @return `[n, out, l']` or `[out, l']`
  public static Tensor convTranspose1d(
      Tensor x, Tensor weight, Tensor bias, ConvTranspose1d.Options options) {
    ConvTranspose2d.Options flat =
        new ConvTranspose2d.Options(
            new Size2d(1, options.stride()),
            new Size2d(0, options.padding()),
            new Size2d(0, options.outputPadding()),
            new Size2d(1, options.dilation()),
            options.groups(),
            options.bias());
    return Functional.convTranspose2d(x.unsqueeze(-2), weight.unsqueeze(-2), bias, flat)
        .squeeze(-2);
  }

  /// A convolution of volumes: for each plane of the kernel a convolution of all planes it meets.
  ///
  /// @param x the input, `[n, in, d, h, w]` or `[in, d, h, w]`
  /// @param weight the weights, `[out, in / groups, kernel depth, kernel height, kernel width]`
  /// @param bias the bias, `[out]`, or null
  /// @param options how the kernel moves; whether there is a bias is seen from `bias`
  /// @return `[n, out, d', h', w']` or `[out, d', h', w']`
  public static Tensor conv3d(Tensor x, Tensor weight, Tensor bias, Conv3d.Options options) {
    if (x.dim() == 4) {
      return conv3d(x.unsqueeze(0), weight, bias, options).squeeze(0);
    }
    int stride = options.stride().require("stride", 1).depth();
    int dilation = options.dilation().require("dilation", 1).depth();
    int padding = options.padding().require("padding", 0).depth();
    Tensor padded = padding == 0 ? x : x.pad(0, 0, 0, 0, padding, padding);
    long reach = dilation * (weight.size(2) - 1) + 1;
    if (padded.size(2) < reach) {
      throw Repr.mismatch("at least %s planes".formatted(reach - 2L * padding), x);
    }
    long depth = (padded.size(2) - reach) / stride + 1;
    Conv2d.Options plane =
        Conv2d.Options.DEFAULT
            .withStride(options.stride().plane())
            .withPadding(options.padding().plane())
            .withDilation(options.dilation().plane())
            .withGroups(options.groups());
    Tensor sum = null;
    for (long k = 0; k < weight.size(2); k++) {
      long start = k * dilation;
      Tensor met = padded.slice(2, start, start + (depth - 1) * stride + 1, stride);
      Tensor part = Functional.conv2d(planes(met), weight.select(2, k), null, plane);
      sum = sum == null ? part : sum.add(part);
    }
    return shifted(volumes(sum, x.size(0)), bias);
  }

  /// A transposed convolution of volumes.
  ///
  /// @param x the input, `[n, in, d, h, w]` or `[in, d, h, w]`
  /// @param weight the weights, `[in, out / groups, kernel depth, kernel height, kernel width]`
  /// @param bias the bias, `[out]`, or null
  /// @param options how the kernel moves; whether there is a bias is seen from `bias`
  /// @return `[n, out, d', h', w']` or `[out, d', h', w']`
  public static Tensor convTranspose3d(
      Tensor x, Tensor weight, Tensor bias, ConvTranspose3d.Options options) {
    if (x.dim() == 4) {
      return convTranspose3d(x.unsqueeze(0), weight, bias, options).squeeze(0);
    }
    int stride = options.stride().require("stride", 1).depth();
    int dilation = options.dilation().require("dilation", 1).depth();
    int padding = options.padding().require("padding", 0).depth();
    int more = options.outputPadding().require("output_padding", 0).depth();
    if (more >= Math.max(stride, dilation)) {
      throw ConvTranspose2d.tooLong(options.outputPadding(), options.stride(), options.dilation());
    }
    ConvTranspose2d.Options plane =
        new ConvTranspose2d.Options(
            options.stride().plane(),
            options.padding().plane(),
            options.outputPadding().plane(),
            options.dilation().plane(),
            options.groups(),
            false);
    long apart = (x.size(2) - 1) * stride + 1; // the input's planes with zeros between
    long whole = apart + dilation * (weight.size(2) - 1) + more;
    if (whole - 2L * padding < 1) {
      throw Repr.mismatch("an input whose result has at least one plane", x);
    }
    Tensor sum = null;
    for (long k = 0; k < weight.size(2); k++) {
      Tensor flat = Functional.convTranspose2d(planes(x), weight.select(2, k), null, plane);
      Tensor part = volumes(flat, x.size(0)).unsqueeze(3); // [n, o, d, 1, h, w]
      Tensor spread = part.pad(0, 0, 0, 0, 0, stride - 1).flatten(2, 3).narrow(2, 0, apart);
      Tensor placed = spread.pad(0, 0, 0, 0, k * dilation, whole - apart - k * dilation);
      sum = sum == null ? placed : sum.add(placed);
    }
    return shifted(sum.narrow(2, padding, whole - 2L * padding), bias);
  }

  /// `[n, c, d, h, w]` as images `[n d, c, h, w]`.
  private static Tensor planes(Tensor x) {
    return x.transpose(1, 2).flatten(0, 1);
  }

  /// The reverse of [#planes].
  private static Tensor volumes(Tensor images, long n) {
    return images.unflatten(0, n, images.size(0) / Math.max(1, n)).transpose(1, 2);
  }

  private static Tensor shifted(Tensor y, Tensor bias) {
    return bias == null ? y.contiguous() : y.add(bias.reshape(-1, 1, 1, 1));
  }

  // ---- pooling ----

  /// The largest element of each window: of each plane's windows, then of the planes.
  ///
  /// @param x the input, `[n, c, d, h, w]` or `[c, d, h, w]`
  /// @param kernelSize the size of a window
  /// @param stride the distance between two windows
  /// @param padding by how much they reach over the edge, at most half the kernel
  /// @return the maxima, of as many dimensions as x
  public static Tensor maxPool3d(Tensor x, Size3d kernelSize, Size3d stride, Size3d padding) {
    return pool3d(x, kernelSize, stride, padding, true);
  }

  /// The mean of each window; zeros around the input count.
  ///
  /// @param x the input, `[n, c, d, h, w]` or `[c, d, h, w]`
  /// @param kernelSize the size of a window
  /// @param stride the distance between two windows
  /// @param padding by how much they reach over the edge, at most half the kernel
  /// @return the means, of as many dimensions as x
  public static Tensor avgPool3d(Tensor x, Size3d kernelSize, Size3d stride, Size3d padding) {
    return pool3d(x, kernelSize, stride, padding, false);
  }

  private static Tensor pool3d(
      Tensor x, Size3d kernel, Size3d stride, Size3d padding, boolean max) {
    if (x.dim() != 4 && x.dim() != 5) {
      throw Repr.mismatch("(n, c, d, h, w) or (c, d, h, w)", x);
    }
    Tensor images = x.flatten(0, -3); // [n c d, h, w]
    Tensor flat = pool(images, kernel.plane(), stride.plane(), padding.plane(), max);
    Tensor rows = flat.reshape(x.numel() == 0 ? 0 : flat.size(0) / x.size(-3), x.size(-3), -1);
    Tensor deep =
        pool(
            rows,
            new Size2d(kernel.depth(), 1),
            new Size2d(stride.depth(), 1),
            new Size2d(padding.depth(), 0),
            max);
    Shape shape = x.shape();
    int rank = x.dim();
    return deep.reshape(
        shape
            .with(rank - 3, deep.size(1))
            .with(rank - 2, flat.size(1))
            .with(rank - 1, flat.size(2)));
  }

  private static Tensor pool(Tensor x, Size2d kernel, Size2d stride, Size2d padding, boolean max) {
    return max
        ? maxPool2d(x, kernel, stride, padding, Size2d.of(1))
        : avgPool2d(x, kernel, stride, padding);
  }

  /// Means over parts of a sequence, so many that the result has a given size.
  ///
  /// @param x the input, `[n, c, l]` or `[c, l]`
  /// @param outputSize the size of the result
  /// @return the means, `[n, c, l']` or `[c, l']`
  public static Tensor adaptiveAvgPool1d(Tensor x, int outputSize) {
    checkSequence(x);
    return adaptiveAvgPool2d(x.unsqueeze(-2), new Size2d(1, outputSize)).squeeze(-2);
  }

  /// The largest elements of parts of a sequence, so many that the result has a given size.
  ///
  /// @param x the input, `[n, c, l]` or `[c, l]`
  /// @param outputSize the size of the result
  /// @return the maxima, `[n, c, l']` or `[c, l']`
  public static Tensor adaptiveMaxPool1d(Tensor x, int outputSize) {
    checkSequence(x);
    return largest(x, x.dim() - 1, outputSize);
  }

  private static void checkSequence(Tensor x) {
    if (x.dim() != 2 && x.dim() != 3) {
      throw Repr.mismatch("(n, c, l) or (c, l)", x);
    }
  }

  /// The largest elements of parts of the image, so many that the result has a given size: part i of o covers rows `floor(i h / o)`
  /// up to `ceil((i + 1) h / o)`.
  ///
  /// @param x the input, `[n, c, h, w]` or `[c, h, w]`
  /// @param outputSize the size of the result
  /// @return the maxima, `[n, c, h', w']` or `[c, h', w']`
  public static Tensor adaptiveMaxPool2d(Tensor x, Size2d outputSize) {
    if (x.dim() != 3 && x.dim() != 4) {
      throw Repr.mismatch("(n, c, h, w) or (c, h, w)", x);
    }
    Tensor rows = largest(x, x.dim() - 2, outputSize.height());
    return largest(rows, x.dim() - 1, outputSize.width());
  }

  /// The largest elements of `out` parts of a dimension.
  private static Tensor largest(Tensor x, int dim, int out) {
    Size2d.of(out).require("output_size", 1);
    long in = x.size(dim);
    List<Tensor> parts = new ArrayList<>();
    for (int i = 0; i < out; i++) {
      long start = i * in / out;
      long end = Math.ceilDiv((i + 1) * in, out);
      parts.add(x.narrow(dim, start, end - start).max(dim, true).values());
    }
    return Tensor.cat(parts, dim);
  }
}
