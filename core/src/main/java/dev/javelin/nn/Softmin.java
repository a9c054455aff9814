package dev.javelin.nn;

import dev.javelin.Tensor;

/// The softmax of `-x` along a dimension.
public final class Softmin extends Module {
  private final int dim;

  /// The layer.
  ///
  /// @param dim the dimension
  public Softmin(int dim) {
    this.dim = dim;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.softmin(x, dim);
  }

  @Override
  protected String extraRepr() {
    return "dim=" + dim;
  }
}
