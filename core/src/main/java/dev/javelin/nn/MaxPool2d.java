package dev.javelin.nn;

import dev.javelin.Tensor;

/// The largest element of each window: `[n, c, h, w]` becomes `[n, c, h', w']`, or the same without `n`.
public final class MaxPool2d extends Module {
  private final Size2d kernelSize;
  private final Size2d stride;
  private final Size2d padding;
  private final Size2d dilation;
  private final boolean ceilMode;

  /// Windows side by side.
  ///
  /// @param kernelSize height and width of a window
  public MaxPool2d(int kernelSize) {
    this(kernelSize, kernelSize, 0);
  }

  /// Windows at a distance.
  ///
  /// @param kernelSize height and width of a window
  /// @param stride the distance between two windows
  public MaxPool2d(int kernelSize, int stride) {
    this(kernelSize, stride, 0);
  }

  /// Windows that may reach over the edge.
  ///
  /// @param kernelSize height and width of a window
  /// @param stride the distance between two windows
  /// @param padding by how much they reach over, at most half the kernel
  public MaxPool2d(int kernelSize, int stride, int padding) {
    this(Size2d.of(kernelSize), Size2d.of(stride), Size2d.of(padding), Size2d.of(1));
  }

  /// Windows of any form.
  ///
  /// @param kernelSize the size of a window
  /// @param stride the distance between two windows
  /// @param padding by how much they reach over, at most half the kernel
  /// @param dilation the distance between two elements of a window
  public MaxPool2d(Size2d kernelSize, Size2d stride, Size2d padding, Size2d dilation) {
    this(kernelSize, stride, padding, dilation, false);
  }

  /// Windows of any form.
  ///
  /// @param kernelSize the size of a window
  /// @param stride the distance between two windows
  /// @param padding by how much they reach over, at most half the kernel
  /// @param dilation the distance between two elements of a window
  /// @param ceilMode whether what is left at the end gets a window that reaches further
  public MaxPool2d(
      Size2d kernelSize, Size2d stride, Size2d padding, Size2d dilation, boolean ceilMode) {
    this.kernelSize = kernelSize;
    this.stride = stride;
    this.padding = padding;
    this.dilation = dilation;
    this.ceilMode = ceilMode;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.maxPool2d(x, kernelSize, stride, padding, dilation, ceilMode);
  }

  @Override
  protected String extraRepr() {
    return Repr.windows(Repr.of(kernelSize), Repr.of(stride), Repr.of(padding))
        + ", dilation=%s, ceil_mode=%s".formatted(Repr.of(dilation), Repr.of(ceilMode));
  }
}
