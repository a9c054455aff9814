package dev.javelin.nn;

import dev.javelin.Tensor;
import dev.javelin.kernels.Shape;

/// Puts a number around the last dimensions of `[n, c, h, w]`.
public final class ConstantPad2d extends Module {
  private final long[] padding;
  private final double value;

  /// The layer.
  ///
  /// @param padding how much on each side
  /// @param value the number
  public ConstantPad2d(int padding, double value) {
    this(padding, padding, padding, padding, value);
  }

  /// The layer.
  ///
  /// @param left how much on the left
  /// @param right how much on the right
  /// @param top how much above
  /// @param bottom how much below
  /// @param value the number
  public ConstantPad2d(int left, int right, int top, int bottom, double value) {
    this.padding = new long[] {left, right, top, bottom};
    this.value = value;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.pad(x, value, padding);
  }

  @Override
  protected String extraRepr() {
    return "padding=" + Repr.tuple(Shape.of(padding)) + ", value=" + Repr.of(value);
  }
}
