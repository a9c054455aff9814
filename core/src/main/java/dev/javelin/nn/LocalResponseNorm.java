package dev.javelin.nn;

import dev.javelin.Tensor;

/// Divides each element by what lies around it in the neighbouring channels (Krizhevsky et al., 2012): `x / (k + alpha mean(x^2))^beta`.
public final class LocalResponseNorm extends Module {
  private final int size;
  private final double alpha;
  private final double beta;
  private final double k;

  /// The layer with PyTorch's settings.
  ///
  /// @param size over how many channels
  public LocalResponseNorm(int size) {
    this(size, 1e-4, 0.75, 1);
  }

  /// The layer.
  ///
  /// @param size over how many channels
  /// @param alpha the factor of the mean
  /// @param beta the exponent
  /// @param k added to the mean
  public LocalResponseNorm(int size, double alpha, double beta, double k) {
    this.size = size;
    this.alpha = alpha;
    this.beta = beta;
    this.k = k;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.localResponseNorm(x, size, alpha, beta, k);
  }

  @Override
  protected String extraRepr() {
    return "%s, alpha=%s, beta=%s, k=%s"
        .formatted(Integer.toString(size), Repr.of(alpha), Repr.of(beta), Repr.of(k));
  }
}
