package dev.javelin.cpu;

import dev.javelin.kernels.View;
import java.util.Arrays;

/// A view seen from an executor's linear order of the iteration space: which element belongs to the
/// `position`-th index.
///
/// Axes that this view walks as one are one here, whatever other views need.
final class Strider {
  /// The axes, outermost first; at least one.
  final long[] sizes;

  /// The distance in elements between neighbours on each axis.
  final long[] strides;

  /// Where the first element lies.
  final long offset;

  /// How many positions there are.
  final long total;

  /// The first element in memory that the view reaches.
  final long first;

  /// One past the last element in memory that the view reaches.
  final long end;

  private Strider(long[] sizes, long[] strides, long offset, long total, long first, long end) {
    this.sizes = sizes;
    this.strides = strides;
    this.offset = offset;
    this.total = total;
    this.first = first;
    this.end = end;
  }

  /// A view in an order of its axes.
  ///
  /// @param order the axes from the slowest to the fastest; those left out have size 1
  static Strider of(View view, int[] order) {
    long[] sizes = new long[order.length];
    long[] strides = new long[order.length];
    int rank = 0;
    for (int axis : order) {
      long size = view.shape().size(axis);
      long stride = view.stride(axis);
      if (size == 1) {
        continue;
      }
      if (rank > 0 && strides[rank - 1] == stride * size) {
        sizes[rank - 1] *= size;
        strides[rank - 1] = stride;
      } else {
        sizes[rank] = size;
        strides[rank++] = stride;
      }
    }
    long total = view.shape().numel();
    if (rank == 0) {
      return new Strider(
          new long[] {1}, new long[] {1}, view.offset(), total, view.offset(), view.offset() + 1);
    }
    long first = view.offset();
    for (int axis = 0; axis < rank; axis++) {
      first += Math.min(0, strides[axis] * (sizes[axis] - 1));
    }
    return new Strider(
        Arrays.copyOf(sizes, rank),
        Arrays.copyOf(strides, rank),
        view.offset(),
        total,
        first,
        view.last() + 1);
  }

  /// Whether position and element go up together.
  boolean contiguous() {
    return sizes.length == 1 && strides[0] == 1;
  }

  /// Whether every position has the same element.
  boolean uniform() {
    return sizes.length == 1 && strides[0] == 0 && sizes[0] > 1;
  }

  /// After how many positions the elements repeat; 0 if they do not.
  long period() {
    return sizes.length > 1 && strides[0] == 0 ? total / sizes[0] : 0;
  }

  /// How many positions the innermost axis has.
  long run() {
    return sizes[sizes.length - 1];
  }

  /// The distance between neighbours on the innermost axis.
  long step() {
    return strides[strides.length - 1];
  }

  /// The element at a position.
  long at(long position) {
    long rest = position;
    long element = offset;
    for (int axis = sizes.length - 1; axis > 0; axis--) {
      long outer = rest / sizes[axis];
      element += (rest - outer * sizes[axis]) * strides[axis];
      rest = outer;
    }
    return element + rest * strides[0];
  }

  /// Whether `n` positions lie in one run of the innermost axis.
  boolean inOneRun(long position, int n) {
    return sizes.length == 1 || position % run() + n <= run();
  }
}
