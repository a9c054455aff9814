package dev.javelin.ops;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import java.util.List;

/// Sorting short rows, stably, on every device, by counting what comes before each element.
///
/// NaN is larger than everything else, as in PyTorch.
public final class SortOps {
  private SortOps() {}

  /// Where the elements of sorted rows come from, by counting for each element those that come before it.
  ///
  /// @param descending whether the largest comes first
  /// @return the op; input `[rows, n]`, result int64 of that shape
  public static OpDef argsort(boolean descending) {
    return Composite.of(
        "argsort",
        List.of(descending),
        in -> {
          Shape shape = in[0].shape();
          Tensor at = Tensor.arange(shape.size(1), null);
          Tensor own = in[0].unsqueeze(2); // [rows, n, 1]
          Tensor other = in[0].unsqueeze(1); // [rows, 1, n]
          Tensor earlier = tie(other, own, descending).logicalAnd(at.lt(at.unsqueeze(1)));
          Tensor rank = before(other, own, descending).logicalOr(earlier).to(DType.INT64).sum(2);
          return Tensor.zeros(shape, DType.INT64, null).scatter(1, rank, at.expand(shape));
        },
        Gradient.NONE);
  }

  private static Tensor before(Tensor x, Tensor y, boolean descending) {
    Tensor less = descending ? x.gt(y) : x.lt(y);
    if (!x.dtype().isFloatingPoint()) {
      return less;
    }
    Tensor low = descending ? y : x;
    Tensor high = descending ? x : y;
    return less.logicalOr(high.isnan().logicalAnd(low.isnan().logicalNot()));
  }

  private static Tensor tie(Tensor x, Tensor y, boolean descending) {
    return before(y, x, descending).logicalNot();
  }
}
