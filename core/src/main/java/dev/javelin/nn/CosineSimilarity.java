package dev.javelin.nn;

import dev.javelin.Tensor;

/// The cosine of the angle between vectors: `call(x, y)`.
public final class CosineSimilarity extends Module {
  private final int dim;
  private final double eps;

  /// The layer with PyTorch's settings.
  public CosineSimilarity() {
    this(1, 1e-8);
  }

  /// The layer.
  ///
  /// @param dim along which dimension the vectors lie
  /// @param eps the least product of norms
  public CosineSimilarity(int dim, double eps) {
    this.dim = dim;
    this.eps = eps;
  }

  @Override
  protected Tensor forward(Tensor x, Tensor y) {
    return Functional.cosineSimilarity(x, y, dim, eps);
  }
}
