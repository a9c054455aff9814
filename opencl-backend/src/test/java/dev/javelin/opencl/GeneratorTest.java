package dev.javelin.opencl;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.ProgramBuilder;
import dev.javelin.kernels.ScalarOp;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Generated kernels against the interpreter: sizes that take every way through the generator, in the form for GPUs and in that for
/// processors, both run on the first device.
@EnabledIf("dev.javelin.opencl.Cases#areToRun")
final class GeneratorTest {
  private static final DType F32 = DType.FLOAT32;

  private static final double[] SPECIAL = {
    0,
    -0.0,
    1,
    -1,
    0.5,
    -0.5,
    1.5,
    2.5,
    -2.5,
    3,
    -7,
    100.25,
    1e-20,
    -1e20,
    3e9,
    -3e9,
    1e30,
    65504,
    65520,
    7e4,
    6e-8,
    1e-40,
    Double.NaN,
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY,
    2147483648.0,
    255,
    256,
    -128
  };

  private static final long[] WHOLE = {
    0,
    1,
    -1,
    2,
    3,
    -3,
    7,
    -8,
    63,
    64,
    127,
    128,
    255,
    256,
    -129,
    32768,
    65537,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    1L << 40,
    Long.MAX_VALUE,
    Long.MIN_VALUE
  };

  static Stream<Arguments> rows() {
    long[][] sizes = {{1, 100000}, {3, 70000}, {700, 9}, {300, 40}, {5, 600}, {7, 0}, {130, 3}};
    List<Arguments> all = new ArrayList<>();
    for (long[] size : sizes) {
      for (boolean columns : new boolean[] {false, true}) {
        for (DType type : List.of(F32, DType.INT64, DType.INT8, DType.BFLOAT16)) {
          all.add(Arguments.of(size[0], size[1], columns, type));
        }
      }
    }
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("rows")
  void folds(long outer, long inner, boolean columns, DType type) {
    View view =
        View.of(Shape.of(outer, inner), columns ? new long[] {1, outer} : new long[] {inner, 1}, 3);
    DType register = type.register();
    ProgramBuilder body = new ProgramBuilder();
    int x = body.add(new Instr.Load(0, view, type));
    List<Kernel.Fold> folds = new ArrayList<>();
    List<Kernel.Store> stores = new ArrayList<>();
    List<DType> buffers = new ArrayList<>(List.of(type));
    ProgramBuilder finish = new ProgramBuilder();
    for (Kernel.FoldOp op : Kernel.FoldOp.values()) {
      if (op == Kernel.FoldOp.PROD && type.isFloatingPoint()) {
        continue;
      }
      boolean argument = op == Kernel.FoldOp.ARGMAX || op == Kernel.FoldOp.ARGMIN;
      DType result = argument ? DType.INT64 : register;
      int at = finish.add(new Instr.Result(folds.size(), result));
      folds.add(new Kernel.Fold(op, x, result));
      stores.add(
          new Kernel.Store(
              new Kernel.Operand(buffers.size(), View.contiguous(Shape.of(outer))), at));
      buffers.add(result);
    }
    Kernel kernel =
        new Kernel.Reduce(
            buffers, Shape.of(outer), Shape.of(inner), body.build(), folds, finish.build(), stores);
    check(kernel, 1e-4);
  }

  @Test
  void rowsOfSeveralPasses() {
    for (long[] size : new long[][] {{1, 5}, {40, 7}, {33, 300}, {3, 2000}}) {
      View view = View.of(Shape.of(size), new long[] {size[1] + 2, 1}, 1);
      ProgramBuilder body = new ProgramBuilder();
      int x = body.add(new Instr.Load(0, view, F32));
      int shifted = body.apply(ScalarOp.SUB, x, body.add(new Instr.Result(0, F32)));
      int power = body.apply(ScalarOp.EXP, shifted);
      int part = body.apply(ScalarOp.DIV, power, body.add(new Instr.Result(1, F32)));
      ProgramBuilder finish = new ProgramBuilder();
      View each = View.contiguous(Shape.of(size[0]));
      int old = finish.add(new Instr.Load(2, each, F32));
      int log = finish.apply(ScalarOp.LOG, finish.add(new Instr.Result(1, F32)));
      int sum = finish.apply(ScalarOp.ADD, old, log);
      Kernel kernel =
          new Kernel.RowWise(
              List.of(F32, DType.FLOAT16, F32),
              Shape.of(size[0]),
              Shape.of(size[1]),
              body.build(),
              List.of(
                  new Kernel.Fold(Kernel.FoldOp.MAX, x, F32),
                  new Kernel.Fold(Kernel.FoldOp.SUM, power, F32)),
              List.of(new Kernel.Store(new Kernel.Operand(1, view), part)),
              finish.build(),
              List.of(new Kernel.Store(new Kernel.Operand(2, each), sum)));
      check(kernel, 1e-3);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"INT32", "INT64", "FLOAT32", "FLOAT64"})
  void operations(DType type) {
    boolean real = type.isFloatingPoint();
    int count = real ? SPECIAL.length : WHOLE.length;
    Shape shape = Shape.of(count, count);
    ProgramBuilder program = new ProgramBuilder();
    int x = program.add(new Instr.Load(0, View.of(shape, new long[] {1, 0}, 0), type));
    int y = program.add(new Instr.Load(0, View.of(shape, new long[] {0, 1}, 0), type));
    List<Kernel.Store> stores = new ArrayList<>();
    List<DType> buffers = new ArrayList<>(List.of(type));
    for (ScalarOp op : ScalarOp.values()) {
      if (op == ScalarOp.INDEX) {
        continue;
      }
      boolean bits = op == ScalarOp.AND || op == ScalarOp.OR || op == ScalarOp.XOR;
      if (real ? bits : op.needsFloat()) {
        continue;
      }
      int value =
          switch (op.arity()) {
            case 1 -> program.apply(op, x);
            case 2 -> program.apply(op, x, y);
            default -> program.apply(op, program.apply(ScalarOp.LT, x, y), x, y);
          };
      stores.add(
          new Kernel.Store(new Kernel.Operand(buffers.size(), View.contiguous(shape)), value));
      buffers.add(program.type(value));
    }
    checkSpecial(buffers, shape, program, stores, real ? 1e-4 : 0);
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"INT32", "INT64", "FLOAT32", "FLOAT64"})
  void conversions(DType type) {
    Shape shape = Shape.of(type.isFloatingPoint() ? SPECIAL.length : WHOLE.length);
    View view = View.contiguous(shape);
    ProgramBuilder program = new ProgramBuilder();
    int x = program.add(new Instr.Load(0, view, type));
    List<Kernel.Store> stores = new ArrayList<>();
    List<DType> buffers = new ArrayList<>(List.of(type));
    for (DType target : DType.values()) {
      int value = program.cast(target, x);
      stores.add(new Kernel.Store(new Kernel.Operand(buffers.size(), view), value));
      buffers.add(target.register());
      stores.add(new Kernel.Store(new Kernel.Operand(buffers.size(), view), x));
      buffers.add(target);
    }
    checkSpecial(buffers, shape, program, stores, 1e-6);
  }

  @Test
  void stridedAxesPositionsAnd64Bits() {
    Shape shape = Shape.of(3, 5, 4);
    for (long far : new long[] {0, 1L << 40}) {
      ProgramBuilder program = new ProgramBuilder();
      View back = View.of(shape, new long[] {-1, 24, -5}, 30);
      int x = program.add(new Instr.Load(0, back, DType.INT16));
      int place = program.add(new Instr.Iota(View.of(shape, new long[] {7, 0, 100}, far)));
      int wide = program.cast(DType.INT64, x);
      int sum = program.apply(ScalarOp.ADD, wide, place);
      View to = View.of(shape, new long[] {1, 3, 15}, 2);
      Kernel.Store store = new Kernel.Store(new Kernel.Operand(1, to), sum);
      Kernel kernel =
          new Kernel.Map(
              List.of(DType.INT16, DType.INT64),
              List.of(new Kernel.Part(shape, program.build(), List.of(store))));
      check(kernel, 0);
    }
  }

  @Test
  void manyParts() {
    List<Kernel.Part> parts = new ArrayList<>();
    List<DType> buffers = new ArrayList<>();
    for (int p = 0; p < 61; p++) {
      View view = View.contiguous(Shape.of(p == 30 ? 0 : p == 7 ? 5000 : 1 + 13 * p % 300));
      ProgramBuilder program = new ProgramBuilder();
      int x = program.add(new Instr.Load(buffers.size(), view, F32));
      int y = program.add(new Instr.Load(buffers.size() + 1, view, F32));
      int step = program.apply(ScalarOp.MUL, program.add(new Instr.Param(1, F32)), y);
      int next = program.apply(ScalarOp.SUB, x, step);
      Kernel.Operand to = new Kernel.Operand(buffers.size(), view);
      parts.add(
          new Kernel.Part(view.shape(), program.build(), List.of(new Kernel.Store(to, next))));
      buffers.addAll(List.of(F32, F32));
    }
    check(new Kernel.Map(buffers, parts), 1e-6);
  }

  /// Neighbours move together on GPUs: sizes that leave a rest, offsets that are not aligned, types of every width, a number for all.
  @Test
  void neighboursOfEveryType() {
    List<List<DType>> all =
        List.of(
            List.of(F32, DType.FLOAT16, DType.UINT8),
            List.of(DType.BFLOAT16, DType.FLOAT16),
            List.of(DType.INT8, DType.BOOL),
            List.of(DType.FLOAT64, DType.INT16));
    for (List<DType> types : all) {
      for (long size : new long[] {1, 7, 8, 1027}) {
        for (long offset : new long[] {0, 1, 16}) {
          check(neighbours(types, Shape.of(size), offset), 1e-2);
        }
      }
    }
  }

  private static Kernel neighbours(List<DType> types, Shape shape, long offset) {
    ProgramBuilder program = new ProgramBuilder();
    View all = View.of(shape, new long[] {1}, offset);
    DType register = types.getFirst().register();
    int sum = program.cast(register, program.add(new Instr.Iota(View.contiguous(shape))));
    for (int b = 0; b < types.size(); b++) {
      View view = b == 1 ? View.of(shape, new long[] {0}, 1) : all;
      int x = program.cast(register, program.add(new Instr.Load(b, view, types.get(b))));
      sum = program.apply(ScalarOp.ADD, sum, x);
    }
    List<Kernel.Store> stores = new ArrayList<>();
    List<DType> buffers = new ArrayList<>(types);
    stores.add(new Kernel.Store(new Kernel.Operand(0, all), sum));
    for (DType type : types) {
      stores.add(new Kernel.Store(new Kernel.Operand(buffers.size(), all), sum));
      buffers.add(type);
    }
    return new Kernel.Map(buffers, List.of(new Kernel.Part(shape, program.build(), stores)));
  }

  @Test
  void onePartWithMoreBuffersThanALaunchBinds() {
    // Element by element: all are added, each is replaced by the sum up to it, and two trade
    // places.
    Shape shape = Shape.of(37);
    View view = View.contiguous(shape);
    View back = View.of(shape, new long[] {-1}, 36);
    int count = 101;
    ProgramBuilder program = new ProgramBuilder();
    List<Kernel.Store> stores = new ArrayList<>();
    List<DType> buffers = new ArrayList<>();
    int sum = program.constant(F32, 0);
    for (int b = 0; b < count; b++) {
      View at = b % 5 == 4 ? back : view;
      sum = program.apply(ScalarOp.ADD, sum, program.add(new Instr.Load(b, at, F32)));
      int value = b < 2 ? program.add(new Instr.Load(1 - b, view, F32)) : sum;
      if (b % 3 != 2) {
        stores.add(new Kernel.Store(new Kernel.Operand(b, at), value));
      }
      buffers.add(F32);
    }
    stores.add(new Kernel.Store(new Kernel.Operand(count, view), sum));
    buffers.add(F32);
    check(new Kernel.Map(buffers, List.of(new Kernel.Part(shape, program.build(), stores))), 1e-5);
  }

  private static void checkSpecial(
      List<DType> buffers,
      Shape shape,
      ProgramBuilder program,
      List<Kernel.Store> stores,
      double tolerance) {
    Kernel kernel =
        new Kernel.Map(buffers, List.of(new Kernel.Part(shape, program.build(), stores)));
    boolean real = buffers.getFirst().isFloatingPoint();
    int count = real ? SPECIAL.length : WHOLE.length;
    KernelCheck.of(kernel)
        .filledWith(
            (buffer, i, random) ->
                buffer > 0 || i < 0 || i >= count ? 0 : real ? SPECIAL[(int) i] : WHOLE[(int) i])
        .within(tolerance)
        .run();
  }

  /// Few different numbers, so that extrema tie, and now and then none.
  private static void check(Kernel kernel, double tolerance) {
    KernelCheck.of(kernel)
        .filledWith(
            (buffer, i, random) ->
                !kernel.buffers().get(buffer).isFloatingPoint()
                    ? random.nextInt(-40, 41)
                    : kernel instanceof Kernel.Reduce && random.nextInt(3000) == 0
                        ? Double.NaN
                        : random.nextInt(-40, 41) / 8.0)
        .with(5, Double.doubleToRawLongBits(0.25))
        .within(tolerance)
        .run();
  }
}
