package dev.javelin.nn;

import dev.javelin.Tensor;

/// What is put around the input of a convolution before its kernel moves.
final class Padding {
  private Padding() {}

  /// A tensor with something around its last dimensions.
  static Tensor around(Tensor x, PaddingMode mode, long... amounts) {
    if (mode == PaddingMode.ZEROS) {
      return x.pad(amounts);
    }
    Tensor padded = x;
    for (int i = 0; i < amounts.length / 2; i++) {
      padded = along(padded, -1 - i, mode, amounts[2 * i], amounts[2 * i + 1]);
    }
    return padded;
  }

  private static Tensor along(Tensor x, int dim, PaddingMode mode, long before, long after) {
    if (before == 0 && after == 0) {
      return x;
    }
    long size = x.size(dim);
    if (before < 0 || after < 0 || Math.max(before, after) > mode.limit(size)) {
      throw new IllegalArgumentException(
          "pad: expected a padding of 0 to %s for the size %s in the mode %s, got %s and %s"
              .formatted(mode.limit(size), size, mode, before, after));
    }
    long[] places = new long[Math.toIntExact(before + size + after)];
    for (int i = 0; i < places.length; i++) {
      places[i] = mode.source(i - before, size);
    }
    return x.indexSelect(dim, Tensor.of(places).to(x.device()));
  }

  /// For a convolution whose result has its input's size: how much before and after each of the last dimensions, the last first.
  static long[] same(Size2d kernel, Size2d stride, Size2d dilation) {
    if (!stride.equals(Size2d.of(1))) {
      throw new IllegalArgumentException(
          "padding='same' is not supported for strided convolutions");
    }
    long width = (long) dilation.width() * (kernel.width() - 1);
    long height = (long) dilation.height() * (kernel.height() - 1);
    return new long[] {width / 2, width - width / 2, height / 2, height - height / 2};
  }

  /// Whether it is the same before and after, so that the kernel itself can step over the edge.
  static boolean isEven(long[] amounts) {
    for (int i = 0; i < amounts.length; i += 2) {
      if (amounts[i] != amounts[i + 1]) {
        return false;
      }
    }
    return true;
  }
}
