package dev.javelin.nn;

import dev.javelin.kernels.Kernel.Window;

/// Something that has a value for rows and one for columns: the kernel of a convolution, its stride.
///
/// @param height along the rows
/// @param width along the columns
public record Size2d(int height, int width) {
  /// The same in both directions.
  ///
  /// @param size along rows and columns
  /// @return the pair
  public static Size2d of(int size) {
    return new Size2d(size, size);
  }

  Size2d require(String what, int least) {
    if (height < least || width < least) {
      throw new IllegalArgumentException(
          "%s: expected at least %s, got %s".formatted(what, least, this));
    }
    return this;
  }

  static Window window(Size2d kernel, Size2d stride, Size2d padding, Size2d dilation, int groups) {
    return new Window(
        kernel.require("kernel_size", 1).height,
        kernel.width,
        stride.require("stride", 1).height,
        stride.width,
        padding.require("padding", 0).height,
        padding.width,
        dilation.require("dilation", 1).height,
        dilation.width,
        groups);
  }

  /// The pair as Python prints it: `(5, 5)`.
  @Override
  public String toString() {
    return "(" + height + ", " + width + ")";
  }
}
