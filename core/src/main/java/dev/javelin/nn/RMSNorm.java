package dev.javelin.nn;

import dev.javelin.Parameter;
import dev.javelin.Tensor;
import dev.javelin.kernels.Shape;
import java.util.OptionalDouble;

/// `x / sqrt(mean(x^2) + eps) * weight` over the last dimensions.
public final class RMSNorm extends Module {
  /// The scale, of the normalised shape, at first 1; null if there is none.
  public Parameter weight;

  private final Shape normalizedShape;
  private final OptionalDouble eps;

  /// A layer with scale; eps is the dtype's distance from 1 to the next number.
  ///
  /// @param normalizedShape the sizes of the last dimensions
  public RMSNorm(long... normalizedShape) {
    this(Shape.of(normalizedShape), OptionalDouble.empty(), true);
  }

  /// A layer.
  ///
  /// @param normalizedShape the sizes of the last dimensions
  /// @param eps added to the mean square; empty for the dtype's distance from 1 to the next number
  /// @param elementwiseAffine whether to scale
  public RMSNorm(Shape normalizedShape, OptionalDouble eps, boolean elementwiseAffine) {
    this.normalizedShape = normalizedShape;
    this.eps = eps;
    this.weight = elementwiseAffine ? new Parameter(Tensor.ones(normalizedShape.toArray())) : null;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.rmsNorm(x, normalizedShape, weight, eps);
  }

  @Override
  String brief() {
    return "RMSNorm(" + Repr.tuple(normalizedShape) + ")";
  }

  @Override
  protected String extraRepr() {
    return "%s, eps=%s, elementwise_affine=%s"
        .formatted(
            Repr.tuple(normalizedShape),
            eps.isPresent() ? Repr.of(eps.getAsDouble()) : "None",
            Repr.of(weight != null));
  }
}
