package dev.javelin.nn;

import dev.javelin.Tensor;

/// The mean of each window, zeros around the input counted if not said otherwise: `[n, c, h, w]` becomes `[n, c, h', w']`, or the same without `n`.
public final class AvgPool2d extends Module {
  private final Size2d kernelSize;
  private final Size2d stride;
  private final Size2d padding;
  private final boolean ceilMode;
  private final boolean countIncludePad;

  /// Windows side by side.
  ///
  /// @param kernelSize height and width of a window
  public AvgPool2d(int kernelSize) {
    this(kernelSize, kernelSize, 0);
  }

  /// Windows at a distance, which may reach over the edge.
  ///
  /// @param kernelSize height and width of a window
  /// @param stride the distance between two windows
  /// @param padding by how much they reach over, at most half the kernel
  public AvgPool2d(int kernelSize, int stride, int padding) {
    this(Size2d.of(kernelSize), Size2d.of(stride), Size2d.of(padding));
  }

  /// Windows of any form.
  ///
  /// @param kernelSize the size of a window
  /// @param stride the distance between two windows
  /// @param padding by how much they reach over, at most half the kernel
  public AvgPool2d(Size2d kernelSize, Size2d stride, Size2d padding) {
    this(kernelSize, stride, padding, true);
  }

  /// Windows of any form.
  ///
  /// @param kernelSize the size of a window
  /// @param stride the distance between two windows
  /// @param padding by how much they reach over, at most half the kernel
  /// @param countIncludePad whether zeros around the input count
  public AvgPool2d(Size2d kernelSize, Size2d stride, Size2d padding, boolean countIncludePad) {
    this(kernelSize, stride, padding, false, countIncludePad);
  }

  /// Windows of any form.
  ///
  /// @param kernelSize the size of a window
  /// @param stride the distance between two windows
  /// @param padding by how much they reach over, at most half the kernel
  /// @param ceilMode whether what is left at the end gets a window that reaches further
  /// @param countIncludePad whether zeros around the input count
  public AvgPool2d(
      Size2d kernelSize, Size2d stride, Size2d padding, boolean ceilMode, boolean countIncludePad) {
    this.ceilMode = ceilMode;
    this.countIncludePad = countIncludePad;
    this.kernelSize = kernelSize;
    this.stride = stride;
    this.padding = padding;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.avgPool2d(x, kernelSize, stride, padding, ceilMode, countIncludePad);
  }

  @Override
  protected String extraRepr() {
    return Repr.windows(Repr.of(kernelSize), Repr.of(stride), Repr.of(padding));
  }
}
