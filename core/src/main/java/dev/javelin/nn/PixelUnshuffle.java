package dev.javelin.nn;

import dev.javelin.Tensor;

/// Places become channels: `[n, c, h r, w r]` becomes `[n, c r^2, h, w]`.
public final class PixelUnshuffle extends Module {
  private final int downscaleFactor;

  /// The layer.
  ///
  /// @param downscaleFactor r
  public PixelUnshuffle(int downscaleFactor) {
    this.downscaleFactor = downscaleFactor;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.pixelUnshuffle(x, downscaleFactor);
  }

  @Override
  protected String extraRepr() {
    return "downscale_factor=" + downscaleFactor;
  }
}
