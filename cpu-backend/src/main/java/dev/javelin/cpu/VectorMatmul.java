package dev.javelin.cpu;

import dev.javelin.cpu.MatmulSpec.Bias;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// Float32 matrix products with the Vector API; of these classes the only one that needs its module.
///
/// Two inner loops. In general a panel of b two vectors wide is packed, and four rows of c at a time are kept in
/// registers. Where the rows of a and the columns of b are runs of memory, as in a linear layer's `x w^T`, and packing b
/// would not pay, there are two ways: with as many rows as fill vectors, c is computed transposed, so that a is packed;
/// with fewer, four elements of c are summed lane by lane, with nothing packed, and each sum is reduced once at the end.
///
/// The loops are small on purpose: the first JIT compiler gives up on Vector API methods with many live vectors, and
/// such a method then stays in a profiling version that is a hundred times slower.
final class VectorMatmul extends Gemm {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int LANES = S.length();
  private static final long VECTOR = 4L * LANES;

  /// Columns of a panel.
  private static final int WIDTH = 2 * LANES;

  /// Rows of a panel: so many that it stays in the first-level cache.
  private static final int DEPTH = 256;

  /// Columns of c that are computed transposed at once.
  private static final long STRIP = 256;

  /// For [#laneSums], which fills quarters of a vector.
  private static final int FEWEST_LANES = 4;

  /// Up to so many products a plain loop is the fastest.
  private static final long TINY = 100;

  /// Rows of a that are used again and again while panels of b pass by: some 256 KiB.
  private static final long REUSED = 65_536;

  // Steps of adding up the lanes of a vector.

  private static final VectorShuffle<Float> HALVES = exchange(LANES / 2);
  private static final VectorShuffle<Float> QUARTERS = exchange(LANES / 4);
  private static final VectorShuffle<Float> PAIRS = exchange(Math.min(2, LANES / 4));
  private static final VectorShuffle<Float> SINGLES = exchange(1);
  private static final VectorMask<Float> UPPER_HALF = upper(LANES / 2);
  private static final VectorMask<Float> ODD_QUARTERS = upper(LANES / 4);

  @Override
  void multiply(
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
    if (m == 0 || n == 0) {
      return;
    }
    if (k == 0) {
      clear(m, n, c, cRow, add);
    } else if (m * n * k <= TINY) {
      direct(m, n, k, a, 4 * aRow, 4 * aCol, b, 4 * bRow, 4 * bCol, c, 4 * cRow, add);
    } else if (aCol == 1
        && bRow == 1
        && bCol != 1
        && k >= WIDTH
        && LANES >= FEWEST_LANES
        && fewRows(m, k)) {
      if (!add && fillsVectors(m)) {
        transposed(m, n, k, a, 4 * aRow, b, 4 * bCol, c, 4 * cRow);
      } else {
        runs(m, n, k, a, 4 * aRow, b, 4 * bCol, c, 4 * cRow, add);
      }
    } else {
      panels(m, n, k, a, 4 * aRow, 4 * aCol, b, 4 * bRow, 4 * bCol, c, 4 * cRow, add);
    }
  }

  /// Whether packing the columns of b would cost more than it saves.
  private static boolean fewRows(long m, long k) {
    return m <= 8 || (m <= 96 && k >= 256);
  }

  /// Whether rows of c, as columns of its transpose, fill most of their vectors.
  private static boolean fillsVectors(long m) {
    return 8 * m >= 5 * Math.ceilDiv(m, WIDTH) * WIDTH;
  }

  private static void clear(long m, long n, long c, long cRow, boolean add) {
    for (long i = 0; !add && i < m; i++) {
      Memory.clear(c + 4 * i * cRow, 4 * n);
    }
  }

  // From here on strides are in bytes.

  private static void direct(
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
    for (long i = 0; i < m; i++) {
      for (long j = 0; j < n; j++) {
        float sum = 0;
        for (long p = 0; p < k; p++) {
          sum +=
              Memory.getFloat(a + i * aRow + p * aCol) * Memory.getFloat(b + p * bRow + j * bCol);
        }
        put(c + i * cRow + 4 * j, sum, add);
      }
    }
  }

  private static void panels(
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
    Scratch scratch = Scratch.borrow();
    try {
      long panel = scratch.reserve(4L * (DEPTH + 4) * WIDTH);
      long tile = panel + 4L * DEPTH * WIDTH;
      for (long p = 0; p < k; p += DEPTH) {
        int depth = (int) Math.min(DEPTH, k - p);
        for (long j = 0; j < n; j += WIDTH) {
          int width = (int) Math.min(WIDTH, n - j);
          long from = b + p * bRow + j * bCol;
          long to = c + 4 * j;
          if (width == WIDTH && bCol == 4 && m <= 8) {
            column(m, depth, a + p * aCol, aRow, aCol, from, bRow, to, cRow, add || p > 0);
            continue;
          }
          pack(depth, width, from, bRow, bCol, panel);
          if (width == WIDTH) {
            column(m, depth, a + p * aCol, aRow, aCol, panel, 2 * VECTOR, to, cRow, add || p > 0);
          } else {
            edge(m, depth, width, a + p * aCol, aRow, aCol, panel, to, cRow, add || p > 0, tile);
          }
        }
      }
    } finally {
      scratch.giveBack();
    }
  }

  /// A column of tiles of full width.
  private static void column(
      long m,
      int depth,
      long a,
      long aRow,
      long aCol,
      long b,
      long bRow,
      long c,
      long cRow,
      boolean add) {
    for (long i = 0; i < m; i += 4) {
      // Past the last row the last row again: it is computed twice, to the same effect.
      long last = m - 1 - i;
      long r1 = Math.min(1, last);
      long r2 = Math.min(2, last);
      long r3 = Math.min(3, last);
      long ai = a + i * aRow;
      long ci = c + i * cRow;
      tile(
          depth,
          ai,
          ai + r1 * aRow,
          ai + r2 * aRow,
          ai + r3 * aRow,
          aCol,
          b,
          bRow,
          ci,
          ci + r1 * cRow,
          ci + r2 * cRow,
          ci + r3 * cRow,
          add);
    }
  }

  /// The last column of tiles, which is narrower: each tile is computed in full width beside c.
  private static void edge(
      long m,
      int depth,
      int width,
      long a,
      long aRow,
      long aCol,
      long b,
      long c,
      long cRow,
      boolean add,
      long tile) {
    for (long i = 0; i < m; i += 4) {
      long rows = Math.min(4, m - i);
      column(rows, depth, a + i * aRow, aRow, aCol, b, 2 * VECTOR, tile, 2 * VECTOR, false);
      for (long r = 0; r < rows; r++) {
        long from = tile + r * 2 * VECTOR;
        long to = c + (i + r) * cRow;
        for (long j = 0; j < 4L * width; j += 4) {
          Memory.putFloat(to + j, Memory.getFloat(from + j) + (add ? Memory.getFloat(to + j) : 0f));
        }
      }
    }
  }

  /// Four rows of c, two vectors wide.
  private static void tile(
      int depth,
      long a0,
      long a1,
      long a2,
      long a3,
      long aCol,
      long b,
      long bRow,
      long c0,
      long c1,
      long c2,
      long c3,
      boolean add) {
    FloatVector s00 = FloatVector.zero(S);
    FloatVector s01 = s00;
    FloatVector s10 = s00;
    FloatVector s11 = s00;
    FloatVector s20 = s00;
    FloatVector s21 = s00;
    FloatVector s30 = s00;
    FloatVector s31 = s00;
    long q = 0;
    for (int p = 0; p < depth; p++) {
      FloatVector left = load(b);
      FloatVector right = load(b + VECTOR);
      b += bRow;
      FloatVector x = FloatVector.broadcast(S, Memory.getFloat(a0 + q));
      s00 = x.fma(left, s00);
      s01 = x.fma(right, s01);
      x = FloatVector.broadcast(S, Memory.getFloat(a1 + q));
      s10 = x.fma(left, s10);
      s11 = x.fma(right, s11);
      x = FloatVector.broadcast(S, Memory.getFloat(a2 + q));
      s20 = x.fma(left, s20);
      s21 = x.fma(right, s21);
      x = FloatVector.broadcast(S, Memory.getFloat(a3 + q));
      s30 = x.fma(left, s30);
      s31 = x.fma(right, s31);
      q += aCol;
    }
    if (add) {
      // All loads before the first store: rows may be the same.
      s00 = s00.add(load(c0));
      s01 = s01.add(load(c0 + VECTOR));
      s10 = s10.add(load(c1));
      s11 = s11.add(load(c1 + VECTOR));
      s20 = s20.add(load(c2));
      s21 = s21.add(load(c2 + VECTOR));
      s30 = s30.add(load(c3));
      s31 = s31.add(load(c3 + VECTOR));
    }
    store(s00, c0);
    store(s01, c0 + VECTOR);
    store(s10, c1);
    store(s11, c1 + VECTOR);
    store(s20, c2);
    store(s21, c2 + VECTOR);
    store(s30, c3);
    store(s31, c3 + VECTOR);
  }

  /// Copies a block of b so that its rows follow each other, filled up with zeros.
  private static void pack(int depth, int width, long b, long bRow, long bCol, long panel) {
    if (width == WIDTH && bCol == 4) {
      for (int p = 0; p < depth; p++) {
        long from = b + p * bRow;
        long to = panel + p * 2L * VECTOR;
        store(load(from), to);
        store(load(from + VECTOR), to + VECTOR);
      }
      return;
    }
    if (bRow == 4) {
      boolean vectors = Transposition.isReady((long) depth * width);
      Transposition.run(b, bCol, panel, 2 * VECTOR, depth, width, 4, vectors);
    } else {
      for (int p = 0; p < depth; p++) {
        Elements.copyLine(b + p * bRow, bCol, panel + p * 2L * VECTOR, 4, width, 4);
      }
    }
    for (int p = 0; width < WIDTH && p < depth; p++) {
      Memory.clear(panel + p * 2L * VECTOR + 4L * width, 4L * (WIDTH - width));
    }
  }

  /// Computes c, whose terms lie side by side in both a and b, by strips of its transpose.
  private static void transposed(
      long m, long n, long k, long a, long aRow, long b, long bCol, long c, long cRow) {
    Scratch scratch = Scratch.borrow();
    try {
      long strip = scratch.reserve(4 * m * Math.min(n, STRIP)); // [columns of c, rows of c]
      for (long j = 0; j < n; j += STRIP) {
        long width = Math.min(STRIP, n - j);
        panels(width, m, k, b + j * bCol, bCol, 4, a, 4, aRow, strip, 4 * m, false);
        boolean vectors = Transposition.isReady(m * width);
        Transposition.run(strip, 4 * m, c + 4 * j, cRow, m, width, 4, vectors);
      }
    } finally {
      scratch.giveBack();
    }
  }

  private static void runs(
      long m,
      long n,
      long k,
      long a,
      long aRow,
      long b,
      long bCol,
      long c,
      long cRow,
      boolean add) {
    long block = Math.max(4, REUSED / k & -4);
    for (long from = 0; from < m; from += block) {
      long to = Math.min(m, from + block);
      for (long j = 0; j < n; j += 4) {
        long width = Math.min(4, n - j);
        for (long i = from; i < to; i++) {
          four(k, width, a + i * aRow, b + j * bCol, bCol, c + i * cRow + 4 * j, add);
        }
      }
    }
  }

  /// Up to four elements of a row of c.
  private static void four(long k, long width, long a, long b, long bCol, long c, boolean add) {
    long b1 = b + Math.min(1, width - 1) * bCol;
    long b2 = b + Math.min(2, width - 1) * bCol;
    long b3 = b + Math.min(3, width - 1) * bCol;
    FloatVector s0 = FloatVector.zero(S);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    long bulk = 4 * (k / LANES * LANES);
    for (long q = 0; q < bulk; q += VECTOR) {
      FloatVector x = load(a + q);
      s0 = x.fma(load(b + q), s0);
      s1 = x.fma(load(b1 + q), s1);
      s2 = x.fma(load(b2 + q), s2);
      s3 = x.fma(load(b3 + q), s3);
    }
    FloatVector sums = laneSums(s0, s1, s2, s3);
    float t0 = sums.lane(0);
    float t1 = sums.lane(LANES / 2);
    float t2 = sums.lane(LANES / 4);
    float t3 = sums.lane(LANES / 4 * 3);
    for (long q = bulk; q < 4 * k; q += 4) {
      float x = Memory.getFloat(a + q);
      t0 += x * Memory.getFloat(b + q);
      t1 += x * Memory.getFloat(b1 + q);
      t2 += x * Memory.getFloat(b2 + q);
      t3 += x * Memory.getFloat(b3 + q);
    }
    put(c, t0, add);
    if (width > 1) {
      put(c + 4, t1, add);
    }
    if (width > 2) {
      put(c + 8, t2, add);
    }
    if (width > 3) {
      put(c + 12, t3, add);
    }
  }

  /// The sums of the lanes of four vectors, each in the first lanes of a quarter: of s0, s2, s1 and s3.
  ///
  /// Always by the same halves. `reduceLanes` adds in one order before the JIT has compiled it and in another after.
  private static FloatVector laneSums(
      FloatVector s0, FloatVector s1, FloatVector s2, FloatVector s3) {
    FloatVector a = s0.blend(s1, UPPER_HALF).add(s1.blend(s0, UPPER_HALF).rearrange(HALVES));
    FloatVector b = s2.blend(s3, UPPER_HALF).add(s3.blend(s2, UPPER_HALF).rearrange(HALVES));
    FloatVector sums = a.blend(b, ODD_QUARTERS).add(b.blend(a, ODD_QUARTERS).rearrange(QUARTERS));
    if (LANES == 16) {
      sums = sums.add(sums.rearrange(PAIRS));
    }
    return LANES >= 8 ? sums.add(sums.rearrange(SINGLES)) : sums;
  }

  /// Exchanges lanes that are so far apart.
  private static VectorShuffle<Float> exchange(int distance) {
    return VectorShuffle.fromOp(S, lane -> lane ^ distance);
  }

  /// The lanes in whose number that bit is set.
  private static VectorMask<Float> upper(int bit) {
    boolean[] lanes = new boolean[LANES];
    for (int lane = 0; lane < LANES; lane++) {
      lanes[lane] = (lane & bit) != 0;
    }
    return VectorMask.fromArray(S, lanes, 0);
  }

  private static void put(long c, float value, boolean add) {
    Memory.putFloat(c, add ? Memory.getFloat(c) + value : value);
  }

  @Override
  void finish(long m, long n, long c, long cRow, Bias kind, long bias, Activation activation) {
    boolean relu = activation == Activation.RELU;
    long bulk = n / LANES * LANES;
    for (long i = 0; i < m; i++) {
      long row = c + 4 * i * cRow;
      float perRow = kind == Bias.PER_ROW ? Memory.getFloat(bias + 4 * i) : 0f;
      boolean perColumn = kind == Bias.PER_COLUMN;
      for (long j = 0; j < bulk; j += LANES) {
        FloatVector x = load(row + 4 * j);
        x = x.add(perColumn ? load(bias + 4 * j) : FloatVector.broadcast(S, perRow));
        store(relu ? x.max(0f) : x, row + 4 * j);
      }
      for (long j = bulk; j < n; j++) {
        float x =
            Memory.getFloat(row + 4 * j) + (perColumn ? Memory.getFloat(bias + 4 * j) : perRow);
        Memory.putFloat(row + 4 * j, relu ? Math.max(x, 0f) : x);
      }
    }
  }

  private static FloatVector load(long address) {
    return FloatVector.fromMemorySegment(S, Memory.ALL, address, ORDER);
  }

  private static void store(FloatVector vector, long address) {
    vector.intoMemorySegment(Memory.ALL, address, ORDER);
  }
}
