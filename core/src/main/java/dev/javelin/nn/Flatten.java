package dev.javelin.nn;

import dev.javelin.Tensor;

/// Makes some dimensions one: `[n, c, h, w]` becomes `[n, c * h * w]`.
public final class Flatten extends Module {
  private final int startDim;
  private final int endDim;

  /// All dimensions but the first.
  public Flatten() {
    this(1, -1);
  }

  /// Some dimensions.
  ///
  /// @param startDim the first of them
  /// @param endDim the last of them
  public Flatten(int startDim, int endDim) {
    this.startDim = startDim;
    this.endDim = endDim;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return x.flatten(startDim, endDim);
  }

  @Override
  protected String extraRepr() {
    return "start_dim=" + startDim + ", end_dim=" + endDim;
  }
}
