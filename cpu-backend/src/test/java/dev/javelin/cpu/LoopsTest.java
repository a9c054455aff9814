package dev.javelin.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.ScalarOp;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The accuracy of every operation, in float32 on vectors and in float64, over its range and at its
/// limits.
class LoopsTest {
  private static final double[] LIMITS = {
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
    10,
    -10,
    88.7,
    88.8,
    100,
    -87,
    -88,
    -103,
    -104,
    Float.MIN_VALUE,
    -Float.MIN_VALUE,
    Float.MIN_NORMAL,
    Float.MAX_VALUE,
    -Float.MAX_VALUE,
    1e-20,
    8388607.5,
    8388608,
    -8388607.5,
    1e10,
    1e-7,
    -1e-7,
    0.927734375,
    0.92774,
    3.9,
    4.1,
    9,
    1e4,
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY,
    Double.NaN
  };

  /// What is not a function of one or two real numbers.
  private static final Set<ScalarOp> OTHERS =
      EnumSet.of(ScalarOp.AND, ScalarOp.OR, ScalarOp.XOR, ScalarOp.INDEX, ScalarOp.SELECT);

  /// In units in the last place of the exact result.
  private static final double ALLOWED = 4;

  @ParameterizedTest
  @EnumSource(value = ScalarOp.class)
  void accuracy(ScalarOp op) {
    if (OTHERS.contains(op)) {
      return;
    }
    for (DType type : List.of(DType.FLOAT32, DType.FLOAT64)) {
      for (boolean vectors : new boolean[] {true, false}) {
        accuracy(op, type, vectors);
      }
    }
  }

  /// Every 64th float from 2^-10 to 8: both series of erf, where they meet, and where erf is 1.
  @Test
  void erfIsWithinTwoUlpAndNeverAboveOne() {
    int last = Float.floatToRawIntBits(8);
    for (int bits = Float.floatToRawIntBits(0x1p-10f); bits < last; bits += 64) {
      float x = Float.intBitsToFloat(bits);
      float have = ScalarMath.eval(ScalarOp.ERF, x);
      double want = ScalarOp.ERF.eval(x, 0, 0);
      double ulps = Math.abs(have - want) / Math.ulp((float) want);
      assertTrue(have <= 1 && ulps < 2, () -> "erf(" + x + ") is " + have + ", not " + want);
    }
  }

  private static void accuracy(ScalarOp op, DType type, boolean vectors) {
    BlockCheck check = run(op, type, vectors);
    int n = operands(op).size();
    for (int i = 0; i < n; i++) {
      double left = check.get(0, i);
      double right = check.get(1, i);
      double want = op.eval(left, right, 0);
      String name =
          op + "(" + left + ", " + right + ") of " + type + (vectors ? " on vectors" : "");
      compare(want, check.get(2, i), type, name);
    }
  }

  private static BlockCheck run(ScalarOp op, DType type, boolean vectors) {
    List<double[]> operands = operands(op);
    int n = operands.size();
    View view = View.contiguous(Shape.of(n));
    int y = op.arity() > 1 ? 1 : -1;
    DType result = op.isPredicate() ? DType.INT32 : type;
    List<Instr> code =
        List.of(
            new Instr.Load(0, view, type),
            new Instr.Load(1, view, type),
            new Instr.Apply(op, result, 0, y, -1));
    Kernel.Map kernel =
        new Kernel.Map(
            List.of(type, type, result),
            List.of(
                new Kernel.Part(
                    view.shape(),
                    new Program(code),
                    List.of(new Kernel.Store(new Kernel.Operand(2, view), 2)))));
    BlockCheck check = new BlockCheck(kernel, new Random(1), n, n, n);
    for (int i = 0; i < n; i++) {
      check.put(0, i, operands.get(i)[0]);
      check.put(1, i, operands.get(i)[1]);
    }
    check.launch(BlockCheck.compile(kernel, Loops.of(vectors)));
    return check;
  }

  private static void compare(double want, double have, DType type, String name) {
    double rounded = type == DType.FLOAT32 ? (float) want : want;
    if (Double.isNaN(rounded) || Double.isInfinite(rounded) || rounded == 0) {
      double tiny = type == DType.FLOAT32 ? Float.MIN_NORMAL : Double.MIN_NORMAL;
      assertTrue(
          Double.compare(rounded, have) == 0
              || rounded == have
              || rounded == 0 && Math.abs(have) < tiny,
          name + ": expected " + rounded + ", got " + have);
      return;
    }
    double ulp =
        type == DType.FLOAT32
            ? Math.ulp((float) Math.max(Math.abs(want), Float.MIN_NORMAL))
            : Math.ulp(want);
    // A result just above the largest float may be infinite.
    boolean edge = Double.isInfinite(have) && Math.abs(want) > Float.MAX_VALUE * 0.9999999;
    assertTrue(
        edge || Math.abs(want - have) <= ALLOWED * ulp,
        name + ": expected " + want + ", got " + have + ", off by " + (have - want) / ulp + " ulp");
  }

  private static List<double[]> operands(ScalarOp op) {
    Random random = new Random(op.name().hashCode());
    List<double[]> list = new ArrayList<>();
    for (double x : LIMITS) {
      list.add(new double[] {x, 2});
      if (op.arity() > 1 && op != ScalarOp.POW) {
        for (double y : LIMITS) {
          list.add(new double[] {x, y});
        }
      }
    }
    for (int i = 0; i < 5000; i++) {
      double size = Math.pow(2, random.nextInt(40) - 30) * (random.nextBoolean() ? 1 : -1);
      double x = size * (1 + random.nextDouble());
      double y = (random.nextDouble() - 0.5) * 16;
      list.add(new double[] {op == ScalarOp.POW ? Math.abs(x) : x, y});
    }
    return list;
  }

  /// Which of the two runs is a matter of timing, so they must agree to the last bit.
  @ParameterizedTest
  @EnumSource(value = ScalarOp.class)
  void vectorsAndPlainLoopsGiveTheSameBits(ScalarOp op) {
    if (OTHERS.contains(op)) {
      return;
    }
    BlockCheck vectors = run(op, DType.FLOAT32, true);
    BlockCheck plain = run(op, DType.FLOAT32, false);
    int n = operands(op).size();
    for (int i = 0; i < n; i++) {
      double left = vectors.get(2, i);
      double right = plain.get(2, i);
      assertEquals(0, Double.compare(left, right), op + " of " + vectors.get(0, i));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = ScalarOp.class,
      names = {"EQ", "NE", "LT", "LE", "GT", "GE"})
  void comparisonThatSelects(ScalarOp op) {
    int n = LIMITS.length * LIMITS.length;
    View view = View.contiguous(Shape.of(n));
    List<Instr> code =
        List.of(
            new Instr.Load(0, view, DType.FLOAT32),
            new Instr.Load(1, view, DType.FLOAT32),
            new Instr.Apply(op, DType.INT32, 0, 1, -1),
            Instr.ofDouble(DType.FLOAT32, 5),
            new Instr.Apply(ScalarOp.SELECT, DType.FLOAT32, 2, 0, 3));
    Kernel.Map kernel =
        new Kernel.Map(
            List.of(DType.FLOAT32, DType.FLOAT32, DType.FLOAT32),
            List.of(
                new Kernel.Part(
                    view.shape(),
                    new Program(code),
                    List.of(new Kernel.Store(new Kernel.Operand(2, view), 4)))));
    BlockCheck check = new BlockCheck(kernel, new Random(1), n, n, n);
    for (int i = 0; i < n; i++) {
      check.put(0, i, LIMITS[i / LIMITS.length]);
      check.put(1, i, LIMITS[i % LIMITS.length]);
    }
    check.launch(BlockCheck.compile(kernel, Loops.preferred()));
    for (int i = 0; i < n; i++) {
      double x = check.get(0, i);
      double want = op.eval(x, check.get(1, i), 0) != 0 ? x : 5;
      assertEquals(want, check.get(2, i), op + " of " + x + " and " + check.get(1, i));
    }
  }
}
