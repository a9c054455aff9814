package dev.javelin.cpu;

import static dev.javelin.cpu.BackendCheck.operand;

import dev.javelin.cpu.BackendCheck.Layout;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CopyExecutorTest {
  private static void check(DType type, View source, View target) {
    BackendCheck.of(new Kernel.Copy(List.of(type, type), operand(0, source), operand(1, target)))
        .run();
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void copiesBetweenAllLayouts(DType type) {
    for (Layout from : Layout.values()) {
      for (Layout to : Layout.values()) {
        check(type, from.view(3, 5, 7, 4), to.view(3, 5, 7, 4));
        check(type, from.view(17, 33), to.view(17, 33));
      }
    }
  }

  @Test
  void copiesMatricesOfOddSizes() {
    for (long rows : new long[] {0, 1, 3, 7, 8, 13, 31, 33, 100}) {
      for (long columns : new long[] {0, 1, 3, 7, 8, 13, 31, 33, 100}) {
        for (Layout layout : Layout.values()) {
          check(DType.FLOAT32, layout.view(rows, columns), Layout.CONTIGUOUS.view(rows, columns));
          check(DType.FLOAT64, Layout.CONTIGUOUS.view(rows, columns), layout.view(rows, columns));
        }
      }
    }
  }

  @Test
  void copiesLargeArraysWithSeveralThreads() {
    check(DType.FLOAT32, Layout.CONTIGUOUS.view(1 << 20), Layout.CONTIGUOUS.view(1 << 20));
    check(DType.FLOAT32, Layout.TRANSPOSED.view(1025, 513), Layout.CONTIGUOUS.view(1025, 513));
    check(DType.INT8, Layout.TRANSPOSED.view(1025, 513), Layout.CONTIGUOUS.view(1025, 513));
    check(
        DType.FLOAT32,
        Layout.CONTIGUOUS.view(8, 64, 33, 7),
        Layout.CHANNELS_LAST.view(8, 64, 33, 7));
    check(
        DType.FLOAT32,
        Layout.CHANNELS_LAST.view(8, 64, 33, 7),
        Layout.CONTIGUOUS.view(8, 64, 33, 7));
    check(DType.FLOAT64, Layout.SPACED.view(300, 700), Layout.CONTIGUOUS.view(300, 700));
    // Two long lines: each is cut.
    View lines = View.of(Shape.of(2, 600_000), new long[] {600_001, 1}, 0);
    check(DType.FLOAT32, lines, Layout.CONTIGUOUS.view(2, 600_000));
  }

  @Test
  void repeatsElements() {
    View row = View.contiguous(Shape.of(1, 33)).expand(Shape.of(20, 33));
    View column = View.contiguous(Shape.of(33, 1)).expand(Shape.of(33, 20));
    View scalar = View.contiguous(Shape.of(1, 1)).expand(Shape.of(50, 60));
    check(DType.FLOAT32, row, Layout.CONTIGUOUS.view(20, 33));
    check(DType.FLOAT32, column, Layout.CONTIGUOUS.view(33, 20));
    check(DType.BFLOAT16, scalar, Layout.TRANSPOSED.view(50, 60));
  }

  @Test
  void copiesAScalar() {
    check(DType.FLOAT64, View.contiguous(Shape.SCALAR), View.of(Shape.SCALAR, new long[0], 3));
  }
}
