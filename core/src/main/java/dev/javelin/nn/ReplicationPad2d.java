package dev.javelin.nn;

import dev.javelin.Tensor;
import dev.javelin.kernels.Shape;

/// Puts the edge again and again around the last dimensions of `[n, c, h, w]`.
public final class ReplicationPad2d extends Module {
  private final long[] padding;

  /// The layer.
  ///
  /// @param padding how much on each side
  public ReplicationPad2d(int padding) {
    this(padding, padding, padding, padding);
  }

  /// The layer.
  ///
  /// @param left how much on the left
  /// @param right how much on the right
  /// @param top how much above
  /// @param bottom how much below
  public ReplicationPad2d(int left, int right, int top, int bottom) {
    this.padding = new long[] {left, right, top, bottom};
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
