package dev.javelin.kernels.c;

import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/// Axes that are counted by one number, and how views walk over them: as few axes as the views allow. Axes of size 1 are dropped, and
/// neighbours are merged where every view walks over both in one stride. So kernels of many shapes become the same text.
///
/// In a text the number has the block's name, and where there are several axes, the place on each has the name and the axis: `r0`, `r1`.
final class Block {
  private final String name;
  private final long[] sizes;
  private final Map<View, long[]> strides;

  private Block(String name, long[] sizes, Map<View, long[]> strides) {
    this.name = name;
    this.sizes = sizes;
    this.strides = strides;
  }

  /// Merges the axes of a shape.
  ///
  /// @param name the name of the number
  /// @param shape the axes
  /// @param views what walks over them
  /// @param walk the stride of a view on each of the axes
  static Block of(String name, Shape shape, Collection<View> views, Function<View, long[]> walk) {
    Map<View, long[]> strides = new LinkedHashMap<>();
    views.forEach(view -> strides.put(view, Arrays.copyOf(walk.apply(view), shape.rank())));
    long[] sizes = new long[shape.rank()];
    int count = 0;
    for (int axis = 0; axis < shape.rank(); axis++) {
      long size = shape.size(axis);
      if (size == 1) {
        continue;
      }
      if (count > 0 && merges(strides, count - 1, axis, size)) {
        count--;
        sizes[count] *= size;
      } else {
        sizes[count] = size;
      }
      for (long[] own : strides.values()) {
        own[count] = own[axis];
      }
      count++;
    }
    int rank = count;
    strides.replaceAll((_, own) -> Arrays.copyOf(own, rank));
    return new Block(name, Arrays.copyOf(sizes, rank), strides);
  }

  private static boolean merges(Map<View, long[]> strides, int before, int axis, long size) {
    return strides.values().stream().allMatch(own -> own[before] == own[axis] * size);
  }

  /// One axis, which stays also where its size is 1.
  static Block axis(String name, long size, Collection<View> views, ToLongFunction<View> stride) {
    Map<View, long[]> strides = new LinkedHashMap<>();
    views.forEach(view -> strides.put(view, new long[] {stride.applyAsLong(view)}));
    return new Block(name, new long[] {size}, strides);
  }

  /// The same block; where it is a single place, with an axis that all views walk alike, as they do in the commonest of texts.
  Block atLeastOneAxis() {
    return sizes.length > 0 ? this : axis(name, 1, strides.keySet(), _ -> 1);
  }

  /// The block without its last axis.
  Block butLast() {
    return part(name, 0, rank() - 1);
  }

  /// The last axis as a block of its own; a single place where there is no axis.
  Block last(String newName) {
    return part(newName, Math.max(0, rank() - 1), rank());
  }

  private Block part(String newName, int from, int to) {
    Map<View, long[]> some = new LinkedHashMap<>(strides);
    some.replaceAll((_, own) -> Arrays.copyOfRange(own, from, Math.max(from, to)));
    return new Block(newName, Arrays.copyOfRange(sizes, from, Math.max(from, to)), some);
  }

  String name() {
    return name;
  }

  /// How many axes there are.
  int rank() {
    return sizes.length;
  }

  long size(int axis) {
    return sizes[axis];
  }

  /// How many places there are.
  long count() {
    return Arrays.stream(sizes).reduce(1, Math::multiplyExact);
  }

  /// Whether a view is among those that walk here.
  boolean has(View view) {
    return strides.containsKey(view);
  }

  /// The distance of neighbours on an axis.
  long stride(View view, int axis) {
    return strides.get(view)[axis];
  }

  /// The distance of neighbours on the last axis, 0 if there is none.
  long step(View view) {
    return rank() == 0 ? 0 : stride(view, rank() - 1);
  }

  /// Whether a view moves by one stride, that of the last axis, from each place to the next. So does one that stays where it is.
  boolean isLinear(View view) {
    for (int axis = rank() - 2; axis >= 0; axis--) {
      if (stride(view, axis) != stride(view, axis + 1) * size(axis + 1)) {
        return false;
      }
    }
    return true;
  }

  /// Whether some view needs the place on each axis.
  boolean needsAxes() {
    return strides.keySet().stream().anyMatch(view -> !isLinear(view));
  }

  /// The largest distance from a buffer's start that a view can reach, counting every stride as positive. In doubles nothing overflows,
  /// and where it matters they are exact.
  static double reach(View view) {
    double reach = Math.abs((double) view.offset());
    for (int axis = 0; axis < view.shape().rank(); axis++) {
      reach += Math.abs((double) view.stride(axis)) * Math.max(0, view.shape().size(axis) - 1);
    }
    return reach;
  }

  /// The largest distance of all views.
  static double reach(Collection<View> views) {
    return views.stream().mapToDouble(Block::reach).max().orElse(0);
  }
}
