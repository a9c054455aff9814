package dev.javelin.cpu;

import static dev.javelin.cpu.BackendCheck.operand;

import dev.javelin.cpu.BackendCheck.Fill;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Attention of more blocks than one, and its gradients, against the interpreter.
class AttentionExecutorTest {
  private static final Fill SMALL = (buffer, i, random) -> random.nextInt(-16, 17) / 16.0;

  /// Heads side by side in each row, as a projection leaves them.
  private static View heads(long batch, long heads, long rows, long size) {
    return View.of(
        Shape.of(batch, heads, rows, size),
        new long[] {rows * heads * size, size, heads * size, 1},
        0);
  }

  private static View numbers(long batch, long heads, long rows) {
    return View.contiguous(Shape.of(batch, heads, rows));
  }

  private static double tolerance(DType type) {
    return switch (type) {
      case FLOAT64 -> 1e-12;
      case FLOAT32 -> 2e-5;
      default -> 2e-2;
    };
  }

  private static void check(
      DType type, boolean causal, long heads, long l, long s, long size, long width) {
    DType register = type.register();
    Kernel forward =
        new Kernel.Attention(
            List.of(type, type, type, type, register),
            causal,
            0.5,
            operand(0, heads(2, heads, l, size)),
            operand(1, heads(2, heads, s, size)),
            operand(2, heads(2, heads, s, width)),
            operand(3, heads(2, heads, l, width)),
            operand(4, numbers(2, heads, l)));
    BackendCheck.of(forward).within(tolerance(type)).filledWith(SMALL).run();
    Kernel backward =
        new Kernel.AttentionBackward(
            List.of(type, type, type, type, register, register, type, type, type),
            causal,
            0.5,
            operand(0, heads(2, heads, l, size)),
            operand(1, heads(2, heads, s, size)),
            operand(2, heads(2, heads, s, width)),
            operand(3, heads(2, heads, l, width)),
            operand(4, numbers(2, heads, l)),
            operand(5, numbers(2, heads, l)),
            operand(6, heads(2, heads, l, size)),
            operand(7, heads(2, heads, s, size)),
            operand(8, heads(2, heads, s, width)));
    // The logarithms are large, as those of many keys are, so that weights and their sums are
    // small.
    Fill fill =
        (buffer, i, random) ->
            buffer == 4 ? 6 + random.nextInt(8) / 8.0 : SMALL.value(buffer, i, random);
    BackendCheck.of(backward).within(tolerance(type)).filledWith(fill).run();
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"FLOAT16", "BFLOAT16", "FLOAT32", "FLOAT64"})
  void manyBlocks(DType type) {
    for (boolean causal : new boolean[] {false, true}) {
      check(type, causal, 2, 70, 520, 5, 3);
      check(type, causal, 1, 600, 530, 2, 3);
    }
  }

  @Test
  void fewerHeadsThanThreads() {
    Shape shape = Shape.of(1, 1, 65, 2);
    View q = View.contiguous(shape);
    View k = View.contiguous(shape.with(2, 1100));
    View row = numbers(1, 1, 65);
    DType type = DType.FLOAT32;
    Kernel backward =
        new Kernel.AttentionBackward(
            List.of(type, type, type, type, type, type, type, type, type),
            false,
            1,
            operand(0, q),
            operand(1, k),
            operand(2, k),
            operand(3, q),
            operand(4, row),
            operand(5, row),
            operand(6, q),
            operand(7, k),
            operand(8, k));
    BackendCheck.of(backward)
        .within(2e-5)
        .filledWith((buffer, i, random) -> buffer == 4 ? 7 : SMALL.value(buffer, i, random))
        .run();
  }

  @Test
  void nothingToSee() {
    check(DType.FLOAT32, false, 2, 3, 0, 2, 2);
    check(DType.FLOAT32, true, 2, 0, 3, 2, 2);
    check(DType.FLOAT32, false, 0, 3, 3, 2, 2);
    check(DType.FLOAT32, false, 2, 3, 3, 0, 2);
    check(DType.FLOAT32, true, 2, 3, 3, 2, 0);
  }
}
