package dev.javelin.ops;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;

/// Running folds along a dimension: within blocks by a masked fold, between blocks by the running fold of the blocks' totals.
public final class ScanOps {
  private static final long BLOCK = 64;

  private ScanOps() {}

  /// What a running fold combines.
  ///
  /// @param mask puts the neutral element where a condition is false
  /// @param fold folds the last dimension
  /// @param combine folds two tensors elementwise
  private record Kind(
      BinaryOperator<Tensor> mask, UnaryOperator<Tensor> fold, BinaryOperator<Tensor> combine) {}

  private static final Kind SUM =
      new Kind((keep, x) -> Tensor.where(keep, x, 0L), x -> x.sum(-1), Tensor::add);

  private static final Kind PROD =
      new Kind((keep, x) -> Tensor.where(keep, x, 1L), x -> x.prod(-1), Tensor::mul);

  private static final Kind LOG_SUM_EXP =
      new Kind(
          (keep, x) -> Tensor.where(keep, x, Double.NEGATIVE_INFINITY),
          x -> x.logsumexp(-1, false),
          (x, y) -> Tensor.stack(List.of(x, y.expand(x.shape())), -1).logsumexp(-1, false));

  private static final Kind MAX =
      new Kind(
          (keep, x) -> Tensor.where(keep, x, lowest(x)), x -> x.amax(-1, false), Tensor::maximum);

  /// Less than every element.
  private static Tensor lowest(Tensor x) {
    double value =
        switch (x.dtype()) {
          case FLOAT64, FLOAT32, FLOAT16, BFLOAT16 -> Double.NEGATIVE_INFINITY;
          case INT64 -> Long.MIN_VALUE;
          case INT32 -> Integer.MIN_VALUE;
          case INT16 -> Short.MIN_VALUE;
          case INT8 -> Byte.MIN_VALUE;
          case UINT8, BOOL -> 0;
        };
    return Tensor.full(Shape.SCALAR, value, x.dtype(), x.device());
  }

  /// Where the largest of the elements up to each one is: the last of equal ones, or of NaN.
  ///
  /// @param dim along which dimension
  /// @return the op, which gives int64
  public static OpDef cummaxIndices(int dim) {
    return Composite.of(
        "cummax_indices",
        List.of(dim),
        in -> {
          Tensor x = in[0].transpose(dim, -1);
          Tensor largest = scan(x, MAX, false, false);
          Tensor hit = x.isnan().logicalOr(x.eq(largest));
          Tensor place = Tensor.arange(x.shape().size(-1), null).expand(x.shape());
          Tensor places = Tensor.where(hit, place, -1L);
          return scan(places, MAX, false, false).transpose(dim, -1);
        },
        Gradient.NONE);
  }

  /// Sums of the elements up to each one; integers give int64.
  ///
  /// @param dim along which dimension
  /// @param reverse whether of the elements from each one on
  /// @return the op
  public static OpDef cumsum(int dim, boolean reverse) {
    return Composite.of(
        "cumsum",
        List.of(dim, reverse),
        in -> along(whole(in[0]), dim, SUM, reverse),
        b -> Gradient.each(() -> Tensor.call(cumsum(dim, !reverse), b.g())));
  }

  /// Products of the elements up to each one; integers give int64.
  ///
  /// Before the first zero of a line the gradient is `sum over k >= i of g_k out_k / x_i`; that of the first zero needs the products
  /// without it; after it nothing flows.
  ///
  /// @param dim along which dimension
  /// @return the op
  public static OpDef cumprod(int dim) {
    return Composite.of(
        "cumprod",
        List.of(dim),
        in -> along(whole(in[0]), dim, PROD, false),
        b ->
            Gradient.each(
                () -> {
                  Tensor x = b.in(0);
                  Tensor zero = x.eq(0);
                  Tensor zeros = Tensor.call(cumsum(dim, false), zero);
                  Tensor first = zero.logicalAnd(zeros.eq(1));
                  Tensor without = Tensor.call(cumprod(dim), Tensor.where(first, 1, x));
                  OpDef rest = cumsum(dim, true);
                  Tensor before =
                      Tensor.call(rest, b.g().mul(b.out())).div(Tensor.where(zero, 1, x));
                  Tensor at = Tensor.call(rest, b.g().mul(without));
                  return Tensor.where(first, at, Tensor.where(zeros.eq(0), before, 0));
                }));
  }

  /// `log` of the sums of the exponentials up to each element.
  ///
  /// @param dim along which dimension
  /// @param reverse whether from each element on
  /// @return the op
  public static OpDef logcumsumexp(int dim, boolean reverse) {
    return Composite.of(
        "logcumsumexp",
        List.of(dim, reverse),
        in -> along(in[0], dim, LOG_SUM_EXP, reverse),
        // The positive and the negative gradients apart, as logarithms, so that nothing overflows.
        b -> Gradient.each(() -> part(b, dim, reverse, 1).sub(part(b, dim, reverse, -1))));
  }

  private static Tensor part(Gradient.Backward b, int dim, boolean reverse, int sign) {
    Tensor size = b.g().mul(sign);
    Tensor counts = size.gt(0);
    Tensor log = Tensor.where(counts, size, 1).log().sub(b.out());
    // Not infinite: the second derivative would subtract two infinities.
    Tensor masked = Tensor.where(counts, log, b.g().dtype() == DType.FLOAT16 ? -3e4 : -1e30);
    return Tensor.call(logcumsumexp(dim, !reverse), masked).add(b.in(0)).exp();
  }

  private static Tensor whole(Tensor x) {
    return x.dtype().isFloatingPoint() ? x : x.to(DType.INT64);
  }

  private static Tensor along(Tensor x, int dim, Kind kind, boolean reverse) {
    return scan(x.transpose(dim, -1), kind, reverse, false).transpose(dim, -1);
  }

  private static Tensor scan(Tensor x, Kind kind, boolean reverse, boolean exclusive) {
    long n = x.shape().size(-1);
    if (n <= BLOCK) {
      return within(x, kind, reverse, exclusive);
    }
    int last = x.dim() - 1;
    long blocks = Math.ceilDiv(n, BLOCK);
    Tensor real = Tensor.arange(blocks * BLOCK, null).lt(n);
    Tensor padded = kind.mask().apply(real, x.pad(0, blocks * BLOCK - n));
    // [..., blocks, BLOCK]
    Tensor cut = padded.reshape(x.shape().with(last, blocks).insert(x.dim(), BLOCK));
    Tensor totals = scan(kind.fold().apply(cut), kind, reverse, true).unsqueeze(-1);
    Tensor result = kind.combine().apply(within(cut, kind, reverse, exclusive), totals);
    return result.reshape(x.shape().with(last, blocks * BLOCK)).narrow(-1, 0, n);
  }

  /// The fold over j of `x[..., j]` where j is up to i: a square of comparisons, of which nothing is stored.
  private static Tensor within(Tensor x, Kind kind, boolean reverse, boolean exclusive) {
    long n = x.shape().size(-1);
    Tensor i = Tensor.arange(n, null).unsqueeze(1);
    Tensor j = Tensor.arange(n, null).unsqueeze(0);
    Tensor left = reverse ? i : j;
    Tensor right = reverse ? j : i;
    Tensor keep = exclusive ? left.lt(right) : left.le(right);
    Shape square = x.shape().insert(x.dim() - 1, n); // [..., i, j]
    return kind.fold().apply(kind.mask().apply(keep, x.unsqueeze(-2).expand(square)));
  }
}
