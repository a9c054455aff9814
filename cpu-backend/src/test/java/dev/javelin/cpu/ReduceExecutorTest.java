package dev.javelin.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
import org.junit.jupiter.params.provider.EnumSource;

/// Reductions against the interpreter.
class ReduceExecutorTest {
  private static final long[] PARAMS = {Double.doubleToRawLongBits(0.5), -2};

  /// Every fold of one tensor: whole rows, columns, and the middle axis; shapes for one thread and
  /// for several.
  @ParameterizedTest
  @EnumSource(FoldOp.class)
  void everyFoldInEveryDirection(FoldOp op) {
    long[][] shapes = {
      {1, 1, 1},
      {3, 0, 5},
      {0, 3, 5},
      {2, 3, 7},
      {5, 33, 31},
      {1, 8, 1025},
      {2, 5000, 1},
      {1, 700, 100},
      {3, 2, 3000},
      {9, 1, 513},
      {1, 40_000, 3},
      {3, 40_001, 1}
    };
    Random random = new Random(op.name().hashCode());
    for (DType type : List.of(DType.FLOAT32, DType.FLOAT64, DType.INT32, DType.INT64)) {
      for (long[] sizes : shapes) {
        fold(op, type, sizes, random);
      }
    }
  }

  private static void fold(FoldOp op, DType type, long[] sizes, Random random) {
    Shape outer = Shape.of(sizes[0], sizes[2]);
    Shape inner = Shape.of(sizes[1]);
    View in = View.contiguous(Shape.of(sizes)).permute(0, 2, 1);
    boolean argument = op == FoldOp.ARGMAX || op == FoldOp.ARGMIN;
    DType result = argument ? DType.INT64 : type;
    ProgramBuilder body = new ProgramBuilder();
    int x = body.add(new Instr.Load(0, in, type));
    if (op == FoldOp.PROD) {
      // So that long products neither vanish nor overflow.
      int one = body.constant(type, 1);
      x =
          body.apply(
              ScalarOp.SELECT, body.apply(ScalarOp.LT, x, one), one, body.constant(type, -1));
    }
    Kernel.Operand out = new Kernel.Operand(1, View.contiguous(outer));
    Kernel.Reduce kernel =
        new Kernel.Reduce(
            List.of(type, result),
            outer,
            inner,
            body.build(),
            List.of(new Kernel.Fold(op, x, result)),
            Program.result(result),
            List.of(new Kernel.Store(out, 0)));
    long n = Shape.of(sizes).numel();
    String name = op + " of " + type + " " + outer + " over " + inner;
    new BlockCheck(kernel, random, n, outer.numel()).run(1e-6, name);
  }

  @Test
  void randomKernels() {
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      RandomKernels kernels = new RandomKernels(random);
      Kernel.Reduce kernel = randomReduce(kernels, random);
      new BlockCheck(kernel, random, kernels.sizes()).run(1e-5, "seed " + seed, PARAMS);
    }
  }

  private static Kernel.Reduce randomReduce(RandomKernels kernels, Random random) {
    int[] counts = {0, 1, 2, 3, 7, 8, 10, 31, 33, 100, 515};
    Shape outer = kernels.shape(counts[random.nextInt(counts.length)], 3);
    Shape inner = kernels.shape(counts[random.nextInt(counts.length)], 3);
    Program body =
        kernels.program(outer.concat(inner), List.of(), List.of(), 1 + random.nextInt(6));
    List<Kernel.Fold> folds = folds(body, random, 1 + random.nextInt(3));
    List<DType> types = folds.stream().map(Kernel.Fold::type).toList();
    View view = kernels.target(outer);
    Kernel.Operand out = new Kernel.Operand(kernels.buffer(kernels.anyType(), view), view);
    Program finish =
        kernels.program(
            outer, types, random.nextBoolean() ? List.of(out) : List.of(), random.nextInt(5));
    // The last value may come from nothing that was folded: then the fold itself is stored.
    int value = random.nextInt(4) == 0 ? 0 : finish.code().size() - 1;
    return new Kernel.Reduce(
        List.copyOf(kernels.buffers),
        outer,
        inner,
        body,
        folds,
        finish,
        List.of(new Kernel.Store(out, value)));
  }

  static List<Kernel.Fold> folds(Program body, Random random, int count) {
    List<Kernel.Fold> folds = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int value = random.nextInt(body.code().size());
      DType type = body.code().get(value).type();
      FoldOp op =
          List.of(FoldOp.SUM, FoldOp.MAX, FoldOp.MIN, FoldOp.ARGMAX, FoldOp.ARGMIN)
              .get(random.nextInt(5));
      boolean argument = op == FoldOp.ARGMAX || op == FoldOp.ARGMIN;
      folds.add(new Kernel.Fold(op, value, argument ? DType.INT64 : type));
    }
    return folds;
  }

  @Test
  void notANumberWins() {
    for (FoldOp op : List.of(FoldOp.MAX, FoldOp.MIN, FoldOp.ARGMAX, FoldOp.ARGMIN)) {
      for (int columns : new int[] {1, 20}) {
        boolean argument = op == FoldOp.ARGMAX || op == FoldOp.ARGMIN;
        DType result = argument ? DType.INT64 : DType.FLOAT32;
        Shape outer = Shape.of(columns);
        View in = View.contiguous(Shape.of(100, columns)).permute(1, 0);
        Kernel.Reduce kernel =
            new Kernel.Reduce(
                List.of(DType.FLOAT32, result),
                outer,
                Shape.of(100),
                new Program(List.of(new Instr.Load(0, in, DType.FLOAT32))),
                List.of(new Kernel.Fold(op, 0, result)),
                Program.result(result),
                List.of(new Kernel.Store(new Kernel.Operand(1, View.contiguous(outer)), 0)));
        for (int at : new int[] {0, 17, 50, 99}) {
          BlockCheck check = new BlockCheck(kernel, new Random(at), 100L * columns, columns);
          check.put(0, (long) at * columns, Double.NaN);
          check.put(0, Math.min(99L, at + 20) * columns, Double.NaN);
          check.run(0, op + " with NaN at " + at);
        }
      }
    }
  }

  @Test
  void longSumsAreAccurate() {
    // Added one after the other in float32 they would be off by more than a percent.
    long n = 3_000_001;
    for (long columns : new long[] {1, 3}) {
      Shape outer = Shape.of(columns);
      View in = View.contiguous(Shape.of(n / columns, columns)).permute(1, 0);
      Kernel.Reduce kernel =
          new Kernel.Reduce(
              List.of(DType.FLOAT32, DType.FLOAT32),
              outer,
              Shape.of(n / columns),
              new Program(List.of(new Instr.Load(0, in, DType.FLOAT32))),
              List.of(new Kernel.Fold(FoldOp.SUM, 0, DType.FLOAT32)),
              Program.result(DType.FLOAT32),
              List.of(new Kernel.Store(new Kernel.Operand(1, View.contiguous(outer)), 0)));
      BlockCheck check = new BlockCheck(kernel, new Random(1), n, columns);
      for (long i = 0; i < n; i++) {
        check.put(0, i, 0.1);
      }
      check.launch(BlockCheck.compile(kernel, Loops.preferred()));
      double want = (double) 0.1f * ((double) n / columns);
      assertEquals(want, check.get(1, 0), want * 1e-6);
    }
  }

  /// Per-channel statistics of a channels-last batch: two folds, the kernel writes mean and
  /// variance.
  @Test
  void channelsLastStatistics() {
    for (long[] sizes :
        new long[][] {{8, 14, 14, 32}, {5, 3, 3, 7}, {50, 28, 28, 16}, {2, 3, 5, 3000}}) {
      Shape outer = Shape.of(sizes[3]);
      Shape inner = Shape.of(sizes[0], sizes[1], sizes[2]);
      View in = View.contiguous(Shape.of(sizes)).permute(3, 0, 1, 2);
      ProgramBuilder body = new ProgramBuilder();
      int x = body.add(new Instr.Load(0, in, DType.FLOAT32));
      int square = body.apply(ScalarOp.MUL, x, x);
      ProgramBuilder finish = new ProgramBuilder();
      int scale = finish.constant(DType.FLOAT32, 1.0 / inner.numel());
      int mean = finish.apply(ScalarOp.MUL, finish.add(new Instr.Result(0, DType.FLOAT32)), scale);
      int second =
          finish.apply(ScalarOp.MUL, finish.add(new Instr.Result(1, DType.FLOAT32)), scale);
      int variance = finish.apply(ScalarOp.SUB, second, finish.apply(ScalarOp.MUL, mean, mean));
      View out = View.contiguous(outer);
      Kernel.Reduce kernel =
          new Kernel.Reduce(
              List.of(DType.FLOAT32, DType.FLOAT32, DType.FLOAT32),
              outer,
              inner,
              body.build(),
              List.of(
                  new Kernel.Fold(FoldOp.SUM, x, DType.FLOAT32),
                  new Kernel.Fold(FoldOp.SUM, square, DType.FLOAT32)),
              finish.build(),
              List.of(
                  new Kernel.Store(new Kernel.Operand(1, out), mean),
                  new Kernel.Store(new Kernel.Operand(2, out), variance)));
      long n = Shape.of(sizes).numel();
      new BlockCheck(kernel, new Random(n), n, sizes[3], sizes[3]).run(3e-6, "statistics " + inner);
    }
  }
}
