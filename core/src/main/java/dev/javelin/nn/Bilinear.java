package dev.javelin.nn;

import dev.javelin.Parameter;
import dev.javelin.Tensor;

/// `y_k = x1^T W_k x2 + b_k`: `[*, in1]` and `[*, in2]` become `[*, out]`.
public final class Bilinear extends Module {
  /// The weights, `[out, in1, in2]`; at first uniform up to `1 / sqrt(in1)`.
  public Parameter weight;

  /// The bias, `[out]`, or null; at first uniform up to the same bound.
  public Parameter bias;

  private final long in1Features;
  private final long in2Features;
  private final long outFeatures;

  /// A layer with bias.
  ///
  /// @param in1Features the size of the last dimension of the first input
  /// @param in2Features the size of the last dimension of the second input
  /// @param outFeatures the size of the last dimension of the output
  public Bilinear(long in1Features, long in2Features, long outFeatures) {
    this(in1Features, in2Features, outFeatures, true);
  }

  /// A layer.
  ///
  /// @param in1Features the size of the last dimension of the first input
  /// @param in2Features the size of the last dimension of the second input
  /// @param outFeatures the size of the last dimension of the output
  /// @param bias whether to add a bias
  public Bilinear(long in1Features, long in2Features, long outFeatures, boolean bias) {
    if (in1Features <= 0) {
      throw new IllegalArgumentException(
          "in1_features must be > 0, but got in1_features=" + in1Features);
    }
    this.in1Features = in1Features;
    this.in2Features = in2Features;
    this.outFeatures = outFeatures;
    double bound = 1 / Math.sqrt((double) in1Features);
    Tensor table = Tensor.empty(outFeatures, in1Features, in2Features);
    this.weight = Init.uniform_(new Parameter(table), -bound, bound);
    this.bias =
        bias ? Init.uniform_(new Parameter(Tensor.empty(outFeatures)), -bound, bound) : null;
  }

  @Override
  protected Tensor forward(Tensor x, Tensor y) {
    if (x.dim() == 0 || x.size(-1) != in1Features) {
      throw Repr.mismatch("a first input (*, " + in1Features + ")", x);
    }
    if (!y.shape().equals(x.shape().with(x.dim() - 1, in2Features))) {
      String wanted = Repr.tuple(x.shape().with(x.dim() - 1, in2Features));
      throw Repr.mismatch("a second input " + wanted, y);
    }
    return Functional.bilinear(x, y, weight, bias);
  }

  @Override
  String brief() {
    return "Bilinear(" + in1Features + ", " + in2Features + " -> " + outFeatures + ")";
  }

  @Override
  protected String extraRepr() {
    return "in1_features=%s, in2_features=%s, out_features=%s, bias=%s"
        .formatted(
            Long.toString(in1Features),
            Long.toString(in2Features),
            Long.toString(outFeatures),
            Repr.of(bias != null));
  }
}
