package dev.javelin.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

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
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Row-wise kernels against the interpreter.
class RowWiseExecutorTest {
  private static final long[] PARAMS = {Double.doubleToRawLongBits(0.5), -2};

  /// Softmax, also in place and along an axis whose elements are apart.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 7, 10, 16, 100, 511, 512, 1000, 1023, 5001, 20_001})
  void softmax(long length) {
    for (long rows : new long[] {1, 3, 65}) {
      if (rows * length > 400_000) {
        continue;
      }
      View side = View.contiguous(Shape.of(rows, length));
      View apart = View.contiguous(Shape.of(length, rows)).permute(1, 0);
      softmax(side, side, false);
      softmax(side, side, true);
      softmax(apart, side, false);
    }
  }

  private static void softmax(View in, View out, boolean inPlace) {
    long n = in.shape().numel();
    Kernel.RowWise kernel = softmaxKernel(in, out, inPlace ? 0 : 1);
    new BlockCheck(kernel, new Random(n), n, n).run(1e-6, "softmax of " + in + inPlace);
  }

  private static Kernel.RowWise softmaxKernel(View in, View out, int target) {
    Shape outer = Shape.of(in.shape().size(0));
    Shape inner = Shape.of(in.shape().size(1));
    ProgramBuilder body = new ProgramBuilder();
    int x = body.add(new Instr.Load(0, in, DType.FLOAT32));
    int max = body.add(new Instr.Result(0, DType.FLOAT32));
    int power = body.apply(ScalarOp.EXP, body.apply(ScalarOp.SUB, x, max));
    int value = body.apply(ScalarOp.DIV, power, body.add(new Instr.Result(1, DType.FLOAT32)));
    return new Kernel.RowWise(
        List.of(DType.FLOAT32, DType.FLOAT32),
        outer,
        inner,
        body.build(),
        List.of(
            new Kernel.Fold(FoldOp.MAX, x, DType.FLOAT32),
            new Kernel.Fold(FoldOp.SUM, power, DType.FLOAT32)),
        List.of(new Kernel.Store(new Kernel.Operand(target, out), value)),
        new Program(List.of()),
        List.of());
  }

  /// Before the JIT has compiled anything and after, on vectors and as plain as one begins: always the same bits.
  @Test
  void theSameNumbersEveryTime() {
    View view = View.contiguous(Shape.of(9, 733));
    Kernel.RowWise kernel = softmaxKernel(view, view, 1);
    BlockCheck check = new BlockCheck(kernel, new Random(3), 9 * 733, 9 * 733);
    Executable cold = BlockCheck.compile(kernel, Loops.of(true));
    byte[] first = check.bits(cold);
    Executable preferred = BlockCheck.compile(kernel, Loops.preferred());
    assertArrayEquals(first, check.bits(preferred));
    for (int i = 0; i < 2000; i++) {
      check.launch(cold);
      check.launch(preferred);
    }
    assertArrayEquals(first, check.bits(cold));
    assertArrayEquals(first, check.bits(preferred));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 5, 13, 64, 100, 768, 1025, 20_001})
  void layerNorm(long length) {
    for (long rows : new long[] {1, 5, 33}) {
      Shape space = Shape.of(rows, length);
      View whole = View.contiguous(space);
      View across = View.of(space, new long[] {0, 1}, 0);
      View perRow = View.contiguous(Shape.of(rows));
      ProgramBuilder body = new ProgramBuilder();
      int x = body.add(new Instr.Load(0, whole, DType.FLOAT32));
      int scale = body.constant(DType.FLOAT32, 1.0 / length);
      int mean = body.apply(ScalarOp.MUL, body.add(new Instr.Result(0, DType.FLOAT32)), scale);
      int centred = body.apply(ScalarOp.SUB, x, mean);
      int square = body.apply(ScalarOp.MUL, centred, centred);
      int variance = body.apply(ScalarOp.MUL, body.add(new Instr.Result(1, DType.FLOAT32)), scale);
      int eps = body.constant(DType.FLOAT32, 1e-5);
      int factor = body.apply(ScalarOp.RSQRT, body.apply(ScalarOp.ADD, variance, eps));
      int gamma = body.add(new Instr.Load(1, across, DType.FLOAT32));
      int beta = body.add(new Instr.Load(2, across, DType.FLOAT32));
      int normal = body.apply(ScalarOp.MUL, centred, factor);
      int value = body.apply(ScalarOp.ADD, body.apply(ScalarOp.MUL, normal, gamma), beta);
      ProgramBuilder finish = new ProgramBuilder();
      int kept = finish.add(new Instr.Result(0, DType.FLOAT32));
      Kernel.RowWise kernel =
          new Kernel.RowWise(
              List.of(DType.FLOAT32, DType.FLOAT32, DType.FLOAT32, DType.FLOAT32, DType.FLOAT32),
              Shape.of(rows),
              Shape.of(length),
              body.build(),
              List.of(
                  new Kernel.Fold(FoldOp.SUM, x, DType.FLOAT32),
                  new Kernel.Fold(FoldOp.SUM, square, DType.FLOAT32)),
              List.of(new Kernel.Store(new Kernel.Operand(3, whole), value)),
              finish.build(),
              List.of(new Kernel.Store(new Kernel.Operand(4, perRow), kept)));
      long n = rows * length;
      new BlockCheck(kernel, new Random(n), n, length, length, n, rows)
          .run(2e-5, "layerNorm " + space);
    }
  }

  /// The loss of rows of logits against classes, and its gradient: an index compared with a
  /// position.
  @ParameterizedTest
  @ValueSource(longs = {2, 10, 700, 20_000})
  void crossEntropy(long classes) {
    long rows = 37;
    Shape space = Shape.of(rows, classes);
    View whole = View.contiguous(space);
    View perRow = View.contiguous(Shape.of(rows));
    ProgramBuilder body = new ProgramBuilder();
    int x = body.add(new Instr.Load(0, whole, DType.FLOAT32));
    int target = body.add(new Instr.Load(1, View.of(space, new long[] {1, 0}, 0), DType.INT64));
    int place = body.add(new Instr.Iota(View.of(space, new long[] {0, 1}, 0)));
    int hit = body.apply(ScalarOp.EQ, place, target);
    int zero = body.constant(DType.FLOAT32, 0);
    int max = body.add(new Instr.Result(0, DType.FLOAT32));
    int shifted = body.apply(ScalarOp.SUB, x, max);
    int power = body.apply(ScalarOp.EXP, shifted);
    int chosen = body.apply(ScalarOp.SELECT, hit, shifted, zero);
    int share = body.apply(ScalarOp.DIV, power, body.add(new Instr.Result(1, DType.FLOAT32)));
    int gradient = body.apply(ScalarOp.SUB, share, body.cast(DType.FLOAT32, hit));
    ProgramBuilder finish = new ProgramBuilder();
    int sum = finish.add(new Instr.Result(1, DType.FLOAT32));
    int score = finish.add(new Instr.Result(2, DType.FLOAT32));
    int loss = finish.apply(ScalarOp.SUB, finish.apply(ScalarOp.LOG, sum), score);
    Kernel.RowWise kernel =
        new Kernel.RowWise(
            List.of(DType.FLOAT32, DType.INT64, DType.FLOAT32, DType.FLOAT32),
            Shape.of(rows),
            Shape.of(classes),
            body.build(),
            List.of(
                new Kernel.Fold(FoldOp.MAX, x, DType.FLOAT32),
                new Kernel.Fold(FoldOp.SUM, power, DType.FLOAT32),
                new Kernel.Fold(FoldOp.SUM, chosen, DType.FLOAT32)),
            List.of(new Kernel.Store(new Kernel.Operand(2, whole), gradient)),
            finish.build(),
            List.of(new Kernel.Store(new Kernel.Operand(3, perRow), loss)));
    long n = space.numel();
    new BlockCheck(kernel, new Random(n), n, rows, n, rows).run(2e-6, "crossEntropy " + space);
  }

  @Test
  void randomKernels() {
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      RandomKernels kernels = new RandomKernels(random);
      Kernel.RowWise kernel = randomRowWise(kernels, random);
      new BlockCheck(kernel, random, kernels.sizes()).run(1e-5, "seed " + seed, PARAMS);
    }
  }

  private static Kernel.RowWise randomRowWise(RandomKernels kernels, Random random) {
    int[] counts = {0, 1, 2, 3, 7, 8, 10, 31, 33, 100, 515};
    Shape outer = kernels.shape(counts[random.nextInt(counts.length)], 3);
    Shape inner = kernels.shape(counts[random.nextInt(counts.length)], 3);
    Shape space = outer.concat(inner);
    View view = kernels.target(space);
    Kernel.Operand out = new Kernel.Operand(kernels.buffer(kernels.anyType(), view), view);
    boolean inPlace = random.nextInt(3) == 0;
    List<Kernel.Operand> read = inPlace ? List.of(out) : List.of();
    // The part without results comes first: what is folded may only depend on earlier folds.
    Program first = kernels.program(space, List.of(), read, 1 + random.nextInt(4));
    List<Instr> code = new ArrayList<>(first.code());
    List<Kernel.Fold> folds = new ArrayList<>();
    int count = 1 + random.nextInt(3);
    for (int f = 0; f < count; f++) {
      folds.addAll(ReduceExecutorTest.folds(new Program(List.copyOf(code)), random, 1));
      DType type = folds.getLast().type();
      code.add(new Instr.Result(f, type));
      int result = code.size() - 1;
      int other = random.nextInt(result);
      if (code.get(other).type() == type) {
        ScalarOp op = type.isFloatingPoint() ? ScalarOp.MIN : ScalarOp.SUB;
        code.add(new Instr.Apply(op, type, other, result, -1));
        code.add(new Instr.Cast(DType.FLOAT32, code.size() - 1));
      }
    }
    View rows = kernels.target(outer);
    Kernel.Operand rowOut = new Kernel.Operand(kernels.buffer(kernels.anyType(), rows), rows);
    Program finish =
        kernels.program(
            outer, folds.stream().map(Kernel.Fold::type).toList(), List.of(), random.nextInt(5));
    return new Kernel.RowWise(
        List.copyOf(kernels.buffers),
        outer,
        inner,
        new Program(List.copyOf(code)),
        folds,
        List.of(new Kernel.Store(out, code.size() - 1)),
        finish,
        List.of(new Kernel.Store(rowOut, random.nextBoolean() ? 0 : finish.code().size() - 1)));
  }
}
