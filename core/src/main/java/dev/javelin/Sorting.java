package dev.javelin;

import dev.javelin.engine.Engine;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import dev.javelin.ops.IndexOps;
import dev.javelin.ops.LogicOps;
import dev.javelin.ops.SortOps;
import java.util.List;

/// What is made of sorted rows: order, order statistics, distinct values.
final class Sorting {
  /// Rows up to this length are sorted on the device by comparing every pair, which costs the square of the length.
  private static final long SHORT = 256;

  private Sorting() {}

  /// Where the sorted elements along a dimension come from: int64, of the tensor's shape.
  static Tensor order(Tensor tensor, int dim, boolean descending) {
    if (tensor.numel() == 0 || tensor.dim() == 0) {
      return Tensor.zeros(tensor.shape(), DType.INT64, tensor.device());
    }
    Tensor plain = tensor.dtype() == DType.BOOL ? tensor.to(DType.UINT8) : tensor.detach();
    Tensor last = plain.transpose(dim, -1);
    Tensor rows = last.reshape(-1, last.size(-1)); // [rows, n]
    Tensor order =
        rows.size(1) <= SHORT
            ? Tensor.call(SortOps.argsort(descending), rows)
            : RowSort.order(rows, descending);
    return order.reshape(last.shape()).transpose(dim, -1);
  }

  /// The elements at these places along a dimension, with what the result is called in the graph.
  ///
  /// @param indices of the tensor's shape but for that dimension
  /// @param keepdim whether the dimension stays; only one of size 1 can go away
  static ValuesAndIndices pick(
      String name, Tensor tensor, int dim, Tensor indices, boolean keepdim) {
    if (tensor.dim() == 0) {
      return new ValuesAndIndices(tensor.clone(), indices);
    }
    Tensor values = Tensor.call(IndexOps.pick(name, dim, keepdim), tensor, indices);
    return new ValuesAndIndices(values, keepdim ? indices : indices.squeeze(dim));
  }

  static ValuesAndIndices topk(Tensor tensor, long k, int dim, boolean largest) {
    long n = tensor.dim() == 0 ? 1 : tensor.size(dim);
    if (k < 0 || k > n) {
      throw new IllegalArgumentException(
          "topk: expected k from 0 to %s, the size of dimension %s of the shape %s, got %s"
              .formatted(n, dim, tensor.shape(), k));
    }
    Tensor order = order(tensor, dim, largest);
    return pick("topk", tensor, dim, tensor.dim() == 0 ? order : order.narrow(dim, 0, k), true);
  }

  static ValuesAndIndices kthvalue(Tensor tensor, long k, int dim, boolean keepdim) {
    long n = tensor.dim() == 0 ? 1 : tensor.size(dim);
    if (k < 1 || k > n) {
      throw new IllegalArgumentException(
          "kthvalue: expected k from 1 to %s, the size of dimension %s of the shape %s, got %s"
              .formatted(n, dim, tensor.shape(), k));
    }
    Tensor order = order(tensor, dim, false);
    Tensor place = tensor.dim() == 0 ? order : order.narrow(dim, k - 1, 1);
    return pick("kthvalue", tensor, dim, place, keepdim);
  }

  /// The lower of the two in the middle; NaN if there is one.
  static ValuesAndIndices median(Tensor tensor, int dim, boolean keepdim) {
    if (tensor.numel() == 0) {
      throw new IllegalArgumentException(
          "median: a tensor of shape %s has no elements to choose from".formatted(tensor.shape()));
    }
    Tensor place = order(tensor, dim, false);
    if (tensor.dim() > 0) {
      long n = tensor.size(dim);
      Tensor middle = // NaN are sorted to the end
          Tensor.where(
              tensor.isnan().any(dim, true),
              n - 1,
              Tensor.of((n - 1) / 2, DType.INT64, tensor.device()));
      place = place.gather(dim, middle);
    }
    return pick("median", tensor, dim, place, keepdim);
  }

  static Tensor quantile(Tensor tensor, double q, int dim, boolean keepdim) {
    if (!(q >= 0 && q <= 1)) {
      throw new IllegalArgumentException("quantile: expected q from 0 to 1, got " + q);
    }
    long n = tensor.size(dim);
    Tensor sorted = pick("sort", tensor, dim, order(tensor, dim, false), true).values();
    double place = q * (n - 1);
    long below = (long) place;
    Tensor low = sorted.narrow(dim, below, 1);
    Tensor high = sorted.narrow(dim, Math.min(below + 1, n - 1), 1);
    Tensor between = low.add(high.sub(low).mul(place - below));
    Tensor result = Tensor.where(tensor.isnan().any(dim, true), Double.NaN, between);
    return keepdim ? result : result.squeeze(dim);
  }

  /// Distinct elements of a vector that is sorted, or of which equal neighbours are to count as one.
  static UniqueResult runs(Tensor vector, Tensor places) {
    long n = vector.numel();
    Tensor device = Tensor.zeros(Shape.of(0), DType.INT64, vector.device());
    if (n == 0) {
      return new UniqueResult(vector, device, device);
    }
    Tensor first = Tensor.ones(Shape.of(1), DType.BOOL, vector.device());
    Tensor changes = vector.narrow(0, 1, n - 1).ne(vector.narrow(0, 0, n - 1));
    Tensor starts = Tensor.cat(List.of(first, changes), 0); // [n]
    Tensor at = Indexing.flatNonzero(starts); // [distinct]
    Tensor group = starts.cumsum(0).sub(1); // [n]
    Tensor inverse = Tensor.zerosLike(group).scatter(0, places, group);
    Tensor ends =
        Tensor.cat(
            List.of(
                at.narrow(0, 1, at.numel() - 1),
                Tensor.of(new long[] {n}, DType.INT64, vector.device())),
            0);
    return new UniqueResult(vector.gather(0, at), inverse, ends.sub(at));
  }

  // ---- places and counts ----

  static Tensor searchsorted(Tensor sorted, Tensor values, boolean right) {
    boolean fits = sorted.dim() == 1 || sorted.dim() > 1 && sorted.dim() == values.dim();
    for (int i = 0; fits && i < sorted.dim() - 1; i++) {
      fits = sorted.size(i) == values.size(i);
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "searchsorted: expected one sorted row, or one for each row of the values, got the shapes"
              + " %s and %s".formatted(sorted.shape(), values.shape()));
    }
    Tensor rows = sorted.dim() == 1 ? sorted : sorted.unsqueeze(-2); // [..., 1, n]
    Tensor each = values.unsqueeze(-1); // [..., m, 1]
    return (right ? rows.le(each) : rows.lt(each)).sum(-1);
  }

  static Tensor histc(Tensor x, long bins, double min, double max) {
    if (bins < 1 || !(min <= max)) {
      throw new IllegalArgumentException(
          "histc: expected at least one bin and min <= max, got %s, %s and %s"
              .formatted(bins, min, max));
    }
    boolean own = min == max && x.numel() > 0;
    double low = own ? x.min().item() : min;
    double high = own ? x.max().item() : max;
    double from = low == high ? low - 1 : low;
    double to = low == high ? high + 1 : high;
    Tensor flat = x.flatten();
    Tensor inside = flat.ge(from).logicalAnd(flat.le(to));
    Tensor place = flat.sub(from).div(to - from).mul((double) bins).floor();
    Tensor bin = Tensor.where(inside, place, 0).clamp(0, bins - 1.0).toLong();
    Tensor zeros = Tensor.zeros(Shape.of(bins), x.dtype(), x.device());
    return zeros.scatterAdd(0, bin, inside.to(x.dtype()));
  }

  static Tensor maskedScatter(Tensor x, Tensor mask, Tensor source) {
    Tensor chosen = mask.expand(x.shape()).flatten(); // [n]
    Tensor place = chosen.cumsum(0).sub(1).clamp(0, Math.max(0, source.numel() - 1));
    Tensor values = source.flatten().gather(0, place);
    return Tensor.where(chosen, values, x.flatten()).reshape(x.shape());
  }

  // ---- random choice ----

  /// Draws from rows of weights `[..., k]`: with replacement where a uniform number falls among the running sums, without it by the
  /// largest of weight over an exponential number.
  static Tensor multinomial(Tensor weights, long count, boolean replacement) {
    long k = weights.dim() == 0 ? 0 : weights.size(-1);
    if (weights.dim() < 1
        || weights.dim() > 2
        || k == 0
        || count < 1
        || !replacement && count > k) {
      throw new IllegalArgumentException(
          "multinomial: cannot draw %s %s replacement from weights of shape %s"
              .formatted(count, replacement ? "with" : "without", weights.shape()));
    }
    if (!replacement) {
      Tensor luck = Tensor.emptyLike(weights).exponential_(1);
      return topk(weights.div(luck), count, weights.dim() - 1, true).indices();
    }
    Tensor sums = weights.to(DType.FLOAT64).cumsum(-1); // [..., k]
    Shape shape = sums.shape().with(sums.dim() - 1, count);
    Tensor points = // [..., count]
        Tensor.rand(shape, DType.FLOAT64, weights.device()).mul(sums.narrow(-1, k - 1, 1));
    Tensor below = sums.unsqueeze(-2).le(points.unsqueeze(-1)); // [..., count, k]
    return below.sum(-1).clampMax(k - 1);
  }

  // ---- scatter ----

  /// Writes in ascending order, so that the largest that goes to a place is the one that stays.
  static Tensor scatterExtremum(
      Tensor tensor, int dim, Tensor index, Tensor source, boolean max, boolean includeSelf) {
    Tensor from = within(source, index);
    Tensor result =
        Javelin.noGrad(
            () -> {
              Tensor order = order(from, dim, !max);
              Tensor last = tensor.scatter(dim, index.gather(dim, order), from.gather(dim, order));
              return !includeSelf ? last : max ? last.maximum(tensor) : last.minimum(tensor);
            });
    return Tensor.call(
        IndexOps.scatterExtremum(dim, includeSelf), tensor, index, from, result.detach());
  }

  /// The part of a source that an index reaches.
  private static Tensor within(Tensor source, Tensor index) {
    Tensor part = source;
    for (int axis = 0; axis < index.dim(); axis++) {
      part = part.narrow(axis, 0, index.size(axis));
    }
    return part;
  }

  /// This tensor times what is scattered to each place.
  static Tensor scatterProduct(
      Tensor tensor, int dim, Tensor index, Tensor source, boolean includeSelf) {
    long[] padding = new long[2 * tensor.dim()];
    boolean fits = index.dim() == tensor.dim();
    for (int axis = 0; fits && axis < index.dim(); axis++) {
      long beyond = axis == dim ? 0 : tensor.size(axis) - index.size(axis);
      padding[2 * (tensor.dim() - 1 - axis) + 1] = beyond;
      fits = beyond >= 0;
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "scatter_reduce: the index of shape %s does not fit into the target of shape %s"
              .formatted(index.shape(), tensor.shape()));
    }
    Tensor places = Tensor.call(LogicOps.INDEX, index, (Tensor) Engine.number(tensor.size(dim)));
    // Where the index does not reach, it is -1, which is no place.
    return Tensor.call(
        IndexOps.scatterProduct(dim, includeSelf),
        tensor,
        places.add(1).pad(padding).sub(1),
        within(source, index).pad(padding));
  }
}
