package dev.javelin.kernels.c;

import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/// An iteration space with as few axes as its views allow: axes of size 1 are dropped, and neighbours are merged where every view walks
/// over both in one stride. So kernels of many shapes become the same text.
///
/// The axes form two blocks, outer and inner, each counted by one number; no axis is merged across.
final class Space {
  /// Loops step beyond the end by at most the size of a grid.
  private static final long INT_LIMIT = Integer.MAX_VALUE - (1L << 26);

  private final long[] sizes;
  private final int split;
  private final Map<View, long[]> strides;

  private Space(long[] sizes, int split, Map<View, long[]> strides) {
    this.sizes = sizes;
    this.split = split;
    this.strides = strides;
  }

  /// Merges the axes of views.
  ///
  /// @param outer the axes of the outer block
  /// @param inner the axes of the inner block
  /// @param views each over the axes of both, or over the outer ones alone
  static Space of(Shape outer, Shape inner, Collection<View> views) {
    Shape full = outer.concat(inner);
    Map<View, long[]> walks = new LinkedHashMap<>();
    for (View view : views) {
      walks.put(view, Arrays.copyOf(view.strides(), full.rank()));
    }
    long[] sizes = new long[full.rank()];
    int count = 0;
    int split = 0;
    for (int axis = 0; axis < full.rank(); axis++) {
      if (axis == outer.rank()) {
        split = count;
      }
      long size = full.size(axis);
      if (size == 1) {
        continue;
      }
      boolean first = count == (axis < outer.rank() ? 0 : split);
      if (!first && merges(walks, count - 1, axis, size)) {
        count--;
        sizes[count] *= size;
      } else {
        sizes[count] = size;
      }
      for (long[] walk : walks.values()) {
        walk[count] = walk[axis];
      }
      count++;
    }
    if (inner.rank() == 0) {
      split = count;
    }
    int rank = count;
    walks.replaceAll((_, walk) -> Arrays.copyOf(walk, rank));
    return new Space(Arrays.copyOf(sizes, rank), split, walks);
  }

  private static boolean merges(Map<View, long[]> walks, int before, int axis, long size) {
    return walks.values().stream().allMatch(walk -> walk[before] == walk[axis] * size);
  }

  /// Whether positions and counts need 64 bits.
  static boolean isWide(Shape shape, Collection<View> views) {
    return shape.numel() > INT_LIMIT || views.stream().anyMatch(view -> reach(view) > INT_LIMIT);
  }

  private static double reach(View view) {
    // In doubles nothing overflows, and near the limit they are exact.
    double reach = Math.abs((double) view.offset());
    for (int axis = 0; axis < view.shape().rank(); axis++) {
      reach += Math.abs((double) view.stride(axis)) * Math.max(0, view.shape().size(axis) - 1);
    }
    return reach;
  }

  /// The same space; where it is a single place, with an axis that all views walk alike, as they do in the commonest of texts.
  Space atLeastOneAxis() {
    if (sizes.length > 0) {
      return this;
    }
    Map<View, long[]> ones = new LinkedHashMap<>(strides);
    ones.replaceAll((_, _) -> new long[] {1});
    return new Space(new long[] {1}, 1, ones);
  }

  /// The same space with all axes but the last in the outer block.
  Space rows() {
    return new Space(sizes, sizes.length - 1, strides);
  }

  /// How many axes a block has.
  int rank(boolean inner) {
    return inner ? sizes.length - split : split;
  }

  /// The size of an axis of a block.
  long size(boolean inner, int axis) {
    return sizes[inner ? split + axis : axis];
  }

  /// How many places a block has.
  long count(boolean inner) {
    long count = 1;
    for (int axis = 0; axis < rank(inner); axis++) {
      count *= size(inner, axis);
    }
    return count;
  }

  /// The distance of neighbours on an axis of a block.
  long stride(View view, boolean inner, int axis) {
    return strides.get(view)[inner ? split + axis : axis];
  }

  /// Whether a view moves by one stride, that of the last axis, from each place of a block to the next. So does one that stays where it is.
  boolean isLinear(View view, boolean inner) {
    for (int axis = rank(inner) - 2; axis >= 0; axis--) {
      if (stride(view, inner, axis) != stride(view, inner, axis + 1) * size(inner, axis + 1)) {
        return false;
      }
    }
    return true;
  }

  /// The distance between neighbours on the last axis of a block, 0 if it has none.
  long step(View view, boolean inner) {
    return rank(inner) == 0 ? 0 : stride(view, inner, rank(inner) - 1);
  }

  /// Whether some view needs the place on each axis of a block.
  boolean needsAxes(boolean inner) {
    return strides.keySet().stream().anyMatch(view -> !isLinear(view, inner));
  }
}
