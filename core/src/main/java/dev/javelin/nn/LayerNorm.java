package dev.javelin.nn;

import dev.javelin.Parameter;
import dev.javelin.Tensor;
import dev.javelin.kernels.Shape;

/// `(x - mean) / sqrt(var + eps) * weight + bias` over the last dimensions.
public final class LayerNorm extends Module {
  /// The scale, of the normalised shape, at first 1; null if there is none.
  public Parameter weight;

  /// The shift, of the normalised shape, at first 0; null if there is none.
  public Parameter bias;

  private final Shape normalizedShape;
  private final double eps;

  /// A layer with scale and shift, eps 1e-5.
  ///
  /// @param normalizedShape the sizes of the last dimensions
  public LayerNorm(long... normalizedShape) {
    this(Shape.of(normalizedShape), 1e-5, true);
  }

  /// A layer.
  ///
  /// @param normalizedShape the sizes of the last dimensions
  /// @param eps added to the variance
  /// @param elementwiseAffine whether to scale and shift
  public LayerNorm(Shape normalizedShape, double eps, boolean elementwiseAffine) {
    this(normalizedShape, eps, elementwiseAffine, elementwiseAffine);
  }

  /// A layer, perhaps without shift.
  ///
  /// @param normalizedShape the sizes of the last dimensions
  /// @param eps added to the variance
  /// @param elementwiseAffine whether to scale
  /// @param bias whether to shift, too
  public LayerNorm(Shape normalizedShape, double eps, boolean elementwiseAffine, boolean bias) {
    this.normalizedShape = normalizedShape;
    this.eps = eps;
    long[] sizes = normalizedShape.toArray();
    this.weight = elementwiseAffine ? new Parameter(Tensor.ones(sizes)) : null;
    this.bias = elementwiseAffine && bias ? new Parameter(Tensor.zeros(sizes)) : null;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.layerNorm(x, normalizedShape, weight, bias, eps);
  }

  @Override
  String brief() {
    return "LayerNorm(" + Repr.tuple(normalizedShape) + ")";
  }

  @Override
  protected String extraRepr() {
    return "%s, eps=%s, elementwise_affine=%s"
        .formatted(Repr.tuple(normalizedShape), Repr.of(eps), Repr.of(weight != null));
  }
}
