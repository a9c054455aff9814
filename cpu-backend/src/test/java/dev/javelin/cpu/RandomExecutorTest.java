package dev.javelin.cpu;

import static dev.javelin.cpu.BackendCheck.operand;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.javelin.cpu.BackendCheck.Layout;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Kernel.Distribution;
import dev.javelin.kernels.View;
import java.util.List;
import org.junit.jupiter.api.Test;

class RandomExecutorTest {
  private static final long SEED = 0x1234_5678_9abc_def0L;
  private static final long[] SIZES = {0, 1, 3, 7, 8, 13, 31, 33, 100, 1023, 1025};

  private static void check(Distribution distribution, DType type, View view, long counter) {
    BackendCheck.of(new Kernel.Random(List.of(type), distribution, operand(0, view)))
        .with(SEED, counter)
        .within(distribution == Distribution.NORMAL ? 1e-6 : 0)
        .run();
  }

  @Test
  void givesTheInterpretersNumbers() {
    for (long size : SIZES) {
      for (DType type : List.of(DType.FLOAT32, DType.FLOAT64)) {
        check(Distribution.UNIFORM, type, Layout.CONTIGUOUS.view(size), 0);
        check(Distribution.NORMAL, type, Layout.CONTIGUOUS.view(size), 1L << 33);
      }
      check(Distribution.WORDS, DType.INT64, Layout.CONTIGUOUS.view(size), -3);
    }
  }

  @Test
  void fillsEveryLayoutAndType() {
    for (Layout layout : Layout.values()) {
      for (DType type : List.of(DType.FLOAT32, DType.FLOAT64, DType.FLOAT16, DType.BFLOAT16)) {
        check(Distribution.UNIFORM, type, layout.view(3, 5, 7), 9);
      }
      check(Distribution.NORMAL, DType.FLOAT32, layout.view(3, 5, 7), 9);
      check(Distribution.WORDS, DType.INT64, layout.view(3, 5, 7), 9);
    }
  }

  @Test
  void sharesLargeOnesAmongThreads() {
    check(Distribution.UNIFORM, DType.FLOAT32, Layout.CONTIGUOUS.view(300_001), 5);
    check(Distribution.UNIFORM, DType.FLOAT64, Layout.CONTIGUOUS.view(100_001), 5);
    check(Distribution.NORMAL, DType.FLOAT32, Layout.CONTIGUOUS.view(300_003), 5);
    check(Distribution.WORDS, DType.INT64, Layout.CONTIGUOUS.view(100_001), 5);
    check(Distribution.UNIFORM, DType.FLOAT32, Layout.SPACED.view(100, 333), 5);
  }

  /// The known answer of Philox4x32-10 for counter 0 and key 0.
  @Test
  void givesTheKnownAnswer() {
    Kernel kernel =
        new Kernel.Random(
            List.of(DType.INT64), Distribution.WORDS, operand(0, Layout.CONTIGUOUS.view(4)));
    assertArrayEquals(
        new double[] {0x6627e8d5L, 0xe169c58dL, 0xbc57ac4cL, 0x9b00dbd8L},
        BackendCheck.launch(kernel, 0, new double[][] {new double[4]}, 0, 0));
  }

  @Test
  void normalNumbersAreNormal() {
    Kernel kernel =
        new Kernel.Random(
            List.of(DType.FLOAT32),
            Distribution.NORMAL,
            operand(0, Layout.CONTIGUOUS.view(1 << 18)));
    double[] numbers = BackendCheck.launch(kernel, 0, new double[][] {new double[1 << 18]}, 1, 2);
    double sum = 0;
    double squares = 0;
    for (double number : numbers) {
      sum += number;
      squares += number * number;
    }
    assertEquals(0, sum / numbers.length, 0.01);
    assertEquals(1, squares / numbers.length, 0.01);
  }
}
