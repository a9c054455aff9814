package dev.javelin.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Interpreter;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.ScalarOp;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Which products cuBLAS gets, and that it is asked for the right thing: a plain loop that follows cuBLAS' manual gives what the
/// interpreter gives.
final class GemmTest {
  private static final DType FLOAT = DType.FLOAT32;
  private static final int MEMORY = 2000;

  private static Kernel.Contract kernel(View a, View b, View c) {
    return kernel(List.of(FLOAT, FLOAT, FLOAT), a, b, c);
  }

  private static Kernel.Contract kernel(List<DType> types, View a, View b, View c) {
    DType register = types.getFirst().register();
    return new Kernel.Contract(
        types,
        new Kernel.Operand(0, a),
        new Kernel.Operand(1, b),
        register,
        Program.result(register),
        new Kernel.Store(new Kernel.Operand(2, c), 0));
  }

  private static View rows(long... shape) {
    return View.contiguous(Shape.of(shape));
  }

  private static View columns(long rows, long columns) {
    return rows(columns, rows).permute(1, 0);
  }

  /// `cublasGemmStridedBatchedEx` as its manual says: all matrices lie column by column.
  private static void cublas(
      Gemm gemm, float[] a, long aStart, float[] b, long bStart, float[] c, long cStart) {
    // The arguments as Blas gives them: the operands in exchanged order.
    int rows = gemm.n();
    int columns = gemm.m();
    assertTrue(gemm.b().lead() >= Math.max(1, gemm.b().rowsFirst() ? rows : gemm.k()), "ldb");
    assertTrue(gemm.a().lead() >= Math.max(1, gemm.a().rowsFirst() ? gemm.k() : columns), "lda");
    assertTrue(gemm.c().lead() >= Math.max(1, rows), "ldc");
    for (int i = 0; i < gemm.batch(); i++) {
      for (int column = 0; column < columns; column++) {
        for (int row = 0; row < rows; row++) {
          double sum = 0;
          for (int k = 0; k < gemm.k(); k++) {
            sum +=
                (double) element(gemm.b(), b, bStart + i * gemm.b().stride(), row, k)
                    * element(gemm.a(), a, aStart + i * gemm.a().stride(), k, column);
          }
          long at = cStart + i * gemm.c().stride() + (long) column * gemm.c().lead() + row;
          c[(int) at] = (float) sum;
        }
      }
    }
  }

  private static float element(
      Gemm.Matrix matrix, float[] memory, long start, int row, int column) {
    // "N" is column by column; "T" the other way.
    long at =
        matrix.rowsFirst()
            ? row + (long) column * matrix.lead()
            : column + (long) row * matrix.lead();
    return memory[(int) (start + at)];
  }

  private static void check(View a, View b, View c) {
    Kernel.Contract kernel = kernel(a, b, c);
    Gemm gemm = Gemm.of(kernel).orElseThrow();
    assertFalse(gemm.scratch());
    float[][] memory = new float[3][MEMORY];
    for (int i = 0; i < MEMORY; i++) {
      memory[0][i] = i % 7 - 3;
      memory[1][i] = i % 5 - 2;
      memory[2][i] = 1000 + i;
    }
    MemorySegment[] expected = new MemorySegment[3];
    for (int i = 0; i < 3; i++) {
      expected[i] = MemorySegment.ofArray(memory[i].clone());
    }
    Interpreter.run(kernel, expected);
    int left = gemm.swapped() ? 1 : 0;
    View[] views = {a, b, c};
    for (long[] moved : gemm.loop()) {
      cublas(
          gemm,
          memory[left],
          views[left].offset() + moved[0],
          memory[1 - left],
          views[1 - left].offset() + moved[1],
          memory[2],
          c.offset() + moved[2]);
    }
    assertArrayEquals(
        (float[]) expected[2].heapBase().orElseThrow(), memory[2], kernel + " as " + gemm);
  }

  @Test
  void everyOrderOfTheMatrices() {
    for (int m : new int[] {1, 3}) {
      for (int n : new int[] {1, 4}) {
        for (int k : new int[] {1, 5}) {
          for (View a : List.of(rows(m, k), columns(m, k))) {
            for (View b : List.of(rows(k, n), columns(k, n))) {
              for (View c : List.of(rows(m, n), columns(m, n))) {
                check(a, b, c);
              }
            }
          }
        }
      }
    }
  }

  @Test
  void partsOfLargerMatrices() {
    View a = rows(9, 11).slice(0, 2, 1, 3).slice(1, 1, 1, 5);
    View b = columns(8, 9).slice(0, 3, 1, 5).slice(1, 2, 1, 4);
    View c = rows(10, 12).slice(0, 1, 2, 3).slice(1, 4, 1, 4);
    check(a, b, c);
    check(rows(4, 6).slice(0, 2, 1, 1), rows(6, 3), rows(1, 3));
  }

  @Test
  void batches() {
    check(rows(6, 3, 5), rows(6, 5, 4), rows(6, 3, 4));
    check(rows(2, 3, 3, 5), rows(2, 3, 5, 4), rows(2, 3, 3, 4));
    assertEquals(6, batchOf(rows(2, 3, 3, 5), rows(2, 3, 5, 4), rows(2, 3, 3, 4)).batch());
    // Heads: [batch, time, head, size] seen as [batch, head, time, size].
    View heads = rows(2, 3, 4, 5).permute(0, 2, 1, 3);
    check(heads, heads.permute(0, 1, 3, 2), rows(2, 4, 3, 3));
    assertEquals(2, batchOf(heads, heads.permute(0, 1, 3, 2), rows(2, 4, 3, 3)).loop().size());
  }

  @Test
  void oneRightOperandForAllIsOneProduct() {
    View shared = rows(1, 5, 4).expand(Shape.of(6, 5, 4));
    check(rows(6, 3, 5), shared, rows(6, 3, 4));
    Gemm gemm = batchOf(rows(6, 3, 5), shared, rows(6, 3, 4));
    assertEquals(18, gemm.m());
    assertEquals(1, gemm.batch());
    check(rows(6, 1, 5), shared, rows(6, 1, 4));
    // The left one alone for all.
    check(rows(1, 3, 5).expand(Shape.of(6, 3, 5)), rows(6, 5, 4), rows(6, 3, 4));
  }

  private static Gemm batchOf(View a, View b, View c) {
    return Gemm.of(kernel(a, b, c)).orElseThrow();
  }

  private static void refused(View a, View b, View c) {
    Optional<Gemm> gemm = Gemm.of(kernel(a, b, c));
    assertTrue(gemm.isEmpty() || gemm.get().scratch(), gemm.toString());
  }

  @Test
  void leavesTheRestToOurKernel() {
    View every = rows(3, 10).slice(1, 0, 2, 5);
    View backward = rows(3, 5).slice(0, 2, -1, 3);
    View repeated = rows(1, 5).expand(Shape.of(3, 5));
    for (View a : List.of(every, backward, repeated)) {
      assertTrue(Gemm.of(kernel(a, rows(5, 4), rows(3, 4))).isEmpty(), a.toString());
    }
    assertTrue(Gemm.of(kernel(rows(3, 0), rows(0, 4), rows(3, 4))).isEmpty());
    assertTrue(Gemm.of(kernel(rows(0, 5), rows(5, 4), rows(0, 4))).isEmpty());
    // More calls than are worth it.
    View many = rows(40, 3, 41, 5).permute(0, 2, 1, 3);
    assertTrue(Gemm.of(kernel(many, many.permute(0, 1, 3, 2), rows(40, 41, 3, 3))).isEmpty());
    refused(rows(3, 5), rows(5, 4), rows(3, 8).slice(1, 0, 2, 4));
  }

  @Test
  void dtypes() {
    View a = rows(3, 5);
    View b = rows(5, 4);
    View c = rows(3, 4);
    List<List<DType>> taken = new ArrayList<>();
    for (DType type : List.of(DType.FLOAT16, DType.BFLOAT16, DType.FLOAT32, DType.FLOAT64)) {
      taken.add(List.of(type, type, type));
      taken.add(List.of(type, type, type.register()));
    }
    for (List<DType> types : taken) {
      Gemm gemm = Gemm.of(kernel(types, a, b, c)).orElseThrow();
      assertFalse(gemm.scratch(), types.toString());
      assertEquals(types.get(2), gemm.c().type());
    }
    // Converted by a kernel behind it.
    Gemm mixed =
        Gemm.of(kernel(List.of(DType.FLOAT16, DType.FLOAT16, DType.INT32), a, b, c)).orElseThrow();
    assertTrue(mixed.scratch());
    assertEquals(FLOAT, mixed.c().type());
    for (List<DType> types :
        List.of(
            List.of(DType.FLOAT16, DType.FLOAT32, FLOAT),
            List.of(DType.INT32, DType.INT32, DType.INT32),
            List.of(DType.INT64, DType.INT64, DType.INT64))) {
      assertTrue(Gemm.of(kernel(types, a, b, c)).isEmpty(), types.toString());
    }
  }

  /// What follows the product sees it before it is rounded to 16 bits.
  @Test
  void anEpilogueReadsScratchMemory() {
    DType half = DType.FLOAT16;
    Program finish =
        new Program(
            List.of(
                new Instr.Result(0, FLOAT),
                new Instr.Param(0, FLOAT),
                new Instr.Apply(ScalarOp.MUL, FLOAT, 0, 1, -1)));
    Kernel.Contract kernel =
        new Kernel.Contract(
            List.of(half, half, half),
            new Kernel.Operand(0, rows(3, 5)),
            new Kernel.Operand(1, rows(5, 4)),
            FLOAT,
            finish,
            new Kernel.Store(new Kernel.Operand(2, columns(3, 4)), 2));
    Gemm gemm = Gemm.of(kernel).orElseThrow();
    assertTrue(gemm.scratch());
    assertFalse(gemm.swapped());
    assertEquals(new Gemm.Matrix(FLOAT, true, 4, 0), gemm.c());
  }
}
