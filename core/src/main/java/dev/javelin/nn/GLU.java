package dev.javelin.nn;

import dev.javelin.Tensor;

/// The first half of a dimension times the sigmoid of the second.
public final class GLU extends Module {
  private final int dim;

  /// The layer with dim -1.
  public GLU() {
    this(-1);
  }

  /// The layer.
  ///
  /// @param dim the dimension, of an even size
  public GLU(int dim) {
    this.dim = dim;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.glu(x, dim);
  }

  @Override
  protected String extraRepr() {
    return "dim=" + dim;
  }
}
