package dev.javelin.cpu;

import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// An iteration space in its fewest axes, with the strides of several operands along each: axes of
/// size 1 are gone, and neighbours that every operand walks as one axis are one.
///
/// An empty space must be handled before.
final class Axes {
  private static final class Axis {
    private final long size;
    private final long[] strides;

    Axis(long size, long[] strides) {
      this.size = size;
      this.strides = strides;
    }

    /// Whether this axis and the next, further in, are one axis for every operand.
    boolean continues(Axis inner) {
      for (int operand = 0; operand < strides.length; operand++) {
        if (strides[operand] != inner.strides[operand] * inner.size) {
          return false;
        }
      }
      return true;
    }
  }

  private final List<Axis> axes;

  private Axes(List<Axis> axes) {
    this.axes = axes;
  }

  /// The axes of a shape, in order, scaled from elements to bytes.
  ///
  /// @param shape the iteration space
  /// @param bytes the size of an element of each view
  /// @param views the operands
  static Axes inOrder(Shape shape, int[] bytes, View... views) {
    return merged(axes(shape, bytes, views));
  }

  /// The axes of a shape, those first along which view 0 takes the largest steps: for kernels that
  /// may run in any order.
  ///
  /// @param shape the iteration space
  /// @param bytes the size of an element of each view
  /// @param views the operands
  static Axes sorted(Shape shape, int[] bytes, View... views) {
    List<Axis> axes = axes(shape, bytes, views);
    axes.sort(Comparator.comparingLong((Axis axis) -> Math.abs(axis.strides[0])).reversed());
    return merged(axes);
  }

  private static List<Axis> axes(Shape shape, int[] bytes, View... views) {
    List<Axis> axes = new ArrayList<>();
    for (int axis = 0; axis < shape.rank(); axis++) {
      if (shape.size(axis) != 1) {
        long[] strides = new long[views.length];
        for (int operand = 0; operand < views.length; operand++) {
          strides[operand] = views[operand].stride(axis) * bytes[operand];
        }
        axes.add(new Axis(shape.size(axis), strides));
      }
    }
    return axes;
  }

  private static Axes merged(List<Axis> axes) {
    List<Axis> result = new ArrayList<>();
    for (Axis axis : axes) {
      if (!result.isEmpty() && result.getLast().continues(axis)) {
        Axis outer = result.removeLast();
        result.add(new Axis(outer.size * axis.size, axis.strides));
      } else {
        result.add(axis);
      }
    }
    return new Axes(List.copyOf(result));
  }

  /// How many axes are left; 0 for a single element.
  int rank() {
    return axes.size();
  }

  /// The size of an axis.
  long size(int axis) {
    return axes.get(axis).size;
  }

  /// The size of every axis.
  long[] sizes() {
    return axes.stream().mapToLong(axis -> axis.size).toArray();
  }

  /// The step of an operand along an axis, in bytes.
  long stride(int operand, int axis) {
    return axes.get(axis).strides[operand];
  }

  /// The steps of an operand along every axis, in bytes.
  long[] strides(int operand) {
    return axes.stream().mapToLong(axis -> axis.strides[operand]).toArray();
  }

  /// The space without one axis.
  Axes without(int axis) {
    List<Axis> rest = new ArrayList<>(axes);
    rest.remove(axis);
    return new Axes(rest);
  }

  /// The space without the axes along which an operand does not move.
  Axes movedBy(int operand) {
    return merged(
        new ArrayList<>(axes.stream().filter(axis -> axis.strides[operand] != 0).toList()));
  }

  /// The number of places.
  long numel() {
    long product = 1;
    for (Axis axis : axes) {
      product *= axis.size;
    }
    return product;
  }
}
