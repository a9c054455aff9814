package dev.javelin.kernels.c;

import java.util.ArrayList;
import java.util.List;

/// The axes that several views share, as few of them as possible: those of size 1 are left out, and neighbours that every view walks
/// without a gap are one.
///
/// @param sizes the size of each axis, outermost first
/// @param strides for each view, its stride on each axis
record Axes(List<Long> sizes, List<List<Long>> strides) {
  /// @param shape the sizes of the axes as they are
  /// @param views the strides of each view on them
  static Axes of(long[] shape, List<long[]> views) {
    List<Long> sizes = new ArrayList<>();
    List<List<Long>> strides = new ArrayList<>();
    views.forEach(_ -> strides.add(new ArrayList<>()));
    for (int axis = 0; axis < shape.length; axis++) {
      long size = shape[axis];
      if (size == 1) {
        continue;
      }
      int last = sizes.size() - 1;
      boolean joins = last >= 0;
      for (int v = 0; joins && v < views.size(); v++) {
        joins = strides.get(v).get(last) == views.get(v)[axis] * size;
      }
      if (joins) {
        sizes.set(last, sizes.get(last) * size);
        for (int v = 0; v < views.size(); v++) {
          strides.get(v).set(last, views.get(v)[axis]);
        }
      } else {
        sizes.add(size);
        for (int v = 0; v < views.size(); v++) {
          strides.get(v).add(views.get(v)[axis]);
        }
      }
    }
    return new Axes(sizes, strides);
  }

  int rank() {
    return sizes.size();
  }

  /// The largest distance between two elements of a view, counting every stride as positive.
  long reach(int view) {
    long reach = 0;
    for (int axis = 0; axis < rank(); axis++) {
      reach += Math.abs(strides.get(view).get(axis)) * (sizes.get(axis) - 1);
    }
    return reach;
  }

  /// Declares the position on each axis, `x0` and so on for the prefix `x`, from a number that counts row by row.
  ///
  /// The sizes must be parameters of the same names followed by `_size`.
  static void decode(Code code, String linear, String prefix, int rank) {
    String rest = linear;
    for (int axis = rank - 1; axis >= 0; axis--) {
      String name = prefix + axis;
      if (axis == 0) {
        code.line("idx " + name + " = " + rest + ";");
      } else {
        String next = prefix + "_rest" + axis;
        code.line("idx " + next + " = " + rest + " / " + name + "_size;");
        code.line("idx " + name + " = " + rest + " - " + next + " * " + name + "_size;");
        rest = next;
      }
    }
  }

  /// The distance of the element at the position that [#decode] gave.
  static String distance(String name, String prefix, int rank) {
    if (rank == 0) {
      return "0";
    }
    StringBuilder sum = new StringBuilder();
    for (int axis = 0; axis < rank; axis++) {
      sum.append(axis == 0 ? "" : " + ");
      sum.append(prefix).append(axis).append(" * ").append(name).append('_').append(axis);
    }
    return sum.toString();
  }
}
