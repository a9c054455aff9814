package dev.javelin.nn;

import dev.javelin.Tensor;

/// Channels become places: `[n, c r^2, h, w]` becomes `[n, c, h r, w r]` (Shi et al., arXiv 1609.05158).
public final class PixelShuffle extends Module {
  private final int upscaleFactor;

  /// The layer.
  ///
  /// @param upscaleFactor r
  public PixelShuffle(int upscaleFactor) {
    this.upscaleFactor = upscaleFactor;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.pixelShuffle(x, upscaleFactor);
  }

  @Override
  protected String extraRepr() {
    return "upscale_factor=" + upscaleFactor;
  }
}
