package dev.javelin.nn;

import dev.javelin.Tensor;
import dev.javelin.kernels.Kernel.PoolOp;
import dev.javelin.kernels.Kernel.Window;
import dev.javelin.ops.MatrixOps;

/// The part of [Functional] that makes images smaller and larger.
abstract sealed class PoolingFunctions extends MarginFunctions permits VolumeFunctions {
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
    return maxPool2d(x, kernelSize, stride, padding, dilation, false);
  }

  /// The largest element of each window.
  ///
  /// @param x the input, `[n, c, h, w]` or `[c, h, w]`
  /// @param kernelSize the size of a window
  /// @param stride the distance between two windows
  /// @param padding by how much they reach over the edge, at most half the kernel
  /// @param dilation the distance between two elements of a window
  /// @param ceilMode whether what is left at the end gets a window that reaches further
  /// @return the maxima, of as many dimensions as x
  public static Tensor maxPool2d(
      Tensor x,
      Size2d kernelSize,
      Size2d stride,
      Size2d padding,
      Size2d dilation,
      boolean ceilMode) {
    return pool2d(PoolOp.MAX, x, kernelSize, stride, padding, dilation, ceilMode);
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
    return avgPool2d(x, kernelSize, stride, padding, false, true);
  }

  private static Tensor pool2d(
      PoolOp op,
      Tensor x,
      Size2d kernel,
      Size2d stride,
      Size2d padding,
      Size2d dilation,
      boolean ceil) {
    if (x.dim() == 3) {
      return pool2d(op, x.unsqueeze(0), kernel, stride, padding, dilation, ceil).squeeze(0);
    }
    if (2 * padding.height() > kernel.height() || 2 * padding.width() > kernel.width()) {
      throw new IllegalArgumentException(
          "pad should be at most half of kernel size, but got padding=%s and kernel_size=%s"
              .formatted(padding, kernel));
    }
    Window window = Size2d.window(kernel, stride, padding, dilation, 1);
    return Tensor.call(MatrixOps.pool2d(op, window, ceil, x.shape()), x);
  }

  /// The mean of each window.
  ///
  /// @param x the input, `[n, c, h, w]` or `[c, h, w]`
  /// @param kernelSize the size of a window
  /// @param stride the distance between two windows
  /// @param padding by how much they reach over the edge, at most half the kernel
  /// @param countIncludePad whether zeros around the input count
  /// @return the means, of as many dimensions as x
  public static Tensor avgPool2d(
      Tensor x, Size2d kernelSize, Size2d stride, Size2d padding, boolean countIncludePad) {
    return avgPool2d(x, kernelSize, stride, padding, false, countIncludePad);
  }

  /// The mean of each window.
  ///
  /// @param x the input, `[n, c, h, w]` or `[c, h, w]`
  /// @param kernelSize the size of a window
  /// @param stride the distance between two windows
  /// @param padding by how much they reach over the edge, at most half the kernel
  /// @param ceilMode whether what is left at the end gets a window that reaches further; beyond the padding nothing counts
  /// @param countIncludePad whether zeros around the input count
  /// @return the means, of as many dimensions as x
  public static Tensor avgPool2d(
      Tensor x,
      Size2d kernelSize,
      Size2d stride,
      Size2d padding,
      boolean ceilMode,
      boolean countIncludePad) {
    Size2d one = Size2d.of(1);
    // Divided by the size of the whole window.
    Tensor means = pool2d(PoolOp.AVERAGE, x, kernelSize, stride, padding, one, ceilMode);
    if (!countIncludePad && !padding.equals(Size2d.of(0))) {
      Tensor inside = Tensor.onesLike(x.detach());
      return means.div(pool2d(PoolOp.AVERAGE, inside, kernelSize, stride, padding, one, ceilMode));
    }
    if (!ceilMode) {
      return means;
    }
    Tensor rows = shares(x, -2, means, kernelSize.height(), stride.height(), padding.height());
    Tensor columns = shares(x, -1, means, kernelSize.width(), stride.width(), padding.width());
    return means.mul(rows.unsqueeze(1)).mul(columns);
  }

  /// For each window along a dimension its size over the part of it that is not beyond the padding, `[windows]`.
  private static Tensor shares(
      Tensor x, int dim, Tensor means, int kernel, int stride, int padding) {
    float[] shares = new float[Math.toIntExact(means.size(dim))];
    for (int i = 0; i < shares.length; i++) {
      long start = (long) i * stride - padding;
      shares[i] = (float) kernel / Math.min(kernel, x.size(dim) + padding - start);
    }
    return Tensor.of(shares).to(x.device()).to(x.dtype());
  }

  /// The largest element of each window along the last dimension.
  ///
  /// @param x the input, `[n, c, l]` or `[c, l]`
  /// @param kernelSize the size of a window
  /// @param stride the distance between two windows
  /// @param padding by how much they reach over the edge, at most half the kernel
  /// @param dilation the distance between two elements of a window
  /// @return the maxima, of as many dimensions as x
  public static Tensor maxPool1d(Tensor x, int kernelSize, int stride, int padding, int dilation) {
    return maxPool1d(x, kernelSize, stride, padding, dilation, false);
  }

  /// The largest element of each window along the last dimension.
  ///
  /// @param x the input, `[n, c, l]` or `[c, l]`
  /// @param kernelSize the size of a window
  /// @param stride the distance between two windows
  /// @param padding by how much they reach over the edge, at most half the kernel
  /// @param dilation the distance between two elements of a window
  /// @param ceilMode whether what is left at the end gets a window that reaches further
  /// @return the maxima, of as many dimensions as x
  public static Tensor maxPool1d(
      Tensor x, int kernelSize, int stride, int padding, int dilation, boolean ceilMode) {
    if (x.dim() != 2 && x.dim() != 3) {
      throw Repr.mismatch("(n, c, l) or (c, l)", x);
    }
    return maxPool2d(
            x.unsqueeze(-2),
            new Size2d(1, kernelSize),
            new Size2d(1, stride),
            new Size2d(0, padding),
            new Size2d(1, dilation),
            ceilMode)
        .squeeze(-2);
  }

  /// The mean of each window along the last dimension; zeros around the input count.
  ///
  /// @param x the input, `[n, c, l]` or `[c, l]`
  /// @param kernelSize the size of a window
  /// @param stride the distance between two windows
  /// @param padding by how much they reach over the edge, at most half the kernel
  /// @return the means, of as many dimensions as x
  public static Tensor avgPool1d(Tensor x, int kernelSize, int stride, int padding) {
    return avgPool1d(x, kernelSize, stride, padding, false, true);
  }

  /// The mean of each window along the last dimension.
  ///
  /// @param x the input, `[n, c, l]` or `[c, l]`
  /// @param kernelSize the size of a window
  /// @param stride the distance between two windows
  /// @param padding by how much they reach over the edge, at most half the kernel
  /// @param ceilMode whether what is left at the end gets a window that reaches further; beyond the padding nothing counts
  /// @param countIncludePad whether zeros around the input count
  /// @return the means, of as many dimensions as x
  public static Tensor avgPool1d(
      Tensor x,
      int kernelSize,
      int stride,
      int padding,
      boolean ceilMode,
      boolean countIncludePad) {
    if (x.dim() != 2 && x.dim() != 3) {
      throw Repr.mismatch("(n, c, l) or (c, l)", x);
    }
    Size2d kernel = new Size2d(1, kernelSize);
    return avgPool2d(
            x.unsqueeze(-2),
            kernel,
            new Size2d(1, stride),
            new Size2d(0, padding),
            ceilMode,
            countIncludePad)
        .squeeze(-2);
  }

  /// Means over parts of the image, so many that the result has a given size: part i of o covers rows `floor(i h / o)` up to
  /// `ceil((i + 1) h / o)`.
  ///
  /// @param x the input, `[n, c, h, w]` or `[c, h, w]`
  /// @param outputSize the size of the result
  /// @return the means, `[n, c, h', w']` or `[c, h', w']`
  public static Tensor adaptiveAvgPool2d(Tensor x, Size2d outputSize) {
    if (x.dim() != 3 && x.dim() != 4) {
      throw Repr.mismatch("(n, c, h, w) or (c, h, w)", x);
    }
    outputSize.require("output_size", 1);
    int h = Math.toIntExact(x.size(-2));
    int w = Math.toIntExact(x.size(-1));
    if (outputSize.equals(Size2d.of(1))) {
      return x.mean(new int[] {-2, -1}, true);
    }
    if (h > 0 && h % outputSize.height() == 0 && w > 0 && w % outputSize.width() == 0) {
      Size2d window = new Size2d(h / outputSize.height(), w / outputSize.width());
      return avgPool2d(x, window, window, Size2d.of(0));
    }
    Tensor rows = Resampling.means(h, outputSize.height()).to(x.device()).to(x.dtype());
    Tensor columns = Resampling.means(w, outputSize.width()).to(x.device()).to(x.dtype());
    return rows.matmul(x).matmul(columns.t());
  }

  /// Larger or smaller images.
  ///
  /// @param x the input, `[n, c, h, w]`
  /// @param options size and way
  /// @return `[n, c, h', w']`
  public static Tensor interpolate(Tensor x, Upsample.Options options) {
    if (x.dim() != 4) {
      throw Repr.mismatch("(n, c, h, w)", x);
    }
    return Resampling.along(Resampling.along(x, 2, options), 3, options);
  }
}
