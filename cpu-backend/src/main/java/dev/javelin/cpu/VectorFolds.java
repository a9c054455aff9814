package dev.javelin.cpu;

import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Folds of float32 on vectors: of values side by side, and of columns.
///
/// Never reads beyond the values it is given. The order of additions depends on their number only;
/// that is why lanes are added up by hand: the Vector API leaves the order open, and it differs
/// before and after the JIT has compiled a loop.
final class VectorFolds {
  private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final long BYTES = VectorLoops.BYTES;

  /// Whether [#addToDoubles] is fast by now.
  static final Warmup WARMUP =
      new Warmup(
          memory -> {
            for (int i = 0; i < 1024; i++) {
              long sum = memory + 8L * i;
              Memory.putDouble(
                  sum, Memory.getDouble(sum) + Memory.getFloat(memory + 16384 + 4L * i));
            }
          },
          memory -> {
            int _ = addToDoubles(memory, memory + 16384, 1024);
          });

  private VectorFolds() {}

  private static FloatVector get(long address) {
    return VectorLoops.get(address);
  }

  /// The sum of the lanes of a vector in memory.
  private static double sumLanes(long room) {
    double a = 0;
    double b = 0;
    for (long at = room; at < room + BYTES; at += 16) {
      a += (double) Memory.getFloat(at) + Memory.getFloat(at + 8);
      b += (double) Memory.getFloat(at + 4) + Memory.getFloat(at + 12);
    }
    return a + b;
  }

  /// The sum of `n` values, in four times as many partial sums as a vector has lanes.
  ///
  /// @param room where a vector may be written
  static double sum(long x, int n, long room) {
    FloatVector a = FloatVector.zero(VectorLoops.S);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    long end = x + 4L * n;
    long at = x;
    for (; at <= end - 4 * BYTES; at += 4 * BYTES) {
      a = a.add(get(at));
      b = b.add(get(at + BYTES));
      c = c.add(get(at + 2 * BYTES));
      d = d.add(get(at + 3 * BYTES));
    }
    if (at <= end - BYTES) {
      a = a.add(get(at));
      at += BYTES;
    }
    if (at <= end - BYTES) {
      b = b.add(get(at));
      at += BYTES;
    }
    if (at <= end - BYTES) {
      c = c.add(get(at));
      at += BYTES;
    }
    VectorLoops.put(a.add(b).add(c.add(d)), room);
    return sum(room, at, end);
  }

  /// The sum of partial sums and of what is left of a row.
  ///
  /// @param room a vector of partial sums
  /// @param rest where the values that are left lie, less than a vector
  /// @param end where they end
  static double sum(long room, long rest, long end) {
    double sum = 0;
    for (long at = rest; at < end; at += 4) {
      sum += Memory.getFloat(at);
    }
    return sum + sumLanes(room);
  }

  /// The largest of a vector and of what is left of a row.
  static double max(long room, long rest, long end) {
    float max = Float.NEGATIVE_INFINITY;
    for (long at = room; at < room + BYTES; at += 4) {
      max = Math.max(max, Memory.getFloat(at));
    }
    for (long at = rest; at < end; at += 4) {
      max = Math.max(max, Memory.getFloat(at));
    }
    return max;
  }

  /// The smallest of a vector and of what is left of a row.
  static double min(long room, long rest, long end) {
    float min = Float.POSITIVE_INFINITY;
    for (long at = room; at < room + BYTES; at += 4) {
      min = Math.min(min, Memory.getFloat(at));
    }
    for (long at = rest; at < end; at += 4) {
      min = Math.min(min, Memory.getFloat(at));
    }
    return min;
  }

  /// The sum of `n` products, each rounded, in the same way.
  static double sumProducts(long x, long y, int n, long room) {
    FloatVector a = FloatVector.zero(VectorLoops.S);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    long end = 4L * n;
    long i = 0;
    for (; i <= end - 4 * BYTES; i += 4 * BYTES) {
      a = a.add(product(x, y, i));
      b = b.add(product(x, y, i + BYTES));
      c = c.add(product(x, y, i + 2 * BYTES));
      d = d.add(product(x, y, i + 3 * BYTES));
    }
    if (i <= end - BYTES) {
      a = a.add(product(x, y, i));
      i += BYTES;
    }
    if (i <= end - BYTES) {
      b = b.add(product(x, y, i));
      i += BYTES;
    }
    if (i <= end - BYTES) {
      c = c.add(product(x, y, i));
      i += BYTES;
    }
    double rest = 0;
    for (; i < end; i += 4) {
      rest += Memory.getFloat(x + i) * Memory.getFloat(y + i);
    }
    VectorLoops.put(a.add(b).add(c.add(d)), room);
    return rest + sumLanes(room);
  }

  private static FloatVector product(long x, long y, long i) {
    return get(x + i).mul(get(y + i));
  }

  /// The largest of `n` values, above 0; NaN if any is.
  static double max(long x, int n) {
    long end = x + 4L * n;
    if (n < VectorLoops.W) {
      float max = Float.NEGATIVE_INFINITY;
      for (long at = x; at < end; at += 4) {
        max = Math.max(max, Memory.getFloat(at));
      }
      return max;
    }
    // The last vector may overlap the one before: that changes nothing.
    FloatVector a = get(end - BYTES);
    FloatVector b = a;
    long at = x;
    for (; at <= end - 2 * BYTES; at += 2 * BYTES) {
      a = a.max(get(at));
      b = b.max(get(at + BYTES));
    }
    if (at <= end - BYTES) {
      a = a.max(get(at));
    }
    return a.max(b).reduceLanes(VectorOperators.MAX);
  }

  /// The smallest of `n` values, above 0; NaN if any is.
  static double min(long x, int n) {
    long end = x + 4L * n;
    if (n < VectorLoops.W) {
      float min = Float.POSITIVE_INFINITY;
      for (long at = x; at < end; at += 4) {
        min = Math.min(min, Memory.getFloat(at));
      }
      return min;
    }
    FloatVector a = get(end - BYTES);
    FloatVector b = a;
    long at = x;
    for (; at <= end - 2 * BYTES; at += 2 * BYTES) {
      a = a.min(get(at));
      b = b.min(get(at + BYTES));
    }
    if (at <= end - BYTES) {
      a = a.min(get(at));
    }
    return a.min(b).reduceLanes(VectorOperators.MIN);
  }

  /// Adds rows to a row of sums: four vectors of columns at a time, all rows.
  ///
  /// @param stride the distance between rows in elements
  /// @param width how many columns; only whole vectors of them are done
  /// @return how many columns were done
  static int sumColumns(long acc, long x, int rows, long stride, int width) {
    long end = 4L * width;
    long j = 0;
    for (; j <= end - 4 * BYTES; j += 4 * BYTES) {
      sumFour(acc + j, x + j, rows, 4 * stride);
    }
    for (; j <= end - BYTES; j += BYTES) {
      sumOne(acc + j, x + j, rows, 4 * stride);
    }
    return (int) (j / 4);
  }

  private static void sumFour(long acc, long x, int rows, long step) {
    FloatVector a = get(acc);
    FloatVector b = get(acc + BYTES);
    FloatVector c = get(acc + 2 * BYTES);
    FloatVector d = get(acc + 3 * BYTES);
    long end = x + rows * step;
    for (long row = x; row < end; row += step) {
      a = a.add(get(row));
      b = b.add(get(row + BYTES));
      c = c.add(get(row + 2 * BYTES));
      d = d.add(get(row + 3 * BYTES));
    }
    VectorLoops.put(a, acc);
    VectorLoops.put(b, acc + BYTES);
    VectorLoops.put(c, acc + 2 * BYTES);
    VectorLoops.put(d, acc + 3 * BYTES);
  }

  private static void sumOne(long acc, long x, int rows, long step) {
    FloatVector a = get(acc);
    long end = x + rows * step;
    for (long row = x; row < end; row += step) {
      a = a.add(get(row));
    }
    VectorLoops.put(a, acc);
  }

  /// Adds rows of products to a row of sums.
  ///
  /// @param y where the second factors lie, as far apart as the first
  static int sumProductColumns(long acc, long x, long y, int rows, long stride, int width) {
    long end = 4L * width;
    long j = 0;
    for (; j <= end - 2 * BYTES; j += 2 * BYTES) {
      sumTwoProducts(acc + j, x + j, y + j, rows, 4 * stride);
    }
    for (; j <= end - BYTES; j += BYTES) {
      FloatVector a = get(acc + j);
      for (long at = j, last = j + 4L * rows * stride; at < last; at += 4 * stride) {
        a = a.add(get(x + at).mul(get(y + at)));
      }
      VectorLoops.put(a, acc + j);
    }
    return (int) (j / 4);
  }

  private static void sumTwoProducts(long acc, long x, long y, int rows, long step) {
    FloatVector a = get(acc);
    FloatVector b = get(acc + BYTES);
    for (long at = 0, last = rows * step; at < last; at += step) {
      a = a.add(get(x + at).mul(get(y + at)));
      b = b.add(get(x + at + BYTES).mul(get(y + at + BYTES)));
    }
    VectorLoops.put(a, acc);
    VectorLoops.put(b, acc + BYTES);
  }

  /// Adds floats to as many doubles.
  ///
  /// @return how many were added: whole vectors only
  static int addToDoubles(long doubles, long floats, int n) {
    int whole = n & -VectorLoops.W;
    for (int i = 0; i < whole; i += VectorLoops.W) {
      FloatVector values = get(floats + 4L * i);
      for (int part = 0; part < 2; part++) {
        long at = doubles + 8L * i + part * BYTES;
        DoubleVector wide = (DoubleVector) values.convertShape(VectorOperators.F2D, DOUBLES, part);
        DoubleVector sum = DoubleVector.fromMemorySegment(DOUBLES, Memory.ALL, at, ORDER).add(wide);
        sum.intoMemorySegment(Memory.ALL, at, ORDER);
      }
    }
    return whole;
  }

  /// The same for the largest of each column.
  static int maxColumns(long acc, long x, int rows, long stride, int width) {
    long end = 4L * width;
    long j = 0;
    for (; j <= end - BYTES; j += BYTES) {
      FloatVector a = get(acc + j);
      for (int i = 0; i < rows; i++) {
        a = a.max(get(x + j + 4 * stride * i));
      }
      VectorLoops.put(a, acc + j);
    }
    return (int) (j / 4);
  }

  /// The same for the smallest of each column.
  static int minColumns(long acc, long x, int rows, long stride, int width) {
    long end = 4L * width;
    long j = 0;
    for (; j <= end - BYTES; j += BYTES) {
      FloatVector a = get(acc + j);
      for (int i = 0; i < rows; i++) {
        a = a.min(get(x + j + 4 * stride * i));
      }
      VectorLoops.put(a, acc + j);
    }
    return (int) (j / 4);
  }
}
