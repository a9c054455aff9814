package dev.javelin.nn;

import dev.javelin.Tensor;

/// The largest elements of parts of the image, so many that the result has a given size: `[n, c, h, w]` becomes `[n, c, h', w']`.
public final class AdaptiveMaxPool2d extends Module {
  private final Size2d outputSize;

  /// The layer.
  ///
  /// @param outputSize height and width of the result
  public AdaptiveMaxPool2d(int outputSize) {
    this(Size2d.of(outputSize));
  }

  /// The layer.
  ///
  /// @param outputSize the size of the result
  public AdaptiveMaxPool2d(Size2d outputSize) {
    this.outputSize = outputSize;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.adaptiveMaxPool2d(x, outputSize);
  }

  @Override
  protected String extraRepr() {
    return "output_size=" + Repr.of(outputSize);
  }
}
