package dev.javelin.nn;

import dev.javelin.Parameter;
import dev.javelin.Tensor;

/// What instance norm is for any number of dimensions: `(x - mean) / sqrt(var + eps) * weight + bias`, mean and variance of each
/// channel of each sample (Ulyanov et al., arXiv 1607.08022).
public abstract sealed class InstanceNorm extends Module
    permits InstanceNorm1d, InstanceNorm2d, InstanceNorm3d {
  /// The scale, `[c]`, at first 1; null if there is none.
  public Parameter weight;

  /// The shift, `[c]`, at first 0; null if there is none.
  public Parameter bias;

  private final long numFeatures;
  private final double eps;
  private final int dims;

  InstanceNorm(long numFeatures, double eps, boolean affine, int dims) {
    this.numFeatures = numFeatures;
    this.eps = eps;
    this.dims = dims;
    weight = affine ? new Parameter(Tensor.ones(numFeatures)) : null;
    bias = affine ? new Parameter(Tensor.zeros(numFeatures)) : null;
  }

  @Override
  protected final Tensor forward(Tensor x) {
    if (x.dim() != dims + 2 && x.dim() != dims + 1 || x.size(-1 - dims) != numFeatures) {
      String places =
          switch (dims) {
            case 1 -> "l";
            case 2 -> "h, w";
            default -> "d, h, w";
          };
      throw Repr.mismatch("(n, %1$s, %2$s) or (%1$s, %2$s)".formatted(numFeatures, places), x);
    }
    return x.dim() == dims + 2
        ? Functional.instanceNorm(x, weight, bias, eps)
        : Functional.instanceNorm(x.unsqueeze(0), weight, bias, eps).squeeze(0);
  }

  @Override
  final String brief() {
    return name() + "(" + numFeatures + ")";
  }

  @Override
  protected final String extraRepr() {
    return "%s, eps=%s, momentum=0.1, affine=%s, track_running_stats=False"
        .formatted(Long.toString(numFeatures), Repr.of(eps), Repr.of(weight != null));
  }
}
