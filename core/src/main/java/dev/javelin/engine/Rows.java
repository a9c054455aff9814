package dev.javelin.engine;

import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.ArrayList;
import java.util.List;

/// The iteration space of a kernel that folds: all dimensions of `space`, those of `dims` folded. Rows are numbered by the other
/// dimensions; inside a kernel the axes are ordered outer first, then inner.
///
/// @param space the shape that is folded
/// @param dims the folded dimensions, ascending
record Rows(Shape space, List<Integer> dims) {
  /// Rows above this do not stay in cache: the folds become kernels of their own, which share long rows among threads.
  private static final long LONGEST = 1 << 15;

  /// Whether folds over these rows are kernels of their own rather than part of a row kernel: long rows, and rows whose elements
  /// lie apart because other dimensions vary faster.
  boolean isSplit() {
    return inner().numel() > LONGEST
        || !dims.isEmpty() && dims.getFirst() != space.rank() - dims.size();
  }

  private int[] order() {
    List<Integer> axes = new ArrayList<>();
    for (int axis = 0; axis < space.rank(); axis++) {
      if (!dims.contains(axis)) {
        axes.add(axis);
      }
    }
    axes.addAll(dims);
    return axes.stream().mapToInt(Integer::intValue).toArray();
  }

  Shape outer() {
    Shape result = space;
    for (int dim : dims.reversed()) {
      result = result.drop(dim);
    }
    return result;
  }

  Shape inner() {
    return Shape.of(dims.stream().mapToLong(space::size).toArray());
  }

  /// The shape of a fold's result with the folded dimensions kept.
  Shape kept() {
    Shape result = space;
    for (int dim : dims) {
      result = result.with(dim, 1);
    }
    return result;
  }

  /// A view over `space`, its axes in the kernel's order.
  View elements(View view) {
    return view.permute(order());
  }

  /// The reverse of [#elements].
  View natural(View view) {
    int[] order = order();
    int[] inverse = new int[order.length];
    for (int i = 0; i < order.length; i++) {
      inverse[order[i]] = i;
    }
    return view.permute(inverse);
  }

  /// A view over the rows, with or without the folded dimensions, as a view over the outer axes.
  View rows(View view) {
    if (view.shape().rank() == space.rank() && !dims.isEmpty()) {
      View result = view;
      for (int dim : dims.reversed()) {
        result = result.drop(dim);
      }
      return result;
    }
    return view;
  }

  boolean isRowShape(Shape shape) {
    return shape.equals(kept()) || shape.equals(outer());
  }
}
