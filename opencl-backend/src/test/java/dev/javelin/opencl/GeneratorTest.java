package dev.javelin.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Interpreter;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Numbers;
import dev.javelin.kernels.ProgramBuilder;
import dev.javelin.kernels.ScalarOp;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import dev.javelin.kernels.c.CSource;
import dev.javelin.kernels.c.Target;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
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

  enum Form {
    GPU,
    CPU;

    private OpenClBackend device;

    OpenClBackend device() {
      if (device == null) {
        device =
            new OpenClBackend(
                Cases.first().device(),
                new Driver(),
                (kernel, target) ->
                    CSource.of(kernel, new Target(target.dialect(), this == CPU, 2)));
      }
      return device;
    }
  }

  static Stream<Arguments> rows() {
    long[][] sizes = {{1, 100000}, {3, 70000}, {700, 9}, {300, 40}, {5, 600}, {7, 0}, {130, 3}};
    List<Arguments> all = new ArrayList<>();
    for (Form form : Form.values()) {
      for (long[] size : sizes) {
        for (boolean columns : new boolean[] {false, true}) {
          for (DType type : List.of(F32, DType.INT64, DType.INT8, DType.BFLOAT16)) {
            all.add(Arguments.of(form, size[0], size[1], columns, type));
          }
        }
      }
    }
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("rows")
  void folds(Form form, long outer, long inner, boolean columns, DType type) {
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
    check(form, kernel, outer * (inner + 1) + 4, 1e-4);
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void rowsOfSeveralPasses(Form form) {
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
      check(form, kernel, size[0] * (size[1] + 2) + 1, 1e-3);
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

  @ParameterizedTest
  @EnumSource(Form.class)
  void stridedAxesPositionsAnd64Bits(Form form) {
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
      check(form, kernel, 140, 0);
    }
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void manyParts(Form form) {
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
    check(form, new Kernel.Map(buffers, parts), 5000, 1e-6);
  }

  private static void checkSpecial(
      List<DType> buffers,
      Shape shape,
      ProgramBuilder program,
      List<Kernel.Store> stores,
      double tolerance) {
    Kernel kernel =
        new Kernel.Map(buffers, List.of(new Kernel.Part(shape, program.build(), stores)));
    DType type = buffers.getFirst();
    for (Form form : Form.values()) {
      run(
          form,
          kernel,
          shape.numel(),
          tolerance,
          (buffer, memory, count) -> {
            for (int i = 0; buffer == 0 && i < Math.min(count, SPECIAL.length); i++) {
              if (type.isFloatingPoint()) {
                Numbers.setDouble(type, memory, i, SPECIAL[i]);
              } else if (i < WHOLE.length) {
                Numbers.setLong(type, memory, i, WHOLE[i]);
              }
            }
          });
    }
  }

  /// Few different numbers, so that extrema tie, and now and then none.
  private static void check(Form form, Kernel kernel, long count, double tolerance) {
    SplittableRandom random = new SplittableRandom(7);
    run(
        form,
        kernel,
        count,
        tolerance,
        (buffer, memory, n) -> {
          DType type = kernel.buffers().get(buffer);
          for (int i = 0; i < n; i++) {
            if (type.isFloatingPoint()) {
              double value = random.nextInt(-40, 41) / 8.0;
              Numbers.setDouble(
                  type,
                  memory,
                  i,
                  random.nextInt(3000) == 0 && kernel instanceof Kernel.Reduce
                      ? Double.NaN
                      : value);
            } else {
              Numbers.setLong(type, memory, i, random.nextInt(-40, 41));
            }
          }
        });
  }

  @FunctionalInterface
  private interface Fill {
    void fill(int buffer, MemorySegment memory, long count);
  }

  private static void run(Form form, Kernel kernel, long count, double tolerance, Fill fill) {
    OpenClBackend device = form.device();
    int buffers = kernel.buffers().size();
    MemorySegment[] wanted = new MemorySegment[buffers];
    DeviceBuffer[] given = new DeviceBuffer[buffers];
    long[] params = {5, Double.doubleToRawLongBits(0.25)};
    try (Arena arena = Arena.ofConfined()) {
      for (int b = 0; b < buffers; b++) {
        wanted[b] = arena.allocate(count * kernel.buffers().get(b).bytes(), 16);
        fill.fill(b, wanted[b], count);
        given[b] = device.allocate(wanted[b].byteSize());
        given[b].write(0, wanted[b]);
      }
      device.compile(kernel).launch(given, new long[buffers], params);
      Interpreter.run(kernel, wanted, params);
      for (int b = 0; b < buffers; b++) {
        MemorySegment got = arena.allocate(wanted[b].byteSize(), 16);
        given[b].read(0, got);
        compare(kernel.buffers().get(b), b, wanted[b], got, count, tolerance);
        given[b].free();
      }
    }
  }

  private static void compare(
      DType type,
      int buffer,
      MemorySegment wanted,
      MemorySegment got,
      long count,
      double tolerance) {
    for (long i = 0; i < count; i++) {
      String where = type + " buffer " + buffer + " element " + i;
      if (!type.isFloatingPoint()) {
        assertEquals(Numbers.getLong(type, wanted, i), Numbers.getLong(type, got, i), where);
        continue;
      }
      double a = Numbers.getDouble(type, wanted, i);
      double b = Numbers.getDouble(type, got, i);
      boolean close =
          Double.compare(a, b) == 0 || a == b || Math.abs(a - b) <= tolerance * (1 + Math.abs(a));
      assertTrue(close, () -> where + " should be " + a + ", is " + b);
    }
  }
}
