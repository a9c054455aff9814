package dev.javelin.cpu;

import static dev.javelin.cpu.BackendCheck.operand;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.javelin.cpu.BackendCheck.Fill;
import dev.javelin.cpu.BackendCheck.Layout;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Kernel.PoolOp;
import dev.javelin.kernels.Kernel.Window;
import dev.javelin.kernels.ProgramBuilder;
import dev.javelin.kernels.ScalarOp;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PoolExecutorTest {
  private static final Window PAIRS = new Window(2, 2, 2, 2, 0, 0, 1, 1, 1);
  private static final List<Window> WINDOWS =
      List.of(
          PAIRS,
          new Window(3, 3, 2, 2, 1, 1, 1, 1, 1),
          new Window(3, 2, 1, 3, 0, 1, 1, 1, 1),
          new Window(2, 2, 1, 1, 1, 1, 2, 3, 1),
          new Window(1, 1, 3, 3, 0, 0, 1, 1, 1),
          new Window(3, 3, 3, 3, 0, 0, 1, 1, 1));

  private static void check(DType type, PoolOp op, Window window, Layout layout, long... sizes) {
    View x = layout.view(sizes);
    View y = layout.view(sizes[0], sizes[1], window.outHeight(sizes[2]), window.outWidth(sizes[3]));
    Kernel kernel =
        Kernel.Pool.of(
            List.of(type, type, DType.INT32),
            op,
            window,
            operand(0, x),
            operand(1, y),
            operand(2, y));
    BackendCheck.of(kernel).within(tolerance(type, op)).filledWith(VALUES).run();
  }

  private static double tolerance(DType type, PoolOp op) {
    // The largest is exact; sums may be rounded in another order.
    return op == PoolOp.MAX
        ? 0
        : switch (type) {
          case FLOAT16 -> 1e-3;
          case BFLOAT16 -> 1e-2;
          default -> 1e-6;
        };
  }

  /// Few different values, so that equals meet in a window.
  private static final Fill VALUES = (buffer, i, random) -> random.nextInt(-4, 5) / 2.0;

  /// All but the gradient of the largest, which needs the indices of a forward pass: see below.
  @ParameterizedTest
  @EnumSource(value = PoolOp.class, names = "MAX_BACKWARD", mode = EnumSource.Mode.EXCLUDE)
  void agreesInEveryLayout(PoolOp op) {
    for (Window window : WINDOWS) {
      for (Layout layout : Layout.values()) {
        for (long channels : new long[] {1, 3, 10, 16, 33}) {
          check(DType.FLOAT32, op, window, layout, 2, channels, 7, 9);
          check(DType.FLOAT32, op, window, layout, 1, channels, 8, 28);
        }
      }
    }
  }

  @Test
  void takesOddSizes() {
    for (PoolOp op : List.of(PoolOp.MAX, PoolOp.AVERAGE, PoolOp.AVERAGE_BACKWARD)) {
      for (Layout layout : List.of(Layout.CONTIGUOUS, Layout.CHANNELS_LAST)) {
        for (long height : new long[] {2, 3, 7, 8}) {
          for (long width : new long[] {2, 3, 7, 8, 13, 31, 33, 65, 100}) {
            check(DType.FLOAT32, op, PAIRS, layout, 2, 3, height, width);
          }
        }
        check(DType.FLOAT32, op, PAIRS, layout, 0, 3, 4, 4);
        check(DType.FLOAT32, op, PAIRS, layout, 3, 0, 4, 4);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"FLOAT16", "BFLOAT16", "FLOAT64", "INT32", "INT64", "UINT8"})
  void takesEveryType(DType type) {
    for (Window window : WINDOWS) {
      check(type, PoolOp.MAX, window, Layout.CONTIGUOUS, 2, 3, 7, 9);
      if (type.isFloatingPoint()) {
        check(type, PoolOp.AVERAGE, window, Layout.CHANNELS_LAST, 2, 3, 7, 9);
        check(type, PoolOp.AVERAGE_BACKWARD, window, Layout.CONTIGUOUS, 2, 3, 7, 9);
      }
    }
  }

  @Test
  void sharesLargeOnesAmongThreads() {
    for (Layout layout : List.of(Layout.CONTIGUOUS, Layout.CHANNELS_LAST, Layout.BATCH_LAST)) {
      for (PoolOp op : List.of(PoolOp.MAX, PoolOp.AVERAGE, PoolOp.AVERAGE_BACKWARD)) {
        check(DType.FLOAT32, op, PAIRS, layout, 8, 32, 28, 28);
        check(DType.FLOAT32, op, PAIRS, layout, 8, 10, 24, 24);
      }
    }
  }

  /// MAX writes the indices that MAX_BACKWARD reads.
  @Test
  void gradientsOfTheLargestGoToWhereItWas() {
    for (Window window : WINDOWS) {
      for (Layout layout : Layout.values()) {
        for (DType type : List.of(DType.FLOAT32, DType.FLOAT64)) {
          for (long[] sizes :
              new long[][] {{2, 3, 7, 9}, {1, 10, 8, 28}, {2, 33, 6, 5}, {8, 16, 30, 30}}) {
            roundTrip(window, layout, type, sizes);
          }
        }
      }
    }
  }

  private static void roundTrip(Window window, Layout layout, DType type, long[] sizes) {
    View x = layout.view(sizes);
    View y = layout.view(sizes[0], sizes[1], window.outHeight(sizes[2]), window.outWidth(sizes[3]));
    List<DType> types = List.of(type, type, DType.INT32);
    double[][] memory = {new double[size(x)], new double[size(y)], new double[size(y)]};
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < memory[0].length; i++) {
      memory[0][i] = random.nextInt(-4, 5);
    }
    memory[2] =
        BackendCheck.launch(
            Kernel.Pool.of(types, PoolOp.MAX, window, operand(0, x), operand(1, y), operand(2, y)),
            2,
            memory);
    Kernel back =
        Kernel.Pool.of(
            types, PoolOp.MAX_BACKWARD, window, operand(0, x), operand(1, y), operand(2, y));
    goesBack(back, memory[2]);
    View twisted = Layout.TRANSPOSED.view(y.shape().toArray());
    ProgramBuilder body = new ProgramBuilder();
    int sum =
        body.apply(
            ScalarOp.ADD,
            body.add(new Instr.Load(1, y, type)),
            body.add(new Instr.Load(1, twisted, type)));
    goesBack(
        new Kernel.Pool(
            types,
            PoolOp.MAX_BACKWARD,
            window,
            y.shape(),
            body.build(),
            sum,
            operand(0, x),
            operand(2, y)),
        memory[2]);
  }

  private static void goesBack(Kernel back, double[] index) {
    BackendCheck.of(back)
        .filledWith(
            (buffer, i, r) ->
                buffer == 2
                    ? (i >= 0 && i < index.length ? index[Math.toIntExact(i)] : 0)
                    // Sums of these are exact. The zeros are negative, of which a sum is not.
                    : -(r.nextInt(-8, 9) / 4.0))
        .run();
  }

  /// What is pooled is computed as it is read: of two arrays, a number for each channel and a parameter.
  @ParameterizedTest
  @EnumSource(value = PoolOp.class, names = "MAX_BACKWARD", mode = EnumSource.Mode.EXCLUDE)
  void computesWhatItPools(PoolOp op) {
    for (Window window : WINDOWS) {
      for (Layout layout : Layout.values()) {
        for (Layout read : List.of(Layout.CONTIGUOUS, Layout.CHANNELS_LAST, layout)) {
          computed(DType.FLOAT32, op, window, layout, read, 3, 3, 7, 9);
          computed(DType.FLOAT32, op, window, layout, read, 2, 16, 8, 12);
        }
      }
    }
    for (Layout layout : List.of(Layout.CONTIGUOUS, Layout.CHANNELS_LAST, Layout.BATCH_LAST)) {
      computed(DType.FLOAT64, op, PAIRS, layout, Layout.SPACED, 2, 10, 6, 7);
      computed(DType.FLOAT16, op, PAIRS, layout, Layout.CONTIGUOUS, 2, 10, 6, 7);
      computed(DType.FLOAT32, op, PAIRS, layout, Layout.CHANNELS_LAST, 8, 32, 28, 28);
      computed(DType.FLOAT32, op, PAIRS, layout, Layout.CONTIGUOUS, 8, 10, 24, 24);
    }
  }

  private static void computed(
      DType type, PoolOp op, Window window, Layout layout, Layout read, long... sizes) {
    Shape x = Shape.of(sizes);
    Shape y = x.with(2, window.outHeight(sizes[2])).with(3, window.outWidth(sizes[3]));
    Shape pooled = op.isBackward() ? y : x;
    View first = read.view(pooled.toArray());
    View second = layout.view(pooled.toArray());
    View perChannel = View.of(pooled, new long[] {0, 1, 0, 0}, 0);
    ProgramBuilder body = new ProgramBuilder();
    int sum =
        body.apply(
            ScalarOp.ADD,
            body.add(new Instr.Load(0, first, type)),
            body.add(new Instr.Load(1, perChannel, type)));
    // The same buffer twice, each with its own way from image to image.
    int difference = body.apply(ScalarOp.SUB, sum, body.add(new Instr.Load(0, second, type)));
    int value = body.apply(ScalarOp.MUL, difference, body.add(new Instr.Param(0, type.register())));
    Kernel.Operand to = operand(2, layout.view((op.isBackward() ? x : y).toArray()));
    Kernel.Operand index = op.isMax() ? operand(3, layout.view(y.toArray())) : to;
    check(type, op, window, pooled, body, value, to, index);
  }

  private static void check(
      DType type,
      PoolOp op,
      Window window,
      Shape pooled,
      ProgramBuilder body,
      int value,
      Kernel.Operand to,
      Kernel.Operand index) {
    List<DType> types = List.of(type, type, type, DType.INT32);
    int rounded = body.cast(type, value);
    Kernel kernel = new Kernel.Pool(types, op, window, pooled, body.build(), rounded, to, index);
    BackendCheck.of(kernel)
        .within(tolerance(type, op))
        .with(Double.doubleToRawLongBits(0.5))
        .filledWith((buffer, i, random) -> buffer == 3 ? 0 : random.nextInt(-4, 5) / 2.0)
        .run();
  }

  /// A number that says which image it is of is not that of the first.
  @ParameterizedTest
  @EnumSource(value = PoolOp.class, names = "MAX_BACKWARD", mode = EnumSource.Mode.EXCLUDE)
  void countsThroughAllImages(PoolOp op) {
    for (Layout layout : List.of(Layout.CONTIGUOUS, Layout.CHANNELS_LAST, Layout.BATCH_LAST)) {
      Shape x = Shape.of(4, 10, 6, 8);
      Shape y = Shape.of(4, 10, 3, 4);
      Shape pooled = op.isBackward() ? y : x;
      ProgramBuilder body = new ProgramBuilder();
      int place = body.add(new Instr.Iota(View.of(pooled, new long[] {1000, 100, 10, 1}, 3)));
      int value = body.cast(DType.FLOAT32, place);
      Kernel.Operand to = operand(2, layout.view((op.isBackward() ? x : y).toArray()));
      Kernel.Operand index = op.isMax() ? operand(3, layout.view(y.toArray())) : to;
      check(DType.FLOAT32, op, PAIRS, pooled, body, value, to, index);
    }
  }

  private static int size(View view) {
    return Math.toIntExact(view.last() + 1);
  }

  @Test
  void notANumberWinsAndTheFirstOfEqualsStays() {
    double nan = Double.NaN;
    for (Layout layout : List.of(Layout.CONTIGUOUS, Layout.CHANNELS_LAST)) {
      View x = layout.view(1, 1, 2, 8);
      View y = layout.view(1, 1, 1, 4);
      double[][] memory = {
        {
          1,
          nan,
          5,
          5,
          nan,
          nan,
          Double.NEGATIVE_INFINITY,
          Double.NEGATIVE_INFINITY,
          9,
          2,
          5,
          5,
          3,
          nan,
          Double.NEGATIVE_INFINITY,
          Double.NEGATIVE_INFINITY
        },
        new double[4],
        new double[4]
      };
      List<DType> types = List.of(DType.FLOAT32, DType.FLOAT32, DType.INT32);
      Kernel kernel =
          Kernel.Pool.of(types, PoolOp.MAX, PAIRS, operand(0, x), operand(1, y), operand(2, y));
      assertArrayEquals(
          new double[] {nan, 5, nan, Double.NEGATIVE_INFINITY},
          BackendCheck.launch(kernel, 1, memory));
      assertArrayEquals(new double[] {1, 2, 4, 6}, BackendCheck.launch(kernel, 2, memory));
    }
  }
}
