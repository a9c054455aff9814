package dev.javelin.nn;

import dev.javelin.Tensor;

/// The distance of vectors, the p-norm of `x - y + eps`: `call(x, y)`, along the last dimension.
public final class PairwiseDistance extends Module {
  private final double p;
  private final double eps;
  private final boolean keepdim;

  /// The layer with PyTorch's settings.
  public PairwiseDistance() {
    this(2, 1e-6, false);
  }

  /// The layer.
  ///
  /// @param p which norm
  /// @param eps added to the differences
  /// @param keepdim whether the dimension stays, of size 1
  public PairwiseDistance(double p, double eps, boolean keepdim) {
    this.p = p;
    this.eps = eps;
    this.keepdim = keepdim;
  }

  @Override
  protected Tensor forward(Tensor x, Tensor y) {
    return Functional.pairwiseDistance(x, y, p, eps, keepdim);
  }
}
