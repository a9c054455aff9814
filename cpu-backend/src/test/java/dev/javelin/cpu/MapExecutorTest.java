package dev.javelin.cpu;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.ProgramBuilder;
import dev.javelin.kernels.ScalarOp;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Elementwise kernels against the interpreter.
class MapExecutorTest {
  private static final long[] PARAMS = {Double.doubleToRawLongBits(1.5), 3};

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 3, 7, 8, 13, 31, 33, 100, 1023, 1025, 5000})
  void randomPrograms(long elements) {
    int cases = elements > 1000 ? 12 : 30;
    for (int i = 0; i < cases; i++) {
      long seed = 1000 * elements + i;
      Random random = new Random(seed);
      RandomKernels kernels = new RandomKernels(random);
      Kernel.Map kernel = randomMap(kernels, random, elements, 1 + random.nextInt(3));
      new BlockCheck(kernel, random, kernels.sizes()).run(1e-5, "seed " + seed, PARAMS);
    }
  }

  private static Kernel.Map randomMap(
      RandomKernels kernels, Random random, long elements, int parts) {
    List<Kernel.Part> list = new ArrayList<>();
    for (int p = 0; p < parts; p++) {
      Shape shape = kernels.shape(elements, 4);
      int count = 1 + random.nextInt(3);
      List<Kernel.Operand> targets = new ArrayList<>();
      List<Kernel.Operand> inPlace = new ArrayList<>();
      for (int s = 0; s < count; s++) {
        View view = kernels.target(shape);
        targets.add(new Kernel.Operand(kernels.buffer(kernels.anyType(), view), view));
        if (random.nextInt(3) == 0) {
          inPlace.add(targets.getLast());
        }
      }
      Program program = kernels.program(shape, List.of(), inPlace, 2 + random.nextInt(12));
      int size = program.code().size();
      List<Kernel.Store> stores =
          targets.stream()
              .map(to -> new Kernel.Store(to, size - 1 - random.nextInt(Math.min(size, 4))))
              .toList();
      list.add(new Kernel.Part(shape, program, stores));
    }
    return new Kernel.Map(List.copyOf(kernels.buffers), list);
  }

  @Test
  void relu() {
    for (long n : new long[] {1, 16, 17, 2048, 2049, 300_000}) {
      Kernel.Map kernel = relu(n);
      new BlockCheck(kernel, new Random(n), n, n).run(0, "relu of " + n);
    }
  }

  private static Kernel.Map relu(long n) {
    View view = View.contiguous(Shape.of(n));
    ProgramBuilder program = new ProgramBuilder();
    int x = program.add(new Instr.Load(0, view, DType.FLOAT32));
    int zero = program.constant(DType.FLOAT32, 0);
    int y = program.apply(ScalarOp.SELECT, program.apply(ScalarOp.GT, x, zero), x, zero);
    return map(List.of(DType.FLOAT32, DType.FLOAT32), view, program, y, 1);
  }

  private static Kernel.Map map(
      List<DType> buffers, View view, ProgramBuilder program, int value, int target) {
    Kernel.Store store = new Kernel.Store(new Kernel.Operand(target, view), value);
    return new Kernel.Map(
        buffers, List.of(new Kernel.Part(view.shape(), program.build(), List.of(store))));
  }

  @Test
  void broadcastsOfEveryKindOverManyThreads() {
    Random random = new Random(5);
    for (long[] sizes : new long[][] {{64, 512}, {40, 3000}, {7, 10_001}, {3000, 10}, {333, 65}}) {
      Shape shape = Shape.of(sizes);
      View whole = View.contiguous(shape);
      View rows = View.of(shape, new long[] {0, 1}, 0);
      View columns = View.of(shape, new long[] {1, 0}, 0);
      View one = View.of(shape, new long[] {0, 0}, 0);
      ProgramBuilder program = new ProgramBuilder();
      int x = program.add(new Instr.Load(0, whole, DType.FLOAT32));
      int row = program.add(new Instr.Load(1, rows, DType.FLOAT32));
      int column = program.add(new Instr.Load(2, columns, DType.FLOAT32));
      int scalar = program.add(new Instr.Load(3, one, DType.FLOAT32));
      int sum = program.apply(ScalarOp.ADD, program.apply(ScalarOp.MUL, x, row), column);
      int value = program.apply(ScalarOp.MAX, sum, scalar);
      Kernel.Map kernel = map(Collections.nCopies(5, DType.FLOAT32), whole, program, value, 4);
      long n = shape.numel();
      new BlockCheck(kernel, random, n, sizes[1], sizes[0], 1, n).run(0, "broadcast " + shape);
    }
  }

  @Test
  void transposedAndChannelsLast() {
    Random random = new Random(6);
    Shape shape = Shape.of(3, 32, 9, 11);
    View nchw = View.contiguous(shape);
    View nhwc = View.contiguous(Shape.of(3, 9, 11, 32)).permute(0, 3, 1, 2);
    View channel = View.of(shape, new long[] {0, 1, 0, 0}, 0);
    for (View in : List.of(nchw, nhwc)) {
      for (View out : List.of(nchw, nhwc)) {
        scales(in, channel, out, random);
      }
    }
  }

  /// One number for each channel of each image, in arrays in which images lie side by side: runs whose elements lie apart
  /// come again for every pixel.
  @Test
  void repeatedRunsOfElementsThatLieApart() {
    for (long[] sizes : new long[][] {{64, 20, 8, 8}, {48, 3, 50, 50}, {2, 5, 3, 700}}) {
      Shape shape = Shape.of(sizes);
      View lead = BackendCheck.Layout.BATCH_LAST.view(sizes);
      View mask = View.of(shape, new long[] {sizes[1], 1, 0, 0}, 0);
      scales(lead, mask, lead, new Random(7));
    }
  }

  /// Checks products of one array with another that repeats.
  private static void scales(View in, View by, View out, Random random) {
    ProgramBuilder program = new ProgramBuilder();
    int x = program.add(new Instr.Load(0, in, DType.FLOAT32));
    int scale = program.add(new Instr.Load(1, by, DType.FLOAT32));
    int y = program.apply(ScalarOp.MUL, x, scale);
    Kernel.Map kernel =
        map(List.of(DType.FLOAT32, DType.FLOAT32, DType.FLOAT32), out, program, y, 2);
    long n = in.shape().numel();
    new BlockCheck(kernel, random, n, by.last() + 1, n).run(0, in + " by " + by + " to " + out);
  }

  /// Several results, one of them in place of an operand that is read later: the order of writes
  /// must not matter.
  @Test
  void inPlaceUpdateOfSeveralTensors() {
    for (long n : new long[] {1, 5, 2048, 4099, 200_000}) {
      View view = View.contiguous(Shape.of(n));
      ProgramBuilder program = new ProgramBuilder();
      int weight = program.add(new Instr.Load(0, view, DType.FLOAT32));
      int gradient = program.add(new Instr.Load(1, view, DType.FLOAT32));
      int mean = program.add(new Instr.Load(2, view, DType.FLOAT32));
      int half = program.constant(DType.FLOAT32, 0.5);
      int rate = program.add(new Instr.Param(0, DType.FLOAT32));
      int next =
          program.apply(
              ScalarOp.ADD,
              program.apply(ScalarOp.MUL, mean, half),
              program.apply(ScalarOp.MUL, gradient, half));
      int moved = program.apply(ScalarOp.SUB, weight, program.apply(ScalarOp.MUL, rate, next));
      int trace = program.apply(ScalarOp.ADD, moved, mean);
      List<Kernel.Store> stores =
          List.of(
              new Kernel.Store(new Kernel.Operand(2, view), next),
              new Kernel.Store(new Kernel.Operand(0, view), moved),
              new Kernel.Store(new Kernel.Operand(3, view), trace));
      Kernel.Map kernel =
          new Kernel.Map(
              Collections.nCopies(4, DType.FLOAT32),
              List.of(new Kernel.Part(view.shape(), program.build(), stores)));
      new BlockCheck(kernel, new Random(n), n, n, n, n).run(1e-6, "update of " + n, PARAMS);
    }
  }

  /// The same with results that have buffers of their own, which turn out to be the memory of
  /// operands.
  @Test
  void buffersThatAreTheSameMemory() {
    for (long n : new long[] {3, 2048, 5000}) {
      View view = View.contiguous(Shape.of(n));
      ProgramBuilder program = new ProgramBuilder();
      int x = program.add(new Instr.Load(0, view, DType.FLOAT32));
      int y = program.add(new Instr.Load(1, view, DType.FLOAT32));
      int sum = program.apply(ScalarOp.ADD, x, y);
      int difference = program.apply(ScalarOp.SUB, x, y);
      int product = program.apply(ScalarOp.MUL, sum, x);
      List<Kernel.Store> stores =
          List.of(
              new Kernel.Store(new Kernel.Operand(2, view), sum),
              new Kernel.Store(new Kernel.Operand(3, view), difference),
              new Kernel.Store(new Kernel.Operand(4, view), product));
      Kernel.Map kernel =
          new Kernel.Map(
              Collections.nCopies(5, DType.FLOAT32),
              List.of(new Kernel.Part(view.shape(), program.build(), stores)));
      new BlockCheck(kernel, new Random(n), n, n, n, n, n).run(0, "apart " + n);
      new BlockCheck(kernel, new Random(n), n, n, n, n, n).share(2, 0).run(0, "x again " + n);
      new BlockCheck(kernel, new Random(n), n, n, n, n, n)
          .share(2, 1)
          .share(3, 0)
          .run(0, "both again " + n);
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void everyConversion(DType from) {
    Random random = new Random(from.name().hashCode());
    View view = View.contiguous(Shape.of(70));
    for (DType to : DType.values()) {
      ProgramBuilder program = new ProgramBuilder();
      int x = program.add(new Instr.Load(0, view, from));
      new BlockCheck(map(List.of(from, to), view, program, x, 1), random, 70, 70)
          .run(0, from + " stored as " + to);
      int y = program.cast(to, x);
      new BlockCheck(map(List.of(from, to.register()), view, program, y, 1), random, 70, 70)
          .run(0, from + " cast to " + to);
    }
  }

  @Test
  void launchesFromManyThreadsAtOnce() throws InterruptedException {
    long n = 150_000;
    Kernel.Map kernel = relu(n);
    var executable = BlockCheck.compile(kernel, Loops.preferred());
    List<Thread> threads = new ArrayList<>();
    boolean[] right = new boolean[6];
    for (int t = 0; t < right.length; t++) {
      int me = t;
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    BlockCheck check = new BlockCheck(kernel, new Random(me), n, n);
                    boolean ok = true;
                    for (int i = 0; i < 20; i++) {
                      check.put(0, me, i - 10);
                      check.launch(executable);
                      ok &= check.get(1, me) == Math.max(0, i - 10);
                    }
                    right[me] = ok;
                  }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    for (boolean ok : right) {
      assertTrue(ok);
    }
  }
}
