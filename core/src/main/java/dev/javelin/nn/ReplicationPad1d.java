package dev.javelin.nn;

import dev.javelin.Tensor;
import dev.javelin.kernels.Shape;

/// Puts the edge again and again around the last dimension of `[n, c, l]`.
public final class ReplicationPad1d extends Module {
  private final long[] padding;

  /// The layer.
  ///
  /// @param padding how much on each side
  public ReplicationPad1d(int padding) {
    this(padding, padding);
  }

  /// The layer.
  ///
  /// @param left how much on the left
  /// @param right how much on the right
  public ReplicationPad1d(int left, int right) {
    this.padding = new long[] {left, right};
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.pad(x, PaddingMode.REPLICATE, padding);
  }

  @Override
  protected String extraRepr() {
    return Repr.tuple(Shape.of(padding));
  }
}
