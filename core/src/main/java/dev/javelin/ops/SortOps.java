package dev.javelin.ops;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import dev.javelin.ops.OpDef.Assemble;
import java.util.ArrayList;
import java.util.List;

/// Sorting rows, stably, on every device: short rows by counting what comes before each element, long ones by a bitonic network.
///
/// NaN is larger than everything else, as in PyTorch.
public final class SortOps {
  private SortOps() {}

  /// One step of a bitonic network: elements `distance` apart are compared and exchanged, so that runs of length `run` become sorted.
  ///
  /// @param run twice the length of the runs that are sorted already, a power of two
  /// @param distance a power of two below it
  public record Step(long run, long distance) {}

  /// The whole network for rows of a length that is a power of two.
  ///
  /// @param length the length
  /// @return its steps, in order
  public static List<Step> network(long length) {
    List<Step> steps = new ArrayList<>();
    for (long run = 2; run <= length; run *= 2) {
      for (long distance = run / 2; distance >= 1; distance /= 2) {
        steps.add(new Step(run, distance));
      }
    }
    return steps;
  }

  /// Some steps of a network, in place.
  ///
  /// @param steps the steps
  /// @param descending whether the largest comes first
  /// @return the op; inputs are values `[rows, length]` and the places they came from, int32 or int64, which decide between equals
  public static OpDef bitonic(List<Step> steps, boolean descending) {
    return Composite.update(
        "sort",
        List.of(steps, descending),
        new int[] {0, 1},
        in -> {
          Tensor[] pair = in;
          for (Step step : steps) {
            pair = exchanged(pair[0], pair[1], step, descending);
          }
          return pair;
        });
  }

  private static Tensor[] exchanged(Tensor values, Tensor places, Step step, boolean descending) {
    Shape shape = values.shape(); // [rows, length]
    long blocks = shape.size(1) / (2 * step.distance());
    Shape cut = Shape.of(shape.size(0), blocks, 2, step.distance());
    Tensor x = values.reshape(cut);
    Tensor i = places.reshape(cut);
    Tensor y = x.flip(2);
    Tensor j = i.flip(2);
    Tensor first = before(x, y, descending).logicalOr(tie(x, y, descending).logicalAnd(i.lt(j)));
    Tensor isLow = Tensor.arange(2, null).eq(0).reshape(1, 1, 2, 1);
    long period = step.run() / (2 * step.distance());
    Tensor isUp =
        Tensor.arange(blocks, null).floorDivide(period).remainder(2L).eq(0).reshape(1, -1, 1, 1);
    Tensor stays = first.logicalXor(isLow.logicalXor(isUp));
    return new Tensor[] {
      stored(Tensor.where(stays, x, y).reshape(shape)),
      stored(Tensor.where(stays, i, j).reshape(shape))
    };
  }

  /// The value in memory of its own: the next step reads it at two places.
  private static Tensor stored(Tensor x) {
    return Tensor.call(
        new Assemble("clone", x.shape(), List.of(View.contiguous(x.shape())), true), x);
  }

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
