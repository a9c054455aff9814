package dev.javelin.cpu;

import dev.javelin.cpu.MatmulSpec.Bias;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// Matrix products in plain Java, one class for each type of elements.
///
/// Blocks of b are copied into arrays on the heap, one for each row, and four rows at a time are added to a row of c.
/// All of them have the same index then, which is the form of loop that the JIT turns into vector instructions; it
/// does not do so for loops over native memory.
final class ScalarMatmul {
  static final Gemm FLOAT = new Floats();
  static final Gemm DOUBLE = new Doubles();
  static final Gemm INT = new Ints();
  static final Gemm LONG = new Longs();

  /// Columns of c in a block.
  private static final int WIDTH = 256;

  /// Rows of b in a block: with the width, what fits into the cache of a processor.
  private static final int DEPTH = 128;

  private ScalarMatmul() {}

  /// The blocking, which is the same for all types.
  private abstract static class Blocked extends Gemm {
    private final int bytes;

    Blocked(int bytes) {
      this.bytes = bytes;
    }

    /// Copies a block of b into the arrays of the thread.
    abstract void load(int depth, int width, long b, long bRow, long bCol);

    /// One row of c over a block: the product with the block of b.
    abstract void row(int depth, int width, long a, long aCol, long c, boolean add);

    @Override
    final void multiply(
        long m,
        long n,
        long k,
        long a,
        long aRow,
        long aCol,
        long b,
        long bRow,
        long bCol,
        long c,
        long cRow,
        boolean add) {
      for (long j = 0; j < n; j += WIDTH) {
        int width = (int) Math.min(WIDTH, n - j);
        // Runs once where there are no terms, to clear c.
        for (long p = 0; p == 0 || p < k; p += DEPTH) {
          int depth = (int) Math.min(DEPTH, k - p);
          load(depth, width, b + bytes * (p * bRow + j * bCol), bytes * bRow, bytes * bCol);
          for (long i = 0; i < m; i++) {
            row(
                depth,
                width,
                a + bytes * (i * aRow + p * aCol),
                bytes * aCol,
                c + bytes * (i * cRow + j),
                add || p > 0);
          }
        }
      }
    }
  }

  /// Float32.
  private static final class Floats extends Blocked {
    private static final ThreadLocal<float[][]> BLOCK =
        ThreadLocal.withInitial(() -> new float[DEPTH + 1][WIDTH]);

    Floats() {
      super(4);
    }

    @Override
    void load(int depth, int width, long b, long bRow, long bCol) {
      float[][] block = BLOCK.get();
      if (bCol == 4) {
        for (int p = 0; p < depth; p++) {
          MemorySegment.copy(
              Memory.ALL, ValueLayout.JAVA_FLOAT_UNALIGNED, b + p * bRow, block[p], 0, width);
        }
        return;
      }
      for (int j = 0; j < width; j++) {
        long from = b + j * bCol;
        for (int p = 0; p < depth; p++) {
          block[p][j] = Memory.getFloat(from + p * bRow);
        }
      }
    }

    @Override
    void row(int depth, int width, long a, long aCol, long c, boolean add) {
      float[][] block = BLOCK.get();
      float[] sums = block[DEPTH];
      if (add) {
        MemorySegment.copy(Memory.ALL, ValueLayout.JAVA_FLOAT_UNALIGNED, c, sums, 0, width);
      } else {
        Arrays.fill(sums, 0, width, 0f);
      }
      int p = 0;
      for (; p + 4 <= depth; p += 4) {
        float x0 = Memory.getFloat(a + p * aCol);
        float x1 = Memory.getFloat(a + (p + 1) * aCol);
        float x2 = Memory.getFloat(a + (p + 2) * aCol);
        float x3 = Memory.getFloat(a + (p + 3) * aCol);
        float[] b0 = block[p];
        float[] b1 = block[p + 1];
        float[] b2 = block[p + 2];
        float[] b3 = block[p + 3];
        for (int j = 0; j < width; j++) {
          sums[j] += x0 * b0[j] + x1 * b1[j] + x2 * b2[j] + x3 * b3[j];
        }
      }
      for (; p < depth; p++) {
        float x = Memory.getFloat(a + p * aCol);
        float[] b0 = block[p];
        for (int j = 0; j < width; j++) {
          sums[j] += x * b0[j];
        }
      }
      MemorySegment.copy(sums, 0, Memory.ALL, ValueLayout.JAVA_FLOAT_UNALIGNED, c, width);
    }

    @Override
    void finish(long m, long n, long c, long cRow, Bias kind, long bias, Activation activation) {
      for (long i = 0; i < m; i++) {
        for (long j = 0; j < n; j++) {
          long at = c + 4 * (i * cRow + j);
          float x = Memory.getFloat(at);
          if (kind != Bias.NONE) {
            x += Memory.getFloat(bias + 4 * (kind == Bias.PER_ROW ? i : j));
          }
          Memory.putFloat(at, activation == Activation.RELU ? Math.max(x, 0f) : x);
        }
      }
    }
  }

  /// Float64.
  private static final class Doubles extends Blocked {
    private static final ThreadLocal<double[][]> BLOCK =
        ThreadLocal.withInitial(() -> new double[DEPTH + 1][WIDTH]);

    Doubles() {
      super(8);
    }

    @Override
    void load(int depth, int width, long b, long bRow, long bCol) {
      double[][] block = BLOCK.get();
      if (bCol == 8) {
        for (int p = 0; p < depth; p++) {
          MemorySegment.copy(
              Memory.ALL, ValueLayout.JAVA_DOUBLE_UNALIGNED, b + p * bRow, block[p], 0, width);
        }
        return;
      }
      for (int j = 0; j < width; j++) {
        long from = b + j * bCol;
        for (int p = 0; p < depth; p++) {
          block[p][j] = Memory.getDouble(from + p * bRow);
        }
      }
    }

    @Override
    void row(int depth, int width, long a, long aCol, long c, boolean add) {
      double[][] block = BLOCK.get();
      double[] sums = block[DEPTH];
      if (add) {
        MemorySegment.copy(Memory.ALL, ValueLayout.JAVA_DOUBLE_UNALIGNED, c, sums, 0, width);
      } else {
        Arrays.fill(sums, 0, width, 0.0);
      }
      int p = 0;
      for (; p + 4 <= depth; p += 4) {
        double x0 = Memory.getDouble(a + p * aCol);
        double x1 = Memory.getDouble(a + (p + 1) * aCol);
        double x2 = Memory.getDouble(a + (p + 2) * aCol);
        double x3 = Memory.getDouble(a + (p + 3) * aCol);
        double[] b0 = block[p];
        double[] b1 = block[p + 1];
        double[] b2 = block[p + 2];
        double[] b3 = block[p + 3];
        for (int j = 0; j < width; j++) {
          sums[j] += x0 * b0[j] + x1 * b1[j] + x2 * b2[j] + x3 * b3[j];
        }
      }
      for (; p < depth; p++) {
        double x = Memory.getDouble(a + p * aCol);
        double[] b0 = block[p];
        for (int j = 0; j < width; j++) {
          sums[j] += x * b0[j];
        }
      }
      MemorySegment.copy(sums, 0, Memory.ALL, ValueLayout.JAVA_DOUBLE_UNALIGNED, c, width);
    }

    @Override
    void finish(long m, long n, long c, long cRow, Bias kind, long bias, Activation activation) {
      for (long i = 0; i < m; i++) {
        for (long j = 0; j < n; j++) {
          long at = c + 8 * (i * cRow + j);
          double x = Memory.getDouble(at);
          if (kind != Bias.NONE) {
            x += Memory.getDouble(bias + 8 * (kind == Bias.PER_ROW ? i : j));
          }
          Memory.putDouble(at, activation == Activation.RELU ? Math.max(x, 0.0) : x);
        }
      }
    }
  }

  /// Int32, modulo 2^32.
  private static final class Ints extends Blocked {
    private static final ThreadLocal<int[][]> BLOCK =
        ThreadLocal.withInitial(() -> new int[DEPTH + 1][WIDTH]);

    Ints() {
      super(4);
    }

    @Override
    void load(int depth, int width, long b, long bRow, long bCol) {
      int[][] block = BLOCK.get();
      if (bCol == 4) {
        for (int p = 0; p < depth; p++) {
          MemorySegment.copy(
              Memory.ALL, ValueLayout.JAVA_INT_UNALIGNED, b + p * bRow, block[p], 0, width);
        }
        return;
      }
      for (int j = 0; j < width; j++) {
        long from = b + j * bCol;
        for (int p = 0; p < depth; p++) {
          block[p][j] = Memory.getInt(from + p * bRow);
        }
      }
    }

    @Override
    void row(int depth, int width, long a, long aCol, long c, boolean add) {
      int[][] block = BLOCK.get();
      int[] sums = block[DEPTH];
      if (add) {
        MemorySegment.copy(Memory.ALL, ValueLayout.JAVA_INT_UNALIGNED, c, sums, 0, width);
      } else {
        Arrays.fill(sums, 0, width, 0);
      }
      int p = 0;
      for (; p + 4 <= depth; p += 4) {
        int x0 = Memory.getInt(a + p * aCol);
        int x1 = Memory.getInt(a + (p + 1) * aCol);
        int x2 = Memory.getInt(a + (p + 2) * aCol);
        int x3 = Memory.getInt(a + (p + 3) * aCol);
        int[] b0 = block[p];
        int[] b1 = block[p + 1];
        int[] b2 = block[p + 2];
        int[] b3 = block[p + 3];
        for (int j = 0; j < width; j++) {
          sums[j] += x0 * b0[j] + x1 * b1[j] + x2 * b2[j] + x3 * b3[j];
        }
      }
      for (; p < depth; p++) {
        int x = Memory.getInt(a + p * aCol);
        int[] b0 = block[p];
        for (int j = 0; j < width; j++) {
          sums[j] += x * b0[j];
        }
      }
      MemorySegment.copy(sums, 0, Memory.ALL, ValueLayout.JAVA_INT_UNALIGNED, c, width);
    }

    @Override
    void finish(long m, long n, long c, long cRow, Bias kind, long bias, Activation activation) {
      for (long i = 0; i < m; i++) {
        for (long j = 0; j < n; j++) {
          long at = c + 4 * (i * cRow + j);
          int x = Memory.getInt(at);
          if (kind != Bias.NONE) {
            x += Memory.getInt(bias + 4 * (kind == Bias.PER_ROW ? i : j));
          }
          Memory.putInt(at, activation == Activation.RELU ? Math.max(x, 0) : x);
        }
      }
    }
  }

  /// Int64, modulo 2^64.
  private static final class Longs extends Blocked {
    private static final ThreadLocal<long[][]> BLOCK =
        ThreadLocal.withInitial(() -> new long[DEPTH + 1][WIDTH]);

    Longs() {
      super(8);
    }

    @Override
    void load(int depth, int width, long b, long bRow, long bCol) {
      long[][] block = BLOCK.get();
      if (bCol == 8) {
        for (int p = 0; p < depth; p++) {
          MemorySegment.copy(
              Memory.ALL, ValueLayout.JAVA_LONG_UNALIGNED, b + p * bRow, block[p], 0, width);
        }
        return;
      }
      for (int j = 0; j < width; j++) {
        long from = b + j * bCol;
        for (int p = 0; p < depth; p++) {
          block[p][j] = Memory.getLong(from + p * bRow);
        }
      }
    }

    @Override
    void row(int depth, int width, long a, long aCol, long c, boolean add) {
      long[][] block = BLOCK.get();
      long[] sums = block[DEPTH];
      if (add) {
        MemorySegment.copy(Memory.ALL, ValueLayout.JAVA_LONG_UNALIGNED, c, sums, 0, width);
      } else {
        Arrays.fill(sums, 0, width, 0L);
      }
      int p = 0;
      for (; p + 4 <= depth; p += 4) {
        long x0 = Memory.getLong(a + p * aCol);
        long x1 = Memory.getLong(a + (p + 1) * aCol);
        long x2 = Memory.getLong(a + (p + 2) * aCol);
        long x3 = Memory.getLong(a + (p + 3) * aCol);
        long[] b0 = block[p];
        long[] b1 = block[p + 1];
        long[] b2 = block[p + 2];
        long[] b3 = block[p + 3];
        for (int j = 0; j < width; j++) {
          sums[j] += x0 * b0[j] + x1 * b1[j] + x2 * b2[j] + x3 * b3[j];
        }
      }
      for (; p < depth; p++) {
        long x = Memory.getLong(a + p * aCol);
        long[] b0 = block[p];
        for (int j = 0; j < width; j++) {
          sums[j] += x * b0[j];
        }
      }
      MemorySegment.copy(sums, 0, Memory.ALL, ValueLayout.JAVA_LONG_UNALIGNED, c, width);
    }

    @Override
    void finish(long m, long n, long c, long cRow, Bias kind, long bias, Activation activation) {
      for (long i = 0; i < m; i++) {
        for (long j = 0; j < n; j++) {
          long at = c + 8 * (i * cRow + j);
          long x = Memory.getLong(at);
          if (kind != Bias.NONE) {
            x += Memory.getLong(bias + 8 * (kind == Bias.PER_ROW ? i : j));
          }
          Memory.putLong(at, activation == Activation.RELU ? Math.max(x, 0L) : x);
        }
      }
    }
  }
}
