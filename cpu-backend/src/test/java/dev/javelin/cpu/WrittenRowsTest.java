package dev.javelin.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.backend.Executable;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Kernel.FoldOp;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.ProgramBuilder;
import dev.javelin.kernels.ScalarOp;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Rows as one written loop: they must give the bits of the steps, since which of them runs is a matter
/// of timing. What is right [RowWiseExecutorTest] says.
class WrittenRowsTest {
  private static final List<ScalarOp> UNARY =
      List.of(ScalarOp.NEG, ScalarOp.ABS, ScalarOp.EXP, ScalarOp.TANH, ScalarOp.SQRT);
  private static final List<ScalarOp> BINARY =
      List.of(ScalarOp.ADD, ScalarOp.SUB, ScalarOp.MUL, ScalarOp.DIV, ScalarOp.MAX, ScalarOp.MIN);
  private static final List<FoldOp> FOLDS = List.of(FoldOp.SUM, FoldOp.SUM, FoldOp.MAX, FoldOp.MIN);
  private static final int[] LENGTHS = {64, 65, 71, 100, 128, 250, 515, 768, 1000, 1023};
  private static final long[] PARAMS = {Double.doubleToRawLongBits(0.5)};

  @Test
  void randomProgramsGiveTheSameBitsAsSteps() {
    Random random = new Random(7);
    int written = 0;
    int runs = 200;
    for (int i = 0; i < runs; i++) {
      int length = LENGTHS[i % LENGTHS.length];
      Kernel.RowWise kernel = kernel(random, length);
      long rows = kernel.outer().numel();
      long n = rows * length;
      BlockCheck check = new BlockCheck(kernel, random, n, n, length, rows, 1, n, n, rows);
      Executable loop = BlockCheck.compile(kernel, Loops.of(true));
      written += ((RowWiseExecutor) loop).isWritten() ? 1 : 0;
      assertArrayEquals(
          bits(check, BlockCheck.compile(kernel, Loops.preferred())),
          bits(check, loop),
          kernel.toString());
    }
    if (Loops.vectorised()) {
      assertTrue(written > runs / 2, "only " + written + " of " + runs + " were written");
    } else {
      assertEquals(0, written);
    }
  }

  /// Rows of two whole inputs, a number for each column, for each row, for all, a constant and a
  /// parameter; up to three folds, each of which may need those before; two results, of which one may be
  /// in place, and one for each row.
  private static Kernel.RowWise kernel(Random random, int length) {
    Shape outer = Shape.of(1 + random.nextInt(9));
    Shape inner = Shape.of(length);
    Shape space = outer.concat(inner);
    View whole = View.contiguous(space);
    ProgramBuilder body = new ProgramBuilder();
    int x = body.add(new Instr.Load(0, whole, DType.FLOAT32));
    List<Integer> numbers = new ArrayList<>();
    numbers.add(x);
    numbers.add(body.add(new Instr.Load(1, whole, DType.FLOAT32)));
    View column = View.of(space, new long[] {0, 1}, 0);
    numbers.add(body.add(new Instr.Load(2, column, DType.FLOAT32)));
    View row = View.of(space, new long[] {1, 0}, 0);
    numbers.add(body.add(new Instr.Load(3, row, DType.FLOAT32)));
    View one = View.of(space, new long[] {0, 0}, 0);
    numbers.add(body.add(new Instr.Load(4, one, DType.FLOAT32)));
    numbers.add(body.constant(DType.FLOAT32, 0.75));
    numbers.add(body.add(new Instr.Param(0, DType.FLOAT32)));
    List<Integer> truths = new ArrayList<>();
    List<Kernel.Fold> folds = new ArrayList<>();
    ProgramBuilder finish = new ProgramBuilder();
    int result = finish.constant(DType.FLOAT32, 1);
    for (int f = 1 + random.nextInt(3); f > 0; f--) {
      for (int i = random.nextInt(4); i > 0; i--) {
        add(body, random, numbers, truths);
      }
      int folded = body.apply(any(BINARY, random), x, numbers.getLast());
      result =
          finish.apply(
              ScalarOp.ADD, result, finish.add(new Instr.Result(folds.size(), DType.FLOAT32)));
      numbers.add(body.add(new Instr.Result(folds.size(), DType.FLOAT32)));
      folds.add(new Kernel.Fold(any(FOLDS, random), folded, DType.FLOAT32));
      numbers.add(folded);
    }
    for (int i = random.nextInt(4); i > 0; i--) {
      add(body, random, numbers, truths);
    }
    int first = body.apply(ScalarOp.ADD, x, numbers.getLast());
    int second = body.apply(ScalarOp.MAX, x, any(numbers, random));
    return new Kernel.RowWise(
        Collections.nCopies(8, DType.FLOAT32),
        outer,
        inner,
        body.build(),
        folds,
        List.of(
            new Kernel.Store(new Kernel.Operand(random.nextBoolean() ? 5 : 1, whole), first),
            new Kernel.Store(new Kernel.Operand(6, whole), second)),
        finish.build(),
        List.of(new Kernel.Store(new Kernel.Operand(7, View.contiguous(outer)), result)));
  }

  private static void add(
      ProgramBuilder body, Random random, List<Integer> numbers, List<Integer> truths) {
    int x = numbers.get(numbers.size() - 1 - random.nextInt(Math.min(4, numbers.size())));
    int y = any(numbers, random);
    switch (random.nextInt(5)) {
      case 0 -> numbers.add(body.apply(any(UNARY, random), x));
      case 1 -> truths.add(body.apply(ScalarOp.LT, x, y));
      case 2 -> {
        if (!truths.isEmpty()) {
          numbers.add(body.apply(ScalarOp.SELECT, any(truths, random), x, y));
        }
      }
      default -> numbers.add(body.apply(any(BINARY, random), x, y));
    }
  }

  private static <T> T any(List<T> list, Random random) {
    return list.get(random.nextInt(list.size()));
  }

  /// The memory of a warm-up holds float32 alone, so what is computed once must not read other numbers.
  @Test
  void rowsWithNumbersOfOtherTypesAreLeftToSteps() {
    Shape outer = Shape.of(3);
    Shape space = Shape.of(3, 128);
    View whole = View.contiguous(space);
    ProgramBuilder body = new ProgramBuilder();
    int x = body.add(new Instr.Load(0, whole, DType.FLOAT32));
    View far = View.of(space, new long[] {0, 0}, 1000);
    int scale = body.cast(DType.FLOAT32, body.add(new Instr.Load(1, far, DType.INT64)));
    int product = body.apply(ScalarOp.MUL, x, scale);
    int centred = body.apply(ScalarOp.SUB, product, body.add(new Instr.Result(0, DType.FLOAT32)));
    Kernel.RowWise kernel =
        new Kernel.RowWise(
            List.of(DType.FLOAT32, DType.INT64, DType.FLOAT32),
            outer,
            Shape.of(128),
            body.build(),
            List.of(new Kernel.Fold(FoldOp.SUM, product, DType.FLOAT32)),
            List.of(new Kernel.Store(new Kernel.Operand(2, whole), centred)),
            new Program(List.of()),
            List.of());
    BlockCheck check = new BlockCheck(kernel, new Random(5), 384, 1001, 384);
    RowWiseExecutor executor = (RowWiseExecutor) BlockCheck.compile(kernel, Loops.of(true));
    assertFalse(executor.isWritten());
    check.run(1e-5, "rows times an integer");
  }

  /// A loop takes over from the steps when it is warm, and gives the same.
  @Test
  void aLoopTakesOverWhenItHasSeenEnough() throws InterruptedException {
    Kernel.RowWise kernel = kernel(new Random(2), 768);
    long rows = kernel.outer().numel();
    long n = rows * 768;
    BlockCheck check = new BlockCheck(kernel, new Random(3), n, n, 768, rows, 1, n, n, rows);
    BlockCheck busy = new BlockCheck(kernel, new Random(4), n, n, 768, rows, 1, n, n, rows);
    Executable executable = BlockCheck.compile(kernel, Loops.preferred());
    int[] before = bits(check, executable);
    for (long done = 0; done < 1 << 27; done += n) {
      busy.launch(executable, PARAMS);
    }
    Warmup.await();
    assertArrayEquals(before, bits(check, executable));
  }

  /// The bits of all numbers after a launch. Those of "not a number" may differ: its sign depends on the
  /// order of operands.
  private static int[] bits(BlockCheck check, Executable executable) {
    FloatBuffer numbers =
        ByteBuffer.wrap(check.bits(executable, PARAMS))
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    int[] bits = new int[numbers.remaining()];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToIntBits(numbers.get(i));
    }
    return bits;
  }
}
