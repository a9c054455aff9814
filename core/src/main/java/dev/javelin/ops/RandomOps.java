package dev.javelin.ops;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel.Distribution;
import dev.javelin.kernels.Shape;
import java.util.List;

/// What is composed of random numbers. The last two inputs are the seed and the first counter.
public final class RandomOps {
  private RandomOps() {}

  private static Tensor draw(Distribution distribution, DType dtype, Shape shape, Tensor[] in) {
    return Tensor.call(
        new OpDef.Draw(distribution, dtype, shape), in[in.length - 2], in[in.length - 1]);
  }

  /// Uniform numbers in `[low, high)`; inputs low, high, seed, counter.
  ///
  /// @param dtype their type
  /// @param shape how many
  /// @return the op
  public static OpDef uniform(DType dtype, Shape shape) {
    return Composite.of(
        "uniform",
        List.of(dtype, shape),
        in -> {
          Tensor u = draw(Distribution.UNIFORM, dtype, shape, in);
          return u.mul(in[1].sub(in[0])).add(in[0]);
        },
        Gradient.NONE);
  }

  /// Normal numbers; inputs mean, standard deviation, seed, counter.
  ///
  /// @param dtype their type
  /// @param shape how many
  /// @return the op
  public static OpDef normal(DType dtype, Shape shape) {
    return Composite.of(
        "normal",
        List.of(dtype, shape),
        in -> draw(Distribution.NORMAL, dtype, shape, in).mul(in[1]).add(in[0]),
        Gradient.NONE);
  }

  /// Whole numbers in `[low, high)`; inputs low, range, seed, counter. The range is at most 2^31.
  ///
  /// @param shape how many
  /// @return the op
  public static OpDef randint(Shape shape) {
    return Composite.of(
        "randint",
        List.of(shape),
        in ->
            draw(Distribution.WORDS, DType.INT64, shape, in)
                .mul(in[1])
                .floorDivide(1L << 32)
                .add(in[0]),
        Gradient.NONE);
  }

  /// Dropout: elements (or whole channels) are zeroed with probability p, the others divided by `1 - p`.
  ///
  /// Inputs x, p, seed, counter. The second output, hidden, is what was kept.
  ///
  /// @param shape the shape of x
  /// @param channels whether whole channels `[n, c]` are dropped
  /// @return the op
  public static OpDef dropout(Shape shape, boolean channels) {
    long[] sizes = shape.toArray();
    for (int axis = 2; channels && axis < sizes.length; axis++) {
      sizes[axis] = 1;
    }
    Shape mask = Shape.of(sizes);
    return Composite.several(
            channels ? "feature_dropout" : "dropout",
            List.of(shape, channels),
            1,
            in -> {
              Tensor keep = draw(Distribution.UNIFORM, DType.FLOAT32, mask, in).ge(in[1]);
              return new Tensor[] {scaled(in[0], keep, in[1]), keep};
            },
            b -> Gradient.each(() -> scaled(b.g(), b.out(1), b.in(1))))
        .named(channels ? "FeatureDropoutBackward0" : "MulBackward0");
  }

  private static Tensor scaled(Tensor x, Tensor keep, Tensor p) {
    return Tensor.where(keep, x.div(p.neg().add(1)), 0);
  }
}
