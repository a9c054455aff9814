package dev.javelin.backend;

import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;

/// How arrays `[n, c, h, w]` of images may lie in memory without gaps.
public enum PlaneOrder {
  /// Row by row, as tensors are made.
  CONTIGUOUS,
  /// The channels of a pixel side by side.
  CHANNELS_LAST,
  /// The same pixel of the same channel of all images side by side.
  BATCH_LAST;

  /// An array in this order.
  ///
  /// @param shape its shape, `[n, c, h, w]`
  /// @return the view of memory that it fills
  public View of(Shape shape) {
    long n = shape.size(0);
    long c = shape.size(1);
    long h = shape.size(2);
    long w = shape.size(3);
    return switch (this) {
      case CONTIGUOUS -> View.contiguous(shape);
      case CHANNELS_LAST -> View.of(shape, new long[] {h * w * c, 1, w * c, c}, 0);
      case BATCH_LAST -> View.of(shape, new long[] {1, h * w * n, w * n, n}, 0);
    };
  }
}
