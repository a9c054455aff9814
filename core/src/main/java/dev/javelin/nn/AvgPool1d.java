package dev.javelin.nn;

import dev.javelin.Tensor;

/// The mean of each window, zeros around the input counted if not said otherwise: `[n, c, l]` becomes `[n, c, l']`, or the same without `n`.
public final class AvgPool1d extends Module {
  private final int kernelSize;
  private final int stride;
  private final int padding;
  private final boolean ceilMode;
  private final boolean countIncludePad;

  /// Windows side by side.
  ///
  /// @param kernelSize the size of a window
  public AvgPool1d(int kernelSize) {
    this(kernelSize, kernelSize, 0);
  }

  /// Windows of any form.
  ///
  /// @param kernelSize the size of a window
  /// @param stride the distance between two windows
  /// @param padding by how much they reach over the edge, at most half the kernel
  public AvgPool1d(int kernelSize, int stride, int padding) {
    this(kernelSize, stride, padding, false, true);
  }

  /// Windows of any form.
  ///
  /// @param kernelSize the size of a window
  /// @param stride the distance between two windows
  /// @param padding by how much they reach over, at most half the kernel
  /// @param ceilMode whether what is left at the end gets a window that reaches further
  /// @param countIncludePad whether zeros around the input count
  public AvgPool1d(
      int kernelSize, int stride, int padding, boolean ceilMode, boolean countIncludePad) {
    this.ceilMode = ceilMode;
    this.countIncludePad = countIncludePad;
    this.kernelSize = kernelSize;
    this.stride = stride;
    this.padding = padding;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.avgPool1d(x, kernelSize, stride, padding, ceilMode, countIncludePad);
  }

  @Override
  protected String extraRepr() {
    return Repr.windows(Repr.tuple(kernelSize), Repr.tuple(stride), Repr.tuple(padding));
  }
}
