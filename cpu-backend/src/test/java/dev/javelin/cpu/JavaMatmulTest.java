package dev.javelin.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.javelin.cpu.MatmulCases.Order;
import dev.javelin.cpu.MatmulSpec.Bias;
import dev.javelin.kernels.DType;
import java.lang.foreign.Arena;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JavaMatmulTest {
  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64", "INT32", "INT64"})
  void agreesWithDoubleSums(DType type) {
    for (MatmulSpec spec : MatmulCases.all()) {
      MatmulCases.check(spec, type, JavaMatmul.of(spec, type));
    }
  }

  @Test
  void agreesWithoutVectors() {
    for (MatmulSpec spec : MatmulCases.all()) {
      MatmulCases.check(spec, DType.FLOAT32, JavaMatmul.scalar(spec, DType.FLOAT32));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64", "INT64"})
  void agreesWhereBlocksEnd(DType type) {
    // Larger than the blocks of all implementations, and divided over threads.
    for (Order a : Order.values()) {
      for (Order b : Order.values()) {
        var spec = MatmulCases.spec(1, 21, 270, 300, a, b, Bias.PER_COLUMN, Activation.RELU);
        MatmulCases.check(spec, type, JavaMatmul.of(spec, type));
        MatmulCases.check(spec, type, JavaMatmul.scalar(spec, type));
      }
    }
  }

  /// The order of a sum must not change when the JIT compiles it, so it is known: each lane by itself, then by halves.
  @Test
  void sumsOfRowsAreAddedByHalves() {
    assumeTrue(Loops.vectorised() && VectorLoops.W >= 4, "there are no vectors");
    int lanes = VectorLoops.W;
    int k = 37 * lanes;
    var random = new SplittableRandom(3);
    try (var arena = Arena.ofConfined()) {
      for (int n = 1; n <= 4; n++) {
        long a = MatmulCases.values(arena, random, DType.FLOAT32, k);
        long b = MatmulCases.values(arena, random, DType.FLOAT32, (long) k * n);
        long c = arena.allocate(16).address();
        JavaMatmul.of(MatmulSpec.contiguous(1, n, k, false, true), DType.FLOAT32).run(a, b, 0, c);
        for (int j = 0; j < n; j++) {
          float[] sums = new float[lanes];
          for (int p = 0; p < k; p++) {
            float x = Memory.getFloat(a + 4L * p);
            float y = Memory.getFloat(b + 4L * ((long) j * k + p));
            sums[p % lanes] = Math.fma(x, y, sums[p % lanes]);
          }
          for (int half = lanes / 2; half > 0; half /= 2) {
            for (int lane = 0; lane < half; lane++) {
              sums[lane] += sums[lane + half];
            }
          }
          assertEquals(sums[0], Memory.getFloat(c + 4L * j), n + " columns, column " + j);
        }
      }
    }
  }

  @Test
  void sharedOperandsOfABatch() {
    MatmulSpec s =
        MatmulCases.spec(5, 9, 20, 17, Order.ROWS, Order.ROWS, Bias.NONE, Activation.NONE);
    for (long aBatch : new long[] {0, s.aBatch()}) {
      for (long bBatch : new long[] {0, s.bBatch()}) {
        MatmulSpec shared = JavaMatmulTest.batches(s, aBatch, bBatch);
        MatmulCases.check(shared, DType.FLOAT32, JavaMatmul.of(shared, DType.FLOAT32));
      }
    }
  }

  static MatmulSpec batches(MatmulSpec s, long aBatch, long bBatch) {
    return new MatmulSpec(
        s.batch(),
        s.m(),
        s.n(),
        s.k(),
        aBatch,
        s.aRow(),
        s.aCol(),
        bBatch,
        s.bRow(),
        s.bCol(),
        s.cBatch(),
        s.cRow(),
        s.bias(),
        s.activation());
  }

  @Test
  void aTallBatchBecomesOneMatrix() {
    MatmulSpec batch =
        new MatmulSpec(6, 4, 9, 8, 32, 8, 1, 0, 9, 1, 36, 9, Bias.PER_COLUMN, Activation.RELU);
    MatmulSpec flat = batch.normalized();
    assertEquals(1, flat.batch());
    assertEquals(24, flat.m());
    MatmulCases.check(batch, DType.FLOAT32, JavaMatmul.of(batch, DType.FLOAT32));
  }

  @Test
  void integersWrapAround() {
    try (var arena = Arena.ofConfined()) {
      long a = arena.allocate(8).address();
      long c = arena.allocate(8).address();
      Memory.putLong(a, Long.MAX_VALUE);
      JavaMatmul.of(MatmulSpec.contiguous(1, 1, 1, false, false), DType.INT64).run(a, a, 0, c);
      assertEquals(1, Memory.getLong(c));
    }
  }

  @Test
  void reluKeepsNotANumber() {
    MatmulSpec s =
        MatmulCases.spec(1, 5, 37, 3, Order.ROWS, Order.ROWS, Bias.NONE, Activation.RELU);
    try (var arena = Arena.ofConfined()) {
      long a = MatmulCases.values(arena, new SplittableRandom(1), DType.FLOAT32, 15);
      long b = MatmulCases.values(arena, new SplittableRandom(2), DType.FLOAT32, 3 * 37);
      long c = MatmulCases.values(arena, new SplittableRandom(3), DType.FLOAT32, 5 * 38);
      Memory.putFloat(a, Float.NaN);
      for (Matmul matmul :
          new Matmul[] {JavaMatmul.of(s, DType.FLOAT32), JavaMatmul.scalar(s, DType.FLOAT32)}) {
        matmul.run(a, b, 0, c);
        for (long j = 0; j < 37; j++) {
          assertTrue(Float.isNaN(Memory.getFloat(c + 4 * j)));
          assertTrue(Memory.getFloat(c + 4 * (38 + j)) >= 0);
        }
      }
    }
  }

  @Test
  void theSameBitsEachTime() {
    MatmulSpec s =
        MatmulCases.spec(1, 100, 333, 777, Order.ROWS, Order.COLUMNS, Bias.NONE, Activation.NONE);
    try (var arena = Arena.ofConfined()) {
      long a = MatmulCases.values(arena, new SplittableRandom(1), DType.FLOAT32, 100 * 777);
      long b = MatmulCases.values(arena, new SplittableRandom(2), DType.FLOAT32, 777 * 333);
      long c = arena.allocate(4 * 100 * 334).address();
      long again = arena.allocate(4 * 100 * 334).address();
      JavaMatmul.of(s, DType.FLOAT32).run(a, b, 0, c);
      for (int round = 0; round < 20; round++) {
        JavaMatmul.of(s, DType.FLOAT32).run(a, b, 0, again);
        for (long i = 0; i < 100 * 334; i++) {
          assertEquals(Memory.getInt(c + 4 * i), Memory.getInt(again + 4 * i));
        }
      }
    }
  }

  @Test
  void otherTypesAreRefused() {
    var spec = MatmulSpec.contiguous(2, 2, 2, false, false);
    assertThrows(IllegalArgumentException.class, () -> JavaMatmul.of(spec, DType.BFLOAT16));
  }
}
