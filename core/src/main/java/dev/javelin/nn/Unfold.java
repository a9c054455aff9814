package dev.javelin.nn;

import dev.javelin.Tensor;

/// Windows of images as columns: `[n, c, h, w]` becomes `[n, c kh kw, windows]`.
public final class Unfold extends Module {
  private final Size2d kernelSize;
  private final Size2d dilation;
  private final Size2d padding;
  private final Size2d stride;

  /// The layer with windows at every place.
  ///
  /// @param kernelSize height and width of a window
  public Unfold(int kernelSize) {
    this(Size2d.of(kernelSize), Size2d.of(1), Size2d.of(0), Size2d.of(1));
  }

  /// The layer.
  ///
  /// @param kernelSize the size of a window
  /// @param dilation the distance between two elements of a window
  /// @param padding zeros on each side
  /// @param stride the distance between two windows
  public Unfold(Size2d kernelSize, Size2d dilation, Size2d padding, Size2d stride) {
    this.kernelSize = kernelSize;
    this.dilation = dilation;
    this.padding = padding;
    this.stride = stride;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.unfold(x, kernelSize, dilation, padding, stride);
  }

  @Override
  protected String extraRepr() {
    return "kernel_size=%s, dilation=%s, padding=%s, stride=%s"
        .formatted(Repr.of(kernelSize), Repr.of(dilation), Repr.of(padding), Repr.of(stride));
  }
}
