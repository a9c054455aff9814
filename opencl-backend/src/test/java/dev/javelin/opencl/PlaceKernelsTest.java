package dev.javelin.opencl;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.PlaneOrder;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.ProgramBuilder;
import dev.javelin.kernels.ScalarOp;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Gather, scatter, pooling and random numbers against the interpreter.
@EnabledIf("dev.javelin.opencl.Cases#areToRun")
final class PlaceKernelsTest {
  private final SplittableRandom random = new SplittableRandom(43);

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"BOOL", "INT8", "INT64", "FLOAT16", "BFLOAT16", "FLOAT64"})
  void gathersAndScattersEveryType(DType type) {
    gather(type, DType.INT64, 1, false, 7, 4, 9);
    scatter(type, DType.INT32, 1, false, type != DType.BOOL, 7, 40, 9);
    scatter(type, DType.INT64, 0, true, false, 50, 6);
  }

  @Test
  void gathersAndScattersAlongEveryAxis() {
    for (int axis = 0; axis < 3; axis++) {
      gather(DType.FLOAT32, DType.INT32, axis, true, 5, 6, 70);
      scatter(DType.FLOAT32, DType.INT64, axis, true, true, 5, 60, 7);
    }
    // One place after the other: only the shares of the places run side by side.
    scatter(DType.FLOAT32, DType.INT64, 0, false, true, 3000);
  }

  private void gather(DType type, DType indexType, int axis, boolean rows, long... sizes) {
    int size = 11;
    View base = Views.any(random, Shape.of(sizes).with(axis, size).toArray());
    View reach = reach(base, axis, sizes);
    View index = index(axis, rows, sizes);
    Kernel kernel =
        new Kernel.Gather(
            List.of(type, indexType, type),
            Shape.of(sizes),
            new Kernel.Operand(0, reach),
            base.stride(axis),
            size,
            new Kernel.Operand(1, index),
            new Kernel.Operand(2, Views.any(random, sizes)));
    check(kernel, type, size, 0);
  }

  private void scatter(
      DType type, DType indexType, int axis, boolean rows, boolean add, long... sizes) {
    int size = 13;
    View base = Views.any(random, Shape.of(sizes).with(axis, size).toArray());
    Kernel kernel =
        new Kernel.Scatter(
            List.of(type, indexType, type),
            Shape.of(sizes),
            new Kernel.Operand(0, Views.any(random, sizes)),
            new Kernel.Operand(1, index(axis, rows, sizes)),
            new Kernel.Operand(2, reach(base, axis, sizes)),
            base.stride(axis),
            size,
            add);
    check(kernel, type, size, 0);
  }

  @Test
  void addsInOrder() {
    // Sums of numbers of very different size depend on the order; both round after each addition.
    int count = 500;
    View places = View.of(Shape.of(count, 3), new long[] {0, 1}, 0);
    Kernel kernel =
        new Kernel.Scatter(
            List.of(DType.FLOAT32, DType.INT64, DType.FLOAT32),
            Shape.of(count, 3),
            new Kernel.Operand(0, View.contiguous(Shape.of(count, 3))),
            new Kernel.Operand(1, View.of(Shape.of(count, 3), new long[] {1, 0}, 0)),
            new Kernel.Operand(2, places),
            3,
            4,
            true);
    KernelCheck.of(kernel)
        .filledWith(
            (buffer, i, numbers) ->
                buffer == 1
                    ? numbers.nextInt(4)
                    : numbers.nextDouble(-1, 1) * Math.scalb(1.0, numbers.nextInt(20)))
        .run();
  }

  @Test
  void anIndexOutOfBoundsIsReported() {
    OpenClBackend backend = Cases.first();
    View one = View.of(Shape.of(3), new long[] {0}, 0);
    View three = View.contiguous(Shape.of(3));
    Kernel kernel =
        new Kernel.Gather(
            List.of(DType.FLOAT32, DType.INT32, DType.FLOAT32),
            Shape.of(3),
            new Kernel.Operand(0, one),
            1,
            5,
            new Kernel.Operand(1, three),
            new Kernel.Operand(2, three));
    DeviceBuffer source = backend.allocate(20);
    DeviceBuffer index = backend.allocate(12);
    DeviceBuffer target = backend.allocate(12);
    index.write(0, MemorySegment.ofArray(new int[] {1, -8, 2}));
    backend
        .compile(kernel)
        .launch(new DeviceBuffer[] {source, index, target}, new long[3], new long[0]);
    IndexOutOfBoundsException error =
        assertThrows(IndexOutOfBoundsException.class, backend::synchronize);
    assertTrue(error.getMessage().contains("-8"), error.getMessage());
  }

  private static View reach(View base, int axis, long... sizes) {
    View along = View.of(Shape.of(sizes), base.strides(), base.offset());
    return Views.repeated(along, axis);
  }

  /// Indices of their own for each element, or the same for all along the other axes.
  private View index(int axis, boolean rows, long... sizes) {
    View view = Views.any(random, sizes);
    if (!rows) {
      return view;
    }
    long[] strides = new long[sizes.length];
    strides[axis] = 1;
    return View.of(view.shape(), strides, 2);
  }

  private static void check(Kernel kernel, DType type, int size, double tolerance) {
    KernelCheck.of(kernel)
        .filledWith(
            (buffer, i, numbers) ->
                buffer == 1
                    ? numbers.nextInt(size)
                    : type.isFloatingPoint()
                        ? numbers.nextInt(-32, 32) / 8.0
                        : numbers.nextInt(type == DType.BOOL ? 2 : 100))
        .within(tolerance)
        .run();
  }

  @ParameterizedTest
  @EnumSource(Kernel.PoolOp.class)
  void pools(Kernel.PoolOp op) {
    for (DType type : List.of(DType.FLOAT32, DType.FLOAT16)) {
      pool(op, type, new Kernel.Window(2, 2, 2, 2, 0, 0, 1, 1, 1));
      pool(op, type, new Kernel.Window(3, 2, 1, 2, 1, 1, 2, 1, 1));
    }
  }

  private void pool(Kernel.PoolOp op, DType type, Kernel.Window window) {
    long[] y = {2, 3, window.outHeight(9), window.outWidth(12)};
    View atX = Views.any(random, 2, 3, 9, 12);
    View atY = Views.any(random, y);
    boolean max = op == Kernel.PoolOp.MAX || op == Kernel.PoolOp.MAX_BACKWARD;
    Kernel kernel =
        Kernel.Pool.of(
            List.of(type, type, DType.INT32),
            op,
            window,
            new Kernel.Operand(0, atX),
            new Kernel.Operand(1, atY),
            max ? new Kernel.Operand(2, View.contiguous(atY.shape())) : new Kernel.Operand(1, atY));
    long plane = y[2] * y[3];
    KernelCheck.of(kernel)
        .filledWith(
            (buffer, i, numbers) ->
                buffer == 2
                    ? middle(window, Math.floorMod(i, plane), y[3])
                    : buffer == 0 && numbers.nextInt(50) == 0
                        ? Double.NaN
                        : numbers.nextInt(-9, 9) / 8.0)
        .within(type == DType.FLOAT16 ? 1e-3 : type == DType.FLOAT32 ? 1e-6 : 1e-15)
        .run();
  }

  /// What is pooled is computed as it is read, of two arrays, a number for each channel, one for each place and a parameter.
  @ParameterizedTest
  @EnumSource(Kernel.PoolOp.class)
  void poolsWhatItComputes(Kernel.PoolOp op) {
    for (DType type : List.of(DType.FLOAT32, DType.FLOAT16)) {
      poolComputed(op, type, new Kernel.Window(2, 2, 2, 2, 0, 0, 1, 1, 1));
      poolComputed(op, type, new Kernel.Window(3, 2, 1, 2, 1, 1, 2, 1, 1));
    }
  }

  private void poolComputed(Kernel.PoolOp op, DType type, Kernel.Window window) {
    Shape x = Shape.of(2, 3, 9, 12);
    Shape y = Shape.of(2, 3, window.outHeight(9), window.outWidth(12));
    Shape pooled = op.isBackward() ? y : x;
    ProgramBuilder body = new ProgramBuilder();
    int first = body.add(new Instr.Load(0, View.contiguous(pooled), type));
    int second = body.add(new Instr.Load(1, PlaneOrder.CHANNELS_LAST.of(pooled), type));
    View perChannel = View.of(pooled, new long[] {0, 1, 0, 0}, 1);
    int third = body.add(new Instr.Load(1, perChannel, type));
    View place = View.of(pooled, new long[] {5, -2, 1, 3}, 1);
    int number = body.cast(type, body.add(new Instr.Iota(place)));
    int sum = body.apply(ScalarOp.ADD, body.apply(ScalarOp.MUL, first, second), third);
    int factor = body.add(new Instr.Param(0, type.register()));
    int value =
        body.cast(type, body.apply(ScalarOp.ADD, body.apply(ScalarOp.MUL, sum, factor), number));
    View to = Views.any(random, (op.isBackward() ? x : y).toArray());
    Kernel.Operand target = new Kernel.Operand(2, to);
    Kernel.Operand index = op.isMax() ? new Kernel.Operand(3, View.contiguous(y)) : target;
    List<DType> types = List.of(type, type, type, DType.INT32);
    KernelCheck.of(new Kernel.Pool(types, op, window, pooled, body.build(), value, target, index))
        .with(Double.doubleToRawLongBits(0.5))
        .filledWith(
            (buffer, i, numbers) ->
                buffer == 3
                    ? middle(window, Math.floorMod(i, y.size(2) * y.size(3)), y.size(3))
                    : numbers.nextInt(-9, 9) / 8.0)
        .within(type == DType.FLOAT16 ? 1e-3 : 1e-6)
        .run();
  }

  /// An element that the window at a place covers, as a largest one would be; it exists, for padding is less than a window.
  private static double middle(Kernel.Window window, long at, long width) {
    long row = at / width * window.strideH() - window.padH();
    long column = at % width * window.strideW() - window.padW();
    while (row < 0) {
      row += window.dilationH();
    }
    while (column < 0) {
      column += window.dilationW();
    }
    return row * 12 + column;
  }

  @ParameterizedTest
  @EnumSource(Kernel.Distribution.class)
  void randomNumbers(Kernel.Distribution distribution) {
    List<DType> types =
        distribution == Kernel.Distribution.WORDS
            ? List.of(DType.INT64)
            : List.of(DType.FLOAT32, DType.FLOAT64, DType.BFLOAT16);
    for (DType type : types) {
      for (View view : List.of(View.contiguous(Shape.of(1001)), Views.any(random, 7, 31))) {
        Kernel kernel = new Kernel.Random(List.of(type), distribution, new Kernel.Operand(0, view));
        boolean exact = distribution != Kernel.Distribution.NORMAL;
        double tolerance = type == DType.BFLOAT16 ? 1e-2 : type == DType.FLOAT32 ? 2e-6 : 1e-14;
        KernelCheck.of(kernel)
            .with(0x123456789ABCDEFL, (1L << 32) - 40)
            .within(exact ? 0 : tolerance)
            .run();
      }
    }
  }
}
