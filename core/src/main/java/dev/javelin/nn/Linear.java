package dev.javelin.nn;

import dev.javelin.Parameter;
import dev.javelin.Tensor;

/// `y = x W^T + b`: `[*, in]` becomes `[*, out]`.
public sealed class Linear extends Module permits NonDynamicallyQuantizableLinear {
  /// The weights, `[out, in]`; at first uniform up to `1 / sqrt(in)`.
  public Parameter weight;

  /// The bias, `[out]`, or null; at first uniform up to `1 / sqrt(in)`.
  public Parameter bias;

  private final long inFeatures;
  private final long outFeatures;

  /// A layer with bias.
  ///
  /// @param inFeatures the size of the last dimension of the input
  /// @param outFeatures the size of the last dimension of the output
  public Linear(long inFeatures, long outFeatures) {
    this(inFeatures, outFeatures, true);
  }

  /// A layer.
  ///
  /// @param inFeatures the size of the last dimension of the input
  /// @param outFeatures the size of the last dimension of the output
  /// @param bias whether to add a bias
  public Linear(long inFeatures, long outFeatures, boolean bias) {
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.weight = new Parameter(Tensor.empty(outFeatures, inFeatures));
    this.bias = bias ? new Parameter(Tensor.empty(outFeatures)) : null;
    Init.reset(weight, this.bias);
  }

  @Override
  protected final Tensor forward(Tensor x) {
    if (x.dim() == 0 || x.size(-1) != inFeatures) {
      throw Repr.mismatch("(*, " + inFeatures + ")", x);
    }
    return Functional.linear(x, weight, bias);
  }

  @Override
  final String brief() {
    return "Linear(" + inFeatures + " -> " + outFeatures + ")";
  }

  @Override
  protected final String extraRepr() {
    return "in_features=%s, out_features=%s, bias=%s"
        .formatted(Long.toString(inFeatures), Long.toString(outFeatures), Repr.of(bias != null));
  }
}
