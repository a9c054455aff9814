package dev.javelin.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.ProgramBuilder;
import dev.javelin.kernels.ScalarOp;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Loops written for several operations: they must give the bits of the operations one by one, since
/// which of them runs is a matter of timing.
class FusedStepTest {
  private static final List<ScalarOp> UNARY =
      List.of(
          ScalarOp.NEG,
          ScalarOp.ABS,
          ScalarOp.SIGN,
          ScalarOp.FLOOR,
          ScalarOp.CEIL,
          ScalarOp.ROUND,
          ScalarOp.TRUNC,
          ScalarOp.SQRT,
          ScalarOp.RSQRT,
          ScalarOp.EXP,
          ScalarOp.EXPM1,
          ScalarOp.LOG,
          ScalarOp.LOG1P,
          ScalarOp.TANH,
          ScalarOp.ERF,
          ScalarOp.SIN,
          ScalarOp.COS,
          ScalarOp.TAN,
          ScalarOp.ATAN);
  private static final List<ScalarOp> BINARY =
      List.of(ScalarOp.ADD, ScalarOp.SUB, ScalarOp.MUL, ScalarOp.DIV, ScalarOp.MAX, ScalarOp.MIN);
  private static final List<ScalarOp> TESTS =
      List.of(ScalarOp.EQ, ScalarOp.NE, ScalarOp.LT, ScalarOp.LE, ScalarOp.GT, ScalarOp.GE);

  @Test
  void randomProgramsGiveTheSameBitsAsSteps() {
    Random random = new Random(11);
    for (int i = 0; i < 150; i++) {
      Kernel kernel = kernel(random);
      long n = rows(kernel) * columns(kernel);
      BlockCheck check = new BlockCheck(kernel, random, n, n, columns(kernel), rows(kernel), n, n);
      unusual(check, random, n);
      assertArrayEquals(
          check.bits(BlockCheck.compile(kernel, Loops.of(false))),
          check.bits(BlockCheck.compile(kernel, Loops.of(true))),
          kernel.toString());
    }
  }

  /// Numbers that functions leave to their slow paths.
  private static void unusual(BlockCheck check, Random random, long n) {
    double[] numbers = {-0.0, 1e30, -1e30, 1e-42, 90, -90, 40_000, Double.POSITIVE_INFINITY};
    for (int i = 0; i < n / 40; i++) {
      check.put(0, random.nextLong(n), numbers[random.nextInt(numbers.length)]);
    }
  }

  private static long rows(Kernel kernel) {
    return ((Kernel.Map) kernel).parts().getFirst().shape().size(0);
  }

  private static long columns(Kernel kernel) {
    return ((Kernel.Map) kernel).parts().getFirst().shape().size(1);
  }

  /// A program of two whole inputs, one for each column, one for each row, numbers and truths, with
  /// two results, of which one may be in place.
  private static Kernel kernel(Random random) {
    long columns = random.nextBoolean() ? 600 + random.nextInt(100) : 1 + random.nextInt(70);
    Shape shape = Shape.of(1 + random.nextInt(9), columns);
    View whole = View.contiguous(shape);
    ProgramBuilder program = new ProgramBuilder();
    List<Integer> numbers = new ArrayList<>();
    numbers.add(program.add(new Instr.Load(0, whole, DType.FLOAT32)));
    numbers.add(program.add(new Instr.Load(1, whole, DType.FLOAT32)));
    View column = View.of(shape, new long[] {0, 1}, 0);
    numbers.add(program.add(new Instr.Load(2, column, DType.FLOAT32)));
    View row = View.of(shape, new long[] {1, 0}, 0);
    numbers.add(program.add(new Instr.Load(3, row, DType.FLOAT32)));
    numbers.add(program.constant(DType.FLOAT32, 0.75));
    List<Integer> truths = new ArrayList<>();
    for (int i = 2 + random.nextInt(14); i > 0; i--) {
      add(program, random, numbers, truths);
    }
    int last = numbers.getLast();
    int other = numbers.get(random.nextInt(numbers.size()));
    List<Kernel.Store> stores =
        List.of(
            new Kernel.Store(new Kernel.Operand(random.nextBoolean() ? 4 : 1, whole), last),
            new Kernel.Store(new Kernel.Operand(5, whole), other));
    return new Kernel.Map(
        Collections.nCopies(6, DType.FLOAT32),
        List.of(new Kernel.Part(shape, program.build(), stores)));
  }

  private static void add(
      ProgramBuilder program, Random random, List<Integer> numbers, List<Integer> truths) {
    int x = numbers.get(numbers.size() - 1 - random.nextInt(Math.min(4, numbers.size())));
    int y = numbers.get(random.nextInt(numbers.size()));
    switch (random.nextInt(6)) {
      case 0 -> numbers.add(program.apply(any(UNARY, random), x));
      case 1 -> truths.add(program.apply(any(TESTS, random), x, y));
      case 2 -> truths.add(program.apply(ScalarOp.NOT, x));
      case 3 -> {
        if (!truths.isEmpty()) {
          numbers.add(program.apply(ScalarOp.SELECT, any(truths, random), x, y));
        }
      }
      case 4 -> {
        if (!truths.isEmpty()) {
          numbers.add(program.cast(DType.FLOAT32, any(truths, random)));
        }
      }
      default -> numbers.add(program.apply(any(BINARY, random), x, y));
    }
  }

  private static <T> T any(List<T> list, Random random) {
    return list.get(random.nextInt(list.size()));
  }

  @Test
  void aLoopTakesOverWhenItHasSeenEnough() throws InterruptedException {
    if (!Loops.vectorised()) {
      // Without vectors no loop is written, and there is nothing to take over.
      assertFalse(Loops.preferred().vectors());
      return;
    }
    LoopShape.Input each = new LoopShape.Input(false, LoopShape.Walk.STEPS);
    LoopShape shape =
        new LoopShape(
            List.of(each, each),
            List.of(
                new LoopShape.Operation("atan", List.of(0)),
                new LoopShape.Operation("mul", List.of(2, 1))),
            List.of(3));
    // Steps that are slower than any loop.
    FusedLoop loop = FusedLoop.of(shape, _ -> pause());
    assertEquals(null, loop.get(1));
    for (int i = 0; i < 64; i++) {
      assertEquals(null, loop.get(1 << 21), "before the loop is warm");
    }
    assertEquals(null, loop.get(1));
    Warmup.await();
    assertTrue(loop.get(1) != null, "the loop is in use");
    assertEquals(loop, FusedLoop.of(shape, _ -> {}), "the same shape is the same loop");
  }

  private static void pause() {
    long end = System.nanoTime() + 3_000_000;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
  }
}
