package dev.javelin.nn;

import dev.javelin.Tensor;

/// The largest element of each window: `[n, c, l]` becomes `[n, c, l']`, or the same without `n`.
public final class MaxPool1d extends Module {
  private final int kernelSize;
  private final int stride;
  private final int padding;
  private final int dilation;
  private final boolean ceilMode;

  /// Windows side by side.
  ///
  /// @param kernelSize the size of a window
  public MaxPool1d(int kernelSize) {
    this(kernelSize, kernelSize, 0, 1);
  }

  /// Windows at a distance.
  ///
  /// @param kernelSize the size of a window
  /// @param stride the distance between two windows
  public MaxPool1d(int kernelSize, int stride) {
    this(kernelSize, stride, 0, 1);
  }

  /// Windows of any form.
  ///
  /// @param kernelSize the size of a window
  /// @param stride the distance between two windows
  /// @param padding by how much they reach over the edge, at most half the kernel
  /// @param dilation the distance between two elements of a window
  public MaxPool1d(int kernelSize, int stride, int padding, int dilation) {
    this(kernelSize, stride, padding, dilation, false);
  }

  /// Windows of any form.
  ///
  /// @param kernelSize the size of a window
  /// @param stride the distance between two windows
  /// @param padding by how much they reach over, at most half the kernel
  /// @param dilation the distance between two elements of a window
  /// @param ceilMode whether what is left at the end gets a window that reaches further
  public MaxPool1d(int kernelSize, int stride, int padding, int dilation, boolean ceilMode) {
    this.kernelSize = kernelSize;
    this.stride = stride;
    this.padding = padding;
    this.dilation = dilation;
    this.ceilMode = ceilMode;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.maxPool1d(x, kernelSize, stride, padding, dilation, ceilMode);
  }

  @Override
  protected String extraRepr() {
    return Repr.windows(kernelSize, stride, padding)
        + ", dilation=%s, ceil_mode=%s".formatted(dilation, Repr.of(ceilMode));
  }
}
