package dev.javelin.cpu;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Kernel.FoldOp;

/// A fold of values that lie side by side, a stretch at a time.
///
/// What is known so far is kept in an accumulator of [#BYTES] bytes: the value (a double for
/// floats, a long for integers), for arguments of extrema the index, and room for a vector. So
/// float32 is summed in vectors within a stretch and in double from stretch to stretch.
abstract class RowFold {
  /// The size of an accumulator.
  static final int BYTES = 128;

  private static final int INDEX = 8;
  private static final int ROOM = 64;

  /// A fold.
  ///
  /// @param type the register type of the values
  /// @param ofProducts whether two values are multiplied before they are summed
  static RowFold of(Loops loops, Kernel.Fold fold, DType type, boolean ofProducts) {
    FoldOp op = fold.op();
    if (ofProducts) {
      return new OfFloats(op, type, loops.foldProducts());
    }
    if (op == FoldOp.ARGMAX || op == FoldOp.ARGMIN) {
      Loops.Fold extremum =
          type == DType.FLOAT32 ? loops.fold(op == FoldOp.ARGMAX ? FoldOp.MAX : FoldOp.MIN) : null;
      return new OfArguments(op == FoldOp.ARGMAX, type, extremum);
    }
    if (!type.isFloatingPoint()) {
      return new OfIntegers(op, type);
    }
    if (type == DType.FLOAT64) {
      return new OfFloats(op, type, (x, y, n, room) -> foldDoubles(op, x, n));
    }
    return new OfFloats(
        op, type, op == FoldOp.PROD ? (x, y, n, room) -> multiplyFloats(x, n) : loops.fold(op));
  }

  /// Begins.
  abstract void start(long accumulator);

  /// Adds values.
  ///
  /// @param x where they lie
  /// @param y where their second factors lie
  /// @param n how many, above 0
  /// @param index the number of the first in its row
  abstract void add(long accumulator, long x, long y, int n, long index);

  /// Adds what another accumulator has of later values.
  abstract void merge(long accumulator, long later);

  /// Writes the result as an element of a register.
  abstract void finish(long accumulator, long to);

  /// The fold of nothing.
  static double identity(FoldOp op) {
    return switch (op) {
      case SUM, ARGMAX, ARGMIN -> 0;
      case PROD -> 1;
      case MAX -> Double.NEGATIVE_INFINITY;
      case MIN -> Double.POSITIVE_INFINITY;
    };
  }

  /// The fold of nothing.
  static long identity(FoldOp op, DType type) {
    return switch (op) {
      case SUM, ARGMAX, ARGMIN -> 0;
      case PROD -> 1;
      case MAX -> type == DType.INT64 ? Long.MIN_VALUE : Integer.MIN_VALUE;
      case MIN -> type == DType.INT64 ? Long.MAX_VALUE : Integer.MAX_VALUE;
    };
  }

  static double combine(FoldOp op, double x, double y) {
    return switch (op) {
      case SUM -> x + y;
      case PROD -> x * y;
      case MAX -> Math.max(x, y);
      default -> Math.min(x, y);
    };
  }

  static long combine(FoldOp op, long x, long y) {
    return switch (op) {
      case SUM -> x + y;
      case PROD -> x * y;
      case MAX -> Math.max(x, y);
      default -> Math.min(x, y);
    };
  }

  /// Whether a later value takes the place of the best so far.
  static boolean better(boolean max, double value, double best) {
    if (Double.isNaN(best)) {
      return false;
    }
    return Double.isNaN(value) || (max ? value > best : value < best);
  }

  static void put(DType type, long to, double value) {
    if (type == DType.FLOAT32) {
      Memory.putFloat(to, (float) value);
    } else {
      Memory.putDouble(to, value);
    }
  }

  static void put(DType type, long to, long value) {
    if (type == DType.INT32) {
      Memory.putInt(to, (int) value);
    } else {
      Memory.putLong(to, value);
    }
  }

  private static double multiplyFloats(long x, int n) {
    double result = 1;
    for (int i = 0; i < n; i++) {
      result *= Memory.getFloat(x + 4L * i);
    }
    return result;
  }

  private static double foldDoubles(FoldOp op, long x, int n) {
    double result = identity(op);
    for (int i = 0; i < n; i++) {
      result = combine(op, result, Memory.getDouble(x + 8L * i));
    }
    return result;
  }

  private static final class OfFloats extends RowFold {
    private final FoldOp op;
    private final DType type;
    private final Loops.Fold stretch;

    OfFloats(FoldOp op, DType type, Loops.Fold stretch) {
      this.op = op;
      this.type = type;
      this.stretch = stretch;
    }

    @Override
    void start(long accumulator) {
      Memory.putDouble(accumulator, identity(op));
    }

    @Override
    void add(long accumulator, long x, long y, int n, long index) {
      double so = Memory.getDouble(accumulator);
      Memory.putDouble(accumulator, combine(op, so, stretch.fold(x, y, n, accumulator + ROOM)));
    }

    @Override
    void merge(long accumulator, long later) {
      double so = Memory.getDouble(accumulator);
      Memory.putDouble(accumulator, combine(op, so, Memory.getDouble(later)));
    }

    @Override
    void finish(long accumulator, long to) {
      put(type, to, Memory.getDouble(accumulator));
    }
  }

  private static final class OfIntegers extends RowFold {
    private final FoldOp op;
    private final DType type;

    OfIntegers(FoldOp op, DType type) {
      this.op = op;
      this.type = type;
    }

    @Override
    void start(long accumulator) {
      Memory.putLong(accumulator, identity(op, type));
    }

    @Override
    void add(long accumulator, long x, long y, int n, long index) {
      long result = Memory.getLong(accumulator);
      for (int i = 0; i < n; i++) {
        long value = type == DType.INT32 ? Memory.getInt(x + 4L * i) : Memory.getLong(x + 8L * i);
        result = combine(op, result, value);
      }
      Memory.putLong(accumulator, result);
    }

    @Override
    void merge(long accumulator, long later) {
      long so = Memory.getLong(accumulator);
      Memory.putLong(accumulator, combine(op, so, Memory.getLong(later)));
    }

    @Override
    void finish(long accumulator, long to) {
      put(type, to, Memory.getLong(accumulator));
    }
  }

  private static final class OfArguments extends RowFold {
    private final boolean max;
    private final DType type;
    private final Loops.Fold extremum;

    OfArguments(boolean max, DType type, Loops.Fold extremum) {
      this.max = max;
      this.type = type;
      this.extremum = extremum;
    }

    @Override
    void start(long accumulator) {
      Memory.putLong(accumulator + INDEX, -1);
    }

    @Override
    void add(long accumulator, long x, long y, int n, long index) {
      if (!type.isFloatingPoint()) {
        addIntegers(accumulator, x, n, index);
        return;
      }
      if (extremum != null) {
        double best = extremum.fold(x, 0, n, 0);
        if (improves(accumulator, best)) {
          int i = 0;
          while (!same(Memory.getFloat(x + 4L * i), best)) {
            i++;
          }
          Memory.putDouble(accumulator, best);
          Memory.putLong(accumulator + INDEX, index + i);
        }
        return;
      }
      for (int i = 0; i < n; i++) {
        double value =
            type == DType.FLOAT32 ? Memory.getFloat(x + 4L * i) : Memory.getDouble(x + 8L * i);
        if (improves(accumulator, value)) {
          Memory.putDouble(accumulator, value);
          Memory.putLong(accumulator + INDEX, index + i);
        }
      }
    }

    private boolean improves(long accumulator, double value) {
      return Memory.getLong(accumulator + INDEX) < 0
          || better(max, value, Memory.getDouble(accumulator));
    }

    private static boolean same(double x, double y) {
      return x == y || Double.isNaN(x) && Double.isNaN(y);
    }

    private void addIntegers(long accumulator, long x, int n, long index) {
      for (int i = 0; i < n; i++) {
        long value = type == DType.INT32 ? Memory.getInt(x + 4L * i) : Memory.getLong(x + 8L * i);
        long best = Memory.getLong(accumulator);
        if (Memory.getLong(accumulator + INDEX) < 0 || (max ? value > best : value < best)) {
          Memory.putLong(accumulator, value);
          Memory.putLong(accumulator + INDEX, index + i);
        }
      }
    }

    @Override
    void merge(long accumulator, long later) {
      if (Memory.getLong(later + INDEX) < 0) {
        return;
      }
      boolean takes =
          type.isFloatingPoint()
              ? improves(accumulator, Memory.getDouble(later))
              : Memory.getLong(accumulator + INDEX) < 0
                  || (max
                      ? Memory.getLong(later) > Memory.getLong(accumulator)
                      : Memory.getLong(later) < Memory.getLong(accumulator));
      if (takes) {
        Memory.putLong(accumulator, Memory.getLong(later));
        Memory.putLong(accumulator + INDEX, Memory.getLong(later + INDEX));
      }
    }

    @Override
    void finish(long accumulator, long to) {
      Memory.putLong(to, Math.max(0, Memory.getLong(accumulator + INDEX)));
    }
  }
}
