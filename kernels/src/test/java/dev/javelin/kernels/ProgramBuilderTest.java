package dev.javelin.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ProgramBuilderTest {
  private static final View ONE = View.contiguous(Shape.SCALAR);
  private static final double[] REALS = {
    0.0,
    -0.0,
    1,
    -1,
    2,
    -2,
    0.5,
    3,
    -7.25,
    0.1,
    1e-3,
    1e30,
    1e-30,
    0x1p-120,
    0x1p120,
    0x1p-149,
    0x1p-1074,
    Double.NaN,
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY
  };
  private static final long[] WHOLES = {
    0,
    1,
    -1,
    2,
    -2,
    3,
    7,
    255,
    256,
    1L << 31,
    -(1L << 31),
    Integer.MAX_VALUE,
    Long.MAX_VALUE,
    Long.MIN_VALUE
  };

  /// Runs a program of one element: buffer 0 is x, 1 is y, 2 is z.
  private static double run(ProgramBuilder b, int value, DType type, double x, double y, double z) {
    Program program = b.build();
    DType result = b.type(value);
    List<DType> types = List.of(type, type, type, result);
    Kernel.Store store = new Kernel.Store(new Kernel.Operand(3, ONE), value);
    Kernel kernel =
        new Kernel.Map(types, List.of(new Kernel.Part(Shape.SCALAR, program, List.of(store))));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment[] memory = new MemorySegment[4];
      double[] values = {x, y, z, 0};
      for (int i = 0; i < 4; i++) {
        memory[i] = arena.allocate(8, 8);
        Numbers.setDouble(types.get(i), memory[i], 0, values[i]);
      }
      Interpreter.run(kernel, memory);
      return Numbers.getDouble(result, memory[3], 0);
    }
  }

  private static final Set<ScalarOp> WHOLE_ONLY =
      EnumSet.of(ScalarOp.AND, ScalarOp.OR, ScalarOp.XOR, ScalarOp.INDEX);

  private static int load(ProgramBuilder b, DType type, int buffer) {
    return b.add(new Instr.Load(buffer, ONE, type));
  }

  /// Every operation, with each combination of its operands written as constants: the simplifier
  /// may fold, drop or replace what it likes, but every bit of the result stays.
  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"FLOAT32", "FLOAT64"})
  void keepsEveryBitOfReals(DType type) {
    for (ScalarOp op : ScalarOp.values()) {
      if (op == ScalarOp.SELECT || WHOLE_ONLY.contains(op)) {
        continue;
      }
      for (double left : REALS) {
        for (double right : op.arity() == 1 ? new double[] {0} : REALS) {
          double x = Numbers.round(type, left);
          double y = Numbers.round(type, right);
          double plain = apply(op, type, false, false, x, y);
          for (int constants = 1; constants < 4; constants++) {
            double simplified = apply(op, type, (constants & 1) != 0, (constants & 2) != 0, x, y);
            assertEquals(
                0,
                Double.compare(plain, simplified),
                op + "(" + x + ", " + y + ") is " + plain + ", simplified " + simplified);
          }
        }
      }
    }
  }

  private static double apply(
      ScalarOp op, DType type, boolean constantX, boolean constantY, double x, double y) {
    ProgramBuilder b = new ProgramBuilder();
    int left = constantX ? b.constant(type, x) : load(b, type, 0);
    if (op.arity() == 1) {
      return run(b, b.apply(op, left), type, x, y, 0);
    }
    int right = constantY ? b.constant(type, y) : load(b, type, 1);
    return run(b, b.apply(op, left, right), type, x, y, 0);
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"INT32", "INT64"})
  void keepsEveryBitOfIntegers(DType type) {
    for (ScalarOp op : ScalarOp.values()) {
      if (op == ScalarOp.SELECT || op == ScalarOp.INDEX || op.needsFloat()) {
        continue;
      }
      for (long left : WHOLES) {
        for (long right : op.arity() == 1 ? new long[] {0} : WHOLES) {
          long x = Numbers.wrap(type, left);
          long y = Numbers.wrap(type, right);
          long plain = applyWhole(op, type, false, false, x, y);
          for (int constants = 1; constants < 4; constants++) {
            boolean constantX = (constants & 1) != 0;
            boolean constantY = (constants & 2) != 0;
            assertEquals(
                plain,
                applyWhole(op, type, constantX, constantY, x, y),
                op + "(" + x + ", " + y + ")");
          }
        }
      }
    }
  }

  private static long applyWhole(
      ScalarOp op, DType type, boolean constantX, boolean constantY, long x, long y) {
    ProgramBuilder b = new ProgramBuilder();
    int left = constantX ? b.add(new Instr.Const(type, x)) : load(b, type, 0);
    int right =
        op.arity() == 1 ? -1 : constantY ? b.add(new Instr.Const(type, y)) : load(b, type, 1);
    int value = op.arity() == 1 ? b.apply(op, left) : b.apply(op, left, right);
    DType result = b.type(value);
    Kernel.Store store = new Kernel.Store(new Kernel.Operand(2, ONE), value);
    Kernel kernel =
        new Kernel.Map(
            List.of(type, type, result),
            List.of(new Kernel.Part(Shape.SCALAR, b.build(), List.of(store))));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment[] memory = {arena.allocate(8, 8), arena.allocate(8, 8), arena.allocate(8, 8)};
      Numbers.setLong(type, memory[0], 0, x);
      Numbers.setLong(type, memory[1], 0, y);
      Interpreter.run(kernel, memory);
      return Numbers.getLong(result, memory[2], 0);
    }
  }

  @Test
  void anIndexOutsideIsTheLaunchesErrorNotTheBuilders() {
    assertEquals(2, applyWhole(ScalarOp.INDEX, DType.INT64, true, true, 2, 3));
    ProgramBuilder b = new ProgramBuilder();
    int x = b.add(new Instr.Const(DType.INT64, 3));
    b.apply(ScalarOp.INDEX, x, x);
    assertThrows(
        IndexOutOfBoundsException.class,
        () -> applyWhole(ScalarOp.INDEX, DType.INT64, true, true, 3, 3));
  }

  @Test
  void simplifies() {
    ProgramBuilder b = new ProgramBuilder();
    DType f = DType.FLOAT32;
    int x = load(b, f, 0);
    int zero = b.constant(f, 0);
    int one = b.constant(f, 1);
    int two = b.constant(f, 2);
    assertEquals(x, b.apply(ScalarOp.MUL, x, one));
    assertEquals(x, b.apply(ScalarOp.MUL, one, x));
    assertEquals(x, b.apply(ScalarOp.DIV, x, one));
    assertEquals(x, b.apply(ScalarOp.SUB, x, zero));
    assertEquals(x, b.apply(ScalarOp.NEG, b.apply(ScalarOp.NEG, x)));
    assertEquals(x, b.apply(ScalarOp.POW, x, one));
    assertEquals(b.apply(ScalarOp.MUL, x, x), b.apply(ScalarOp.POW, x, two));
    assertEquals(b.apply(ScalarOp.MUL, x, b.constant(f, 0.5)), b.apply(ScalarOp.DIV, x, two));
    assertEquals(b.constant(f, 3), b.apply(ScalarOp.ADD, one, two));
    assertEquals(x, b.apply(ScalarOp.SELECT, b.apply(ScalarOp.GT, x, zero), x, x));
    assertEquals(x, b.apply(ScalarOp.SELECT, b.add(new Instr.Const(DType.INT32, 1)), x, two));
    assertEquals(two, b.apply(ScalarOp.SELECT, b.add(new Instr.Const(DType.INT32, 0)), x, two));
    // These would change -0.
    assertNotEquals(x, b.apply(ScalarOp.ADD, x, zero));
    assertNotEquals(x, b.apply(ScalarOp.SUB, x, b.constant(f, -0.0)));
  }

  @Test
  void sharesEqualValues() {
    ProgramBuilder b = new ProgramBuilder();
    int x = load(b, DType.FLOAT32, 0);
    assertEquals(x, load(b, DType.FLOAT32, 0));
    int exp = b.apply(ScalarOp.EXP, x);
    assertEquals(exp, b.apply(ScalarOp.EXP, load(b, DType.FLOAT32, 0)));
    assertEquals(2, b.build().code().size());
    assertNotEquals(b.constant(DType.FLOAT32, 0.0), b.constant(DType.FLOAT32, -0.0));
    assertEquals(b.constant(DType.FLOAT32, Double.NaN), b.constant(DType.FLOAT32, Double.NaN));
  }

  @Test
  void dropsConversionsThatChangeNothing() {
    for (DType type : DType.values()) {
      ProgramBuilder b = new ProgramBuilder();
      int x = load(b, type, 0);
      assertEquals(x, b.cast(type, x));
      assertEquals(x, b.cast(type.register(), x));
    }
    ProgramBuilder b = new ProgramBuilder();
    int x = load(b, DType.FLOAT32, 0);
    int less = b.apply(ScalarOp.LT, x, b.constant(DType.FLOAT32, 1));
    assertEquals(less, b.cast(DType.BOOL, less));
    assertNotEquals(x, b.cast(DType.FLOAT16, x));
    assertNotEquals(less, b.cast(DType.FLOAT32, less));
  }

  /// A conversion of a constant gives what the conversion of the same value from memory gives.
  @ParameterizedTest
  @EnumSource(DType.class)
  void convertsConstantsAsTheInterpreterDoes(DType target) {
    for (DType from : List.of(DType.INT32, DType.INT64, DType.FLOAT32, DType.FLOAT64)) {
      for (double value :
          new double[] {0, 1, -1, 2.75, -2.75, 127, 128, 255, 256, 300, 65520, 1e9, 0.1}) {
        ProgramBuilder loaded = new ProgramBuilder();
        int a = loaded.cast(target, load(loaded, from, 0));
        ProgramBuilder known = new ProgramBuilder();
        double held = from.isFloatingPoint() ? Numbers.round(from, value) : (long) value;
        int b = known.cast(target, known.constant(from, held));
        assertEquals(loaded.type(a), known.type(b));
        assertEquals(
            run(loaded, a, from, held, 0, 0),
            run(known, b, from, held, 0, 0),
            from + " to " + target);
      }
    }
  }

  @Test
  void writesExpressions() {
    // gelu's inner part: x * 0.5 + 1, with the literal's type following the computation's.
    Expr expr =
        Expr.apply(ScalarOp.ADD, Expr.apply(ScalarOp.MUL, Expr.in(0), Expr.lit(0.5)), Expr.lit(1));
    for (DType type : List.of(DType.FLOAT32, DType.FLOAT64)) {
      ProgramBuilder b = new ProgramBuilder();
      int value = b.expression(expr, type, load(b, type, 0));
      assertEquals(4, run(b, value, type, 6, 0, 0));
      assertTrue(b.build().code().stream().allMatch(instr -> instr.type() == type));
    }
  }
}
