package dev.javelin.ops;

import dev.javelin.Tensor;
import dev.javelin.kernels.Kernel.FoldOp;
import dev.javelin.kernels.Shape;
import dev.javelin.ops.OpDef.Reduction;
import java.util.List;

/// Folds over dimensions, and what is composed of them.
public final class ReduceOps {
  private ReduceOps() {}

  /// The gradient rule of a fold.
  static Gradient gradient(Reduction op) {
    return switch (op.fold()) {
      case SUM -> b -> Gradient.each(() -> spread(op, b.g(), b.in(0)));
      case PROD ->
          b ->
              Gradient.each(
                  () -> {
                    // The product of the others: that of the non-zeros where this is the only zero,
                    // 0 beside another zero.
                    Tensor zero = b.in(0).eq(0);
                    Tensor zeros = zero.to(b.g().dtype()).sum(axes(op.dims()), true);
                    Tensor filled = Tensor.where(zero, 1, b.in(0));
                    Tensor product =
                        Tensor.call(fold("prod", FoldOp.PROD, op.dims(), true), filled);
                    Tensor single = Tensor.where(zeros.eq(1), product, 0);
                    Tensor none = Tensor.where(zeros.eq(0), product, 0).div(filled);
                    return keep(op, b.g(), b.in(0).shape()).mul(Tensor.where(zero, single, none));
                  });
      case MAX, MIN ->
          b ->
              Gradient.each(
                  () -> {
                    // Equal extrema share the gradient, as PyTorch's amax does.
                    Tensor hit = b.in(0).eq(keep(op, b.out(), b.in(0).shape())).to(b.g().dtype());
                    Tensor count = hit.sum(axes(op.dims()), true);
                    return hit.mul(keep(op, b.g(), b.in(0).shape()).div(count));
                  });
      case ARGMAX, ARGMIN -> Gradient.NONE;
    };
  }

  /// A fold's result with the folded dimensions put back, of size 1.
  private static Tensor keep(Reduction op, Tensor result, Shape shape) {
    Shape kept = shape;
    for (int dim : op.dims()) {
      kept = kept.with(dim, 1);
    }
    return op.keepdim() ? result : result.reshape(kept);
  }

  private static Tensor spread(Reduction op, Tensor gradient, Tensor input) {
    return keep(op, gradient, input.shape()).expand(input.shape());
  }

  private static int[] axes(List<Integer> dims) {
    return dims.stream().mapToInt(Integer::intValue).toArray();
  }

  private static long count(Shape shape, List<Integer> dims) {
    long count = 1;
    for (int dim : dims) {
      count *= shape.size(dim);
    }
    return count;
  }

  /// A plain fold.
  ///
  /// @param name PyTorch's name
  /// @param fold how elements combine
  /// @param dims which dimensions, ascending
  /// @param keepdim whether they stay
  /// @return the op
  public static Reduction fold(String name, FoldOp fold, List<Integer> dims, boolean keepdim) {
    return new Reduction(name, fold, dims, keepdim);
  }

  /// The arithmetic mean.
  ///
  /// @param dims which dimensions, ascending
  /// @param keepdim whether they stay
  /// @return the op
  public static OpDef mean(List<Integer> dims, boolean keepdim) {
    Reduction sum = fold("mean", FoldOp.SUM, dims, keepdim);
    return Composite.of(
        "mean",
        List.of(dims, keepdim),
        in -> in[0].sum(axes(dims), keepdim).div(count(in[0].shape(), dims)),
        b -> Gradient.each(() -> spread(sum, b.g().div(count(b.in(0).shape(), dims)), b.in(0))));
  }

  /// The variance `sum((x - mean)^2) / (n - correction)`.
  ///
  /// @param dims which dimensions, ascending
  /// @param correction 1 for the unbiased estimate
  /// @param keepdim whether they stay
  /// @return the op
  public static OpDef var(List<Integer> dims, double correction, boolean keepdim) {
    Reduction sum = fold("var", FoldOp.SUM, dims, keepdim);
    return Composite.of(
        "var",
        List.of(dims, correction, keepdim),
        in -> {
          Tensor centred = in[0].sub(in[0].mean(axes(dims), true));
          double n = Math.max(0, count(in[0].shape(), dims) - correction);
          return centred.mul(centred).sum(axes(dims), keepdim).div(n);
        },
        b ->
            Gradient.each(
                () -> {
                  Tensor x = b.in(0);
                  double n = Math.max(0, count(x.shape(), dims) - correction);
                  return x.sub(x.mean(axes(dims), true))
                      .mul(2 / n)
                      .mul(keep(sum, b.g(), x.shape()));
                }));
  }

  /// `log(sum(exp(x)))` without overflow.
  ///
  /// @param dims which dimensions, ascending
  /// @param keepdim whether they stay
  /// @return the op
  public static OpDef logsumexp(List<Integer> dims, boolean keepdim) {
    Reduction sum = fold("logsumexp", FoldOp.SUM, dims, keepdim);
    return Composite.of(
        "logsumexp",
        List.of(dims, keepdim),
        in -> {
          Tensor max = in[0].amax(axes(dims), true);
          // An infinite maximum would give inf - inf.
          Tensor shift = Tensor.where(max.abs().eq(Double.POSITIVE_INFINITY), 0, max);
          Tensor result = in[0].sub(shift).exp().sum(axes(dims), true).log().add(shift);
          return keepdim ? result : result.squeeze(axes(dims));
        },
        b ->
            Gradient.each(
                () -> {
                  Shape shape = b.in(0).shape();
                  return keep(sum, b.g(), shape).mul(b.in(0).sub(keep(sum, b.out(), shape)).exp());
                }));
  }

  /// The square root of [#var].
  ///
  /// @param dims which dimensions, ascending
  /// @param correction 1 for the unbiased estimate
  /// @param keepdim whether they stay
  /// @return the op
  public static OpDef std(List<Integer> dims, double correction, boolean keepdim) {
    Reduction sum = fold("std", FoldOp.SUM, dims, keepdim);
    return Composite.of(
        "std",
        List.of(dims, correction, keepdim),
        in -> Tensor.call(var(dims, correction, keepdim), in[0]).sqrt(),
        b ->
            Gradient.each(
                () -> {
                  Tensor x = b.in(0);
                  double n = Math.max(0, count(x.shape(), dims) - correction);
                  Tensor slope = Tensor.where(b.out().eq(0), 0, b.g().div(b.out().mul(n)));
                  return x.sub(x.mean(axes(dims), true)).mul(keep(sum, slope, x.shape()));
                }));
  }

  /// The p-norm `(sum |x|^p)^(1/p)`; the largest or smallest `|x|` for an infinite p, the number of elements other than 0 for p = 0.
  /// At 0 its gradient is 0, as PyTorch's.
  ///
  /// @param p which norm
  /// @param dims which dimensions, ascending
  /// @param keepdim whether they stay
  /// @return the op
  public static OpDef norm(double p, List<Integer> dims, boolean keepdim) {
    Reduction sum = fold("linalg_vector_norm", FoldOp.SUM, dims, keepdim);
    return Composite.of(
        "linalg_vector_norm",
        List.of(p, dims, keepdim),
        in -> {
          Tensor size = in[0].abs();
          if (Double.isInfinite(p)) {
            FoldOp fold = p > 0 ? FoldOp.MAX : FoldOp.MIN;
            return Tensor.call(fold("linalg_vector_norm", fold, dims, keepdim), size);
          }
          if (p == 0) {
            return Tensor.call(sum, in[0].ne(0).to(in[0].dtype()));
          }
          Tensor powers = p == 1 ? size : p == 2 ? in[0].square() : size.pow(p);
          Tensor total = Tensor.call(sum, powers);
          return p == 1 ? total : p == 2 ? total.sqrt() : total.pow(1 / p);
        },
        b -> Gradient.each(() -> normSlope(b, sum, p)));
  }

  private static Tensor normSlope(Gradient.Backward b, Reduction sum, double p) {
    Tensor x = b.in(0);
    Tensor g = keep(sum, b.g(), x.shape());
    if (p == 0 || p == 1) {
      return p == 0 ? Tensor.zerosLike(x) : x.sign().mul(g);
    }
    Tensor norm = keep(sum, b.out(), x.shape());
    if (Double.isInfinite(p)) {
      Tensor hit = x.abs().eq(norm).to(b.g().dtype());
      return x.sign().mul(hit).mul(g.div(hit.sum(axes(sum.dims()), true)));
    }
    Tensor zero = norm.eq(0);
    Tensor safe = Tensor.where(zero, 1, norm);
    if (p == 2) {
      return Tensor.where(zero, 0, x.mul(g.div(safe)));
    }
    Tensor none = x.eq(0);
    Tensor size = Tensor.where(none, 1, x.abs());
    Tensor slope = x.sign().mul(size.pow(p - 1)).mul(g.div(safe.pow(p - 1)));
    return Tensor.where(none, 0, slope);
  }
}
