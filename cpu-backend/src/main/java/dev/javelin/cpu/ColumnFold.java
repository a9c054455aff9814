package dev.javelin.cpu;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Kernel.FoldOp;

/// A fold of rows into one row of as many lanes: each lane folds a column, some rows at a time.
///
/// The accumulator holds for each lane a wide value (a double for floats, a long for integers) and
/// a second one: for arguments of extrema the index, for float32 a float that takes up to [#FLUSH]
/// rows before it is folded into the double, so that long sums stay accurate.
abstract class ColumnFold {
  private static final int FLUSH = 64;

  /// A fold.
  ///
  /// @param type the register type of the values
  /// @param ofProducts whether two values are multiplied before they are summed
  static ColumnFold of(Loops loops, Kernel.Fold fold, DType type, boolean ofProducts) {
    FoldOp op = fold.op();
    if (ofProducts) {
      return new OfFloats(op, loops.columnsOfProducts(), true);
    }
    if (op == FoldOp.ARGMAX || op == FoldOp.ARGMIN) {
      return new OfArguments(op == FoldOp.ARGMAX, type);
    }
    return type == DType.FLOAT32 && op != FoldOp.PROD
        ? new OfFloats(op, loops.columns(op), false)
        : new OfScalars(op, type);
  }

  /// The size of an accumulator.
  static long bytes(int lanes) {
    return 16L * lanes + 64;
  }

  /// Begins.
  abstract void start(long accumulator, int lanes);

  /// Adds rows.
  ///
  /// @param x where the first row lies
  /// @param y where the second factors lie
  /// @param rows how many rows
  /// @param width how many lanes get values
  /// @param index the number of the first row
  abstract void add(long accumulator, int lanes, long x, long y, int rows, int width, long index);

  /// Adds what another accumulator has of later rows.
  abstract void merge(long accumulator, long later, int lanes);

  /// Writes the results as elements of a register.
  ///
  /// @param columns how many results; lane `c + columns * i` belongs to column c
  abstract void finish(long accumulator, int lanes, int columns, long to);

  private static double getDouble(DType type, long x, long i) {
    return type == DType.FLOAT32 ? Memory.getFloat(x + 4 * i) : Memory.getDouble(x + 8 * i);
  }

  private static long getLong(DType type, long x, long i) {
    return type == DType.INT32 ? Memory.getInt(x + 4 * i) : Memory.getLong(x + 8 * i);
  }

  /// Any type, one lane after the other.
  private static final class OfScalars extends ColumnFold {
    private final FoldOp op;
    private final DType type;

    OfScalars(FoldOp op, DType type) {
      this.op = op;
      this.type = type;
    }

    @Override
    void start(long accumulator, int lanes) {
      for (int lane = 0; lane < lanes; lane++) {
        if (type.isFloatingPoint()) {
          Memory.putDouble(accumulator + 8L * lane, RowFold.identity(op));
        } else {
          Memory.putLong(accumulator + 8L * lane, RowFold.identity(op, type));
        }
      }
    }

    @Override
    void add(long accumulator, int lanes, long x, long y, int rows, int width, long index) {
      for (int row = 0; row < rows; row++) {
        if (type.isFloatingPoint()) {
          addFloats(accumulator, x, (long) row * lanes, width);
        } else {
          addIntegers(accumulator, x, (long) row * lanes, width);
        }
      }
    }

    private void addFloats(long accumulator, long x, long from, int width) {
      for (int lane = 0; lane < width; lane++) {
        long at = accumulator + 8L * lane;
        double value = getDouble(type, x, from + lane);
        Memory.putDouble(at, RowFold.combine(op, Memory.getDouble(at), value));
      }
    }

    private void addIntegers(long accumulator, long x, long from, int width) {
      for (int lane = 0; lane < width; lane++) {
        long at = accumulator + 8L * lane;
        long value = getLong(type, x, from + lane);
        Memory.putLong(at, RowFold.combine(op, Memory.getLong(at), value));
      }
    }

    @Override
    void merge(long accumulator, long later, int lanes) {
      for (int lane = 0; lane < lanes; lane++) {
        combineLane(accumulator + 8L * lane, later + 8L * lane);
      }
    }

    private void combineLane(long at, long later) {
      if (type.isFloatingPoint()) {
        Memory.putDouble(at, RowFold.combine(op, Memory.getDouble(at), Memory.getDouble(later)));
      } else {
        Memory.putLong(at, RowFold.combine(op, Memory.getLong(at), Memory.getLong(later)));
      }
    }

    @Override
    void finish(long accumulator, int lanes, int columns, long to) {
      for (int lane = columns; lane < lanes; lane++) {
        combineLane(accumulator + 8L * (lane % columns), accumulator + 8L * lane);
      }
      for (int column = 0; column < columns; column++) {
        long at = accumulator + 8L * column;
        long target = to + (long) column * type.bytes();
        if (type.isFloatingPoint()) {
          RowFold.put(type, target, Memory.getDouble(at));
        } else {
          RowFold.put(type, target, Memory.getLong(at));
        }
      }
    }
  }

  /// float32.
  private static final class OfFloats extends ColumnFold {
    private final FoldOp op;
    private final Loops.Columns loop;
    private final boolean ofProducts;
    private final OfScalars wide;

    OfFloats(FoldOp op, Loops.Columns loop, boolean ofProducts) {
      this.op = op;
      this.loop = loop;
      this.ofProducts = ofProducts;
      this.wide = new OfScalars(op, DType.FLOAT32);
    }

    private static long floats(long accumulator, int lanes) {
      return accumulator + 8L * lanes;
    }

    /// How many rows the floats have taken.
    private static long counter(long accumulator, int lanes) {
      return accumulator + 16L * lanes;
    }

    @Override
    void start(long accumulator, int lanes) {
      wide.start(accumulator, lanes);
      clear(accumulator, lanes);
    }

    private void clear(long accumulator, int lanes) {
      long bits = Float.floatToRawIntBits((float) RowFold.identity(op));
      Packing.fill(floats(accumulator, lanes), bits, 4, lanes);
      Memory.putLong(counter(accumulator, lanes), 0);
    }

    private void flush(long accumulator, int lanes) {
      long floats = floats(accumulator, lanes);
      int vectorised =
          op == FoldOp.SUM && Loops.vectorised() && VectorFolds.WARMUP.isReady(lanes)
              ? VectorFolds.addToDoubles(accumulator, floats, lanes)
              : 0;
      for (int lane = vectorised; lane < lanes; lane++) {
        long at = accumulator + 8L * lane;
        double value = Memory.getFloat(floats + 4L * lane);
        Memory.putDouble(at, RowFold.combine(op, Memory.getDouble(at), value));
      }
      clear(accumulator, lanes);
    }

    @Override
    void add(long accumulator, int lanes, long x, long y, int rows, int width, long index) {
      int done = 0;
      while (done < rows) {
        long taken = Memory.getLong(counter(accumulator, lanes));
        int now = (int) Math.min(rows - done, FLUSH - taken);
        long skip = 4L * done * lanes;
        addSome(accumulator, lanes, x + skip, y + skip, now, width);
        done += now;
        Memory.putLong(counter(accumulator, lanes), taken + now);
        if (taken + now == FLUSH) {
          flush(accumulator, lanes);
        }
      }
    }

    private void addSome(long accumulator, int lanes, long x, long y, int rows, int width) {
      long floats = floats(accumulator, lanes);
      int vectorised = loop.fold(floats, x, y, rows, lanes, width);
      for (int lane = vectorised; lane < width; lane++) {
        float value = Memory.getFloat(floats + 4L * lane);
        for (int row = 0; row < rows; row++) {
          long at = 4L * ((long) row * lanes + lane);
          float next = Memory.getFloat(x + at);
          next = ofProducts ? next * Memory.getFloat(y + at) : next;
          value = (float) RowFold.combine(op, value, next);
        }
        Memory.putFloat(floats + 4L * lane, value);
      }
    }

    @Override
    void merge(long accumulator, long later, int lanes) {
      flush(accumulator, lanes);
      flush(later, lanes);
      wide.merge(accumulator, later, lanes);
    }

    @Override
    void finish(long accumulator, int lanes, int columns, long to) {
      flush(accumulator, lanes);
      wide.finish(accumulator, lanes, columns, to);
    }
  }

  private static final class OfArguments extends ColumnFold {
    private final boolean max;
    private final DType type;

    OfArguments(boolean max, DType type) {
      this.max = max;
      this.type = type;
    }

    private static long index(long accumulator, int lanes, int lane) {
      return accumulator + 8L * lanes + 8L * lane;
    }

    @Override
    void start(long accumulator, int lanes) {
      for (int lane = 0; lane < lanes; lane++) {
        Memory.putLong(index(accumulator, lanes, lane), -1);
      }
    }

    @Override
    void add(long accumulator, int lanes, long x, long y, int rows, int width, long index) {
      for (int row = 0; row < rows; row++) {
        for (int lane = 0; lane < width; lane++) {
          long from = (long) row * lanes + lane;
          if (type.isFloatingPoint()) {
            offer(accumulator, lanes, lane, getDouble(type, x, from), index + row);
          } else {
            offer(accumulator, lanes, lane, getLong(type, x, from), index + row);
          }
        }
      }
    }

    private void offer(long accumulator, int lanes, int lane, double value, long index) {
      long at = accumulator + 8L * lane;
      long place = index(accumulator, lanes, lane);
      if (Memory.getLong(place) < 0 || RowFold.better(max, value, Memory.getDouble(at))) {
        Memory.putDouble(at, value);
        Memory.putLong(place, index);
      }
    }

    private void offer(long accumulator, int lanes, int lane, long value, long index) {
      long at = accumulator + 8L * lane;
      long place = index(accumulator, lanes, lane);
      long best = Memory.getLong(at);
      if (Memory.getLong(place) < 0 || (max ? value > best : value < best)) {
        Memory.putLong(at, value);
        Memory.putLong(place, index);
      }
    }

    @Override
    void merge(long accumulator, long later, int lanes) {
      for (int lane = 0; lane < lanes; lane++) {
        long place = Memory.getLong(index(later, lanes, lane));
        if (place < 0) {
          continue;
        }
        if (type.isFloatingPoint()) {
          offer(accumulator, lanes, lane, Memory.getDouble(later + 8L * lane), place);
        } else {
          offer(accumulator, lanes, lane, Memory.getLong(later + 8L * lane), place);
        }
      }
    }

    @Override
    void finish(long accumulator, int lanes, int columns, long to) {
      for (int column = 0; column < columns; column++) {
        long place = Memory.getLong(index(accumulator, lanes, column));
        Memory.putLong(to + 8L * column, Math.max(0, place));
      }
    }
  }
}
