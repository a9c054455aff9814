package dev.javelin.ops;

import dev.javelin.Tensor;
import dev.javelin.engine.Engine;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import dev.javelin.ops.OpDef.Gather;
import dev.javelin.ops.OpDef.Scatter;
import java.util.ArrayList;
import java.util.List;

/// Reading and writing at computed places: gradients, each of which is the other, and what is composed of them.
public final class IndexOps {
  private IndexOps() {}

  // ---- composed ----

  /// Index tensors, one for each of some dimensions, made one index of those dimensions together, row by row. Negative indices count
  /// from the end; others outside are an error.
  ///
  /// @param sizes the sizes of the dimensions
  /// @return the op; its result is int64, of the shape the inputs broadcast to
  public static OpDef flatIndex(List<Long> sizes) {
    return Composite.of(
        "index",
        List.of("flat", sizes),
        in -> {
          Tensor flat = null;
          for (int i = 0; i < in.length; i++) {
            long size = sizes.get(i);
            Tensor index = in[i].to(DType.INT64);
            Tensor wrapped = Tensor.where(index.lt(0), index.add(size), index);
            Tensor safe = Tensor.call(LogicOps.INDEX, wrapped, (Tensor) Engine.number(size));
            flat = flat == null ? safe : flat.mul(size).add(safe);
          }
          return flat;
        },
        Gradient.NONE);
  }

  /// The reverse of [#flatIndex]: the index of each dimension, side by side in a new last dimension.
  ///
  /// @param sizes the sizes of the dimensions
  /// @return the op
  public static OpDef unravelIndex(List<Long> sizes) {
    return Composite.of(
        "unravel_index",
        List.of(sizes),
        in -> {
          List<Tensor> parts = new ArrayList<>();
          Tensor rest = in[0];
          for (long size : sizes.reversed()) {
            parts.addFirst(rest.remainder(Math.max(1, size)));
            rest = rest.floorDivide(Math.max(1, size));
          }
          return Tensor.stack(parts, -1);
        },
        Gradient.NONE);
  }

  /// Where a vector of truth values is true: the indices, packed at the front of a tensor of one element more than the vector.
  ///
  /// @return the op; input `[n]` bool, result `[n + 1]` int64
  public static OpDef nonzero() {
    return Composite.of(
        "nonzero",
        List.of(),
        in -> {
          long n = in[0].shape().numel();
          Tensor place = Tensor.call(ScanOps.cumsum(0, false), in[0]).sub(1);
          // What is false goes to the last element, which nobody reads.
          return Tensor.zeros(Shape.of(n + 1), DType.INT64, null)
              .scatter(0, Tensor.where(in[0], place, n), Tensor.arange(n, null));
        },
        Gradient.NONE);
  }

  /// Elements at computed places along a dimension, as [Gather]; inputs x, index.
  ///
  /// @param name PyTorch's name of what computed the places
  /// @param dim which dimension
  /// @param keepdim whether it stays; only one of size 1 can go away
  /// @return the op
  public static OpDef pick(String name, int dim, boolean keepdim) {
    return Composite.of(
        name,
        List.of("pick", dim, keepdim),
        in -> {
          Tensor picked = in[0].gather(dim, in[1]);
          return keepdim ? picked : picked.squeeze(dim);
        },
        b ->
            Gradient.each(
                () ->
                    Tensor.zeros(b.in(0).shape(), b.g().dtype(), b.g().device())
                        .scatterAdd(dim, b.in(1), keepdim ? b.g() : b.g().unsqueeze(dim))));
  }

  /// `x` with the elements where a mask is true replaced by a value; inputs x, mask, value.
  ///
  /// @return the op
  public static OpDef maskedFill() {
    return Composite.of(
        "masked_fill",
        List.of(),
        in -> Tensor.where(in[1], in[2], in[0]),
        b ->
            Gradient.each(
                () -> Tensor.where(b.in(1), 0, b.g()),
                null,
                () -> Tensor.where(b.in(1), b.g(), 0)));
  }

  /// The largest or smallest of what is scattered to each place; inputs x, index, source, result: the values are computed already, so
  /// this is their gradient. Those that are equal to the result share it.
  ///
  /// @param dim which dimension
  /// @param includeSelf whether x takes part; where it does not, it stays where nothing is scattered to
  /// @return the op
  public static OpDef scatterExtremum(int dim, boolean includeSelf) {
    return Composite.of(
        "scatter_reduce",
        List.of(dim, includeSelf),
        in -> in[3].clone(),
        b -> {
          Tensor index = b.in(1);
          return Gradient.each(
              () -> ownWins(b, dim, includeSelf).mul(share(b, dim, includeSelf)),
              null,
              () -> wins(b, dim).mul(share(b, dim, includeSelf).gather(dim, index)));
        });
  }

  /// The product of what is scattered to each place; inputs x, index, source, of one size but for the dimension. Nothing of places
  /// times sources is stored, but all of it is computed.
  ///
  /// @param dim which dimension
  /// @param includeSelf whether x takes part; where it does not, it stays where nothing is scattered to
  /// @return the op
  public static OpDef scatterProduct(int dim, boolean includeSelf) {
    return Composite.derived(
        "scatter_reduce",
        List.of("prod", dim, includeSelf),
        3,
        in -> {
          Tensor x = in[0].movedim(dim, -1); // [..., places]
          Tensor numbers = Tensor.arange(x.size(-1), x.device()).unsqueeze(1); // [places, 1]
          Tensor hits = in[1].movedim(dim, -1).unsqueeze(-2).eq(numbers); // [..., places, sources]
          Tensor factors = Tensor.where(hits, in[2].movedim(dim, -1).unsqueeze(-2), 1);
          Tensor product = factors.prod(-1, false).to(x.dtype());
          Tensor result =
              includeSelf ? product.mul(x) : Tensor.where(hits.any(-1, false), product, x);
          return result.movedim(-1, dim);
        });
  }

  private static Tensor wins(Gradient.Backward b, int dim) {
    return b.in(2).eq(b.out().gather(dim, b.in(1))).to(b.g().dtype());
  }

  private static Tensor hits(Gradient.Backward b, int dim, Tensor what) {
    Tensor zeros = Tensor.zeros(b.in(0).shape(), b.g().dtype(), b.g().device());
    return zeros.scatterAdd(dim, b.in(1), what);
  }

  private static Tensor ownWins(Gradient.Backward b, int dim, boolean includeSelf) {
    Tensor own = includeSelf ? b.in(0).eq(b.out()) : hits(b, dim, Tensor.onesLike(b.in(2))).eq(0);
    return own.to(b.g().dtype());
  }

  /// The gradient divided by how many share it.
  private static Tensor share(Gradient.Backward b, int dim, boolean includeSelf) {
    return b.g().div(ownWins(b, dim, includeSelf).add(hits(b, dim, wins(b, dim))));
  }

  // ---- gradients ----

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
