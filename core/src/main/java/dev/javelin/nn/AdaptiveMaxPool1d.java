package dev.javelin.nn;

import dev.javelin.Tensor;

/// The largest elements of parts of a sequence, so many that the result has a given size: `[n, c, l]` becomes `[n, c, l']`.
public final class AdaptiveMaxPool1d extends Module {
  private final int outputSize;

  /// The layer.
  ///
  /// @param outputSize the size of the result
  public AdaptiveMaxPool1d(int outputSize) {
    this.outputSize = outputSize;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.adaptiveMaxPool1d(x, outputSize);
  }

  @Override
  protected String extraRepr() {
    return "output_size=" + outputSize;
  }
}
