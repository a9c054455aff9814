package dev.javelin.cpu;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;

/// Looks at every index of a gather or scatter before anything else happens.
final class IndexCheck {
  private final Axes axes;
  private final DType type;
  private final long size;

  /// A check.
  ///
  /// @param shape the iteration space, not empty
  /// @param view the indices
  /// @param type int64 or int32
  /// @param size what every index is below
  IndexCheck(Shape shape, View view, DType type, long size) {
    this.axes = Axes.inOrder(shape, new int[] {type.bytes()}, view).movedBy(0);
    this.type = type;
    this.size = size;
  }

  /// Checks all indices.
  ///
  /// @param address where the first of them lies
  void run(long address) {
    int inner = axes.rank() - 1;
    long count = inner < 0 ? 1 : axes.size(inner);
    long step = inner < 0 ? 0 : axes.stride(0, inner);
    if (inner <= 0) {
      line(address, count, step);
      return;
    }
    Axes outer = axes.without(inner);
    Walk walk = new Walk(outer, 1, 0);
    for (long i = 0, lines = outer.numel(); i < lines; i++, walk.next()) {
      line(address + walk.distance(0), count, step);
    }
  }

  private void line(long address, long count, long step) {
    long at = address;
    for (long i = 0; i < count; i++, at += step) {
      get(type, at, size);
    }
  }

  /// Reads an index and checks it.
  ///
  /// @param type int64 or int32
  /// @param address where it lies
  /// @param size what it is below
  static long get(DType type, long address, long size) {
    long place = type == DType.INT64 ? Memory.getLong(address) : Memory.getInt(address);
    if (place < 0 || place >= size) {
      throw new IndexOutOfBoundsException(
          "index " + place + " is out of bounds for a dimension of size " + size);
    }
    return place;
  }
}
