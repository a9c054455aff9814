package dev.javelin.ops;

import dev.javelin.Tensor;
import dev.javelin.kernels.Shape;
import dev.javelin.ops.OpDef.Gather;
import dev.javelin.ops.OpDef.Scatter;

/// Gradients of reading and writing at computed places: each is the other.
final class IndexOps {
  private IndexOps() {}

  static Gradient gatherGradient(Gather op) {
    return b ->
        Gradient.each(
            () ->
                Tensor.call(
                    new Scatter("scatter_add", op.axis(), true),
                    Tensor.zeros(b.in(0).shape(), b.g().dtype(), b.g().device()),
                    b.in(1),
                    b.g()));
  }

  static Gradient scatterGradient(Scatter op) {
    return b ->
        Gradient.each(
            () ->
                op.add()
                    ? b.g()
                    : Tensor.call(
                        new Scatter("scatter", op.axis(), false),
                        b.g(),
                        b.in(1),
                        Tensor.zeros(b.in(2).shape(), b.g().dtype(), b.g().device())),
            null,
            () -> padded(b.g().gather(op.axis(), b.in(1)), b.in(2).shape()));
  }

  /// Zeros where the source is larger than the index.
  private static Tensor padded(Tensor gradient, Shape shape) {
    Shape from = gradient.shape();
    if (from.equals(shape)) {
      return gradient;
    }
    long[] padding = new long[2 * shape.rank()];
    for (int axis = 0; axis < shape.rank(); axis++) {
      padding[2 * (shape.rank() - 1 - axis) + 1] = shape.size(axis) - from.size(axis);
    }
    return gradient.pad(padding);
  }
}
