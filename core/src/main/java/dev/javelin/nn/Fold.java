package dev.javelin.nn;

import dev.javelin.Tensor;

/// Sums columns as windows of images, the reverse of [Unfold]: `[n, c kh kw, windows]` becomes `[n, c, h, w]`.
public final class Fold extends Module {
  private final Size2d outputSize;
  private final Size2d kernelSize;
  private final Size2d dilation;
  private final Size2d padding;
  private final Size2d stride;

  /// The layer with windows at every place.
  ///
  /// @param outputSize the size of the images
  /// @param kernelSize height and width of a window
  public Fold(Size2d outputSize, int kernelSize) {
    this(outputSize, Size2d.of(kernelSize), Size2d.of(1), Size2d.of(0), Size2d.of(1));
  }

  /// The layer.
  ///
  /// @param outputSize the size of the images
  /// @param kernelSize the size of a window
  /// @param dilation the distance between two elements of a window
  /// @param padding by how much the images are cut on each side
  /// @param stride the distance between two windows
  public Fold(
      Size2d outputSize, Size2d kernelSize, Size2d dilation, Size2d padding, Size2d stride) {
    this.outputSize = outputSize;
    this.kernelSize = kernelSize;
    this.dilation = dilation;
    this.padding = padding;
    this.stride = stride;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.fold(x, outputSize, kernelSize, dilation, padding, stride);
  }

  @Override
  protected String extraRepr() {
    return "output_size=%s, kernel_size=%s, dilation=%s, padding=%s, stride=%s"
        .formatted(
            Repr.of(outputSize),
            Repr.of(kernelSize),
            Repr.of(dilation),
            Repr.of(padding),
            Repr.of(stride));
  }
}
