package dev.javelin.nn;

import dev.javelin.Tensor;

/// The largest element of each window: `[n, c, d, h, w]` becomes `[n, c, d', h', w']`.
public final class MaxPool3d extends Module {
  private final Size3d kernelSize;
  private final Size3d stride;
  private final Size3d padding;

  /// Windows side by side.
  ///
  /// @param kernelSize depth, height and width of a window
  public MaxPool3d(int kernelSize) {
    this(Size3d.of(kernelSize), Size3d.of(kernelSize), Size3d.of(0));
  }

  /// The layer.
  ///
  /// @param kernelSize the size of a window
  /// @param stride the distance between two windows
  /// @param padding by how much they reach over the edge, at most half the kernel
  public MaxPool3d(Size3d kernelSize, Size3d stride, Size3d padding) {
    this.kernelSize = kernelSize;
    this.stride = stride;
    this.padding = padding;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.maxPool3d(x, kernelSize, stride, padding);
  }

  @Override
  protected String extraRepr() {
    return Repr.windows(Repr.of(kernelSize), Repr.of(stride), Repr.of(padding))
        + ", dilation=1, ceil_mode=False";
  }
}
