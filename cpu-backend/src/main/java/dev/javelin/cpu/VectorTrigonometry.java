package dev.javelin.cpu;

import dev.javelin.kernels.ScalarOp;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Loops on vectors of float32 for trigonometric functions; own polynomials for the reasons given at [VectorMath].
///
/// Angles are reduced to an eighth of a turn by multiples of a right angle, in three steps that lose nothing for angles up
/// to [#LIMIT]; larger ones are left to [Math]. The polynomials are those of the Cephes library. Errors are below 3 ulp.
final class VectorTrigonometry {
  private static final VectorSpecies<Float> F = VectorLoops.S;
  private static final long BYTES = VectorLoops.BYTES;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private static final FloatVector ONE = VectorMath.vector(1);
  private static final FloatVector MINUS_ONE = VectorMath.vector(-1);
  private static final FloatVector LIMIT = VectorMath.vector(30000);
  private static final FloatVector MAGIC = VectorMath.vector(12582912);
  private static final FloatVector RIGHT_ANGLES = VectorMath.vector(2 / Math.PI);

  // Minus half of pi in three parts.
  private static final FloatVector HIGH = VectorMath.vector(-1.5707964f);
  private static final FloatVector MIDDLE = VectorMath.vector(4.371139e-8f);
  private static final FloatVector LOW = VectorMath.vector(1.7151249e-15f);

  private static final FloatVector S2 = VectorMath.vector(-1.9515295891e-4);
  private static final FloatVector S1 = VectorMath.vector(8.3321608736e-3);
  private static final FloatVector S0 = VectorMath.vector(-1.6666654611e-1);
  private static final FloatVector C2 = VectorMath.vector(2.443315711809948e-5);
  private static final FloatVector C1 = VectorMath.vector(-1.388731625493765e-3);
  private static final FloatVector C0 = VectorMath.vector(4.166664568298827e-2);
  private static final FloatVector MINUS_HALF = VectorMath.vector(-0.5);

  private static final FloatVector A3 = VectorMath.vector(8.05374449538e-2);
  private static final FloatVector A2 = VectorMath.vector(-1.38776856032e-1);
  private static final FloatVector A1 = VectorMath.vector(1.99777106478e-1);
  private static final FloatVector A0 = VectorMath.vector(-3.33329491539e-1);
  private static final FloatVector EIGHTH = VectorMath.vector(0.4142135623730950);
  private static final FloatVector THREE_EIGHTHS = VectorMath.vector(2.414213562373095);
  private static final FloatVector QUARTER_PI = VectorMath.vector(Math.PI / 4);
  private static final FloatVector HALF_PI = VectorMath.vector(Math.PI / 2);

  private VectorTrigonometry() {}

  /// The loop for a function; null if there is none.
  static Loops.Unary unary(ScalarOp op) {
    return switch (op) {
      case SIN -> VectorTrigonometry::sin;
      case COS -> VectorTrigonometry::cos;
      case TAN -> VectorTrigonometry::tan;
      case ATAN -> VectorTrigonometry::atan;
      default -> null;
    };
  }

  private static void sin(long x, int dx, long out, int n) {
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      FloatVector v = FloatVector.fromMemorySegment(F, Memory.ALL, x + (i & dx), ORDER);
      FloatVector shifted = v.fma(RIGHT_ANGLES, MAGIC);
      FloatVector k = shifted.sub(MAGIC);
      FloatVector r = k.fma(LOW, k.fma(MIDDLE, k.fma(HIGH, v)));
      FloatVector s = r.mul(r);
      FloatVector sin = S2.fma(s, S1).fma(s, S0).mul(s).fma(r, r);
      FloatVector cos = C2.fma(s, C1).fma(s, C0).fma(s, MINUS_HALF).fma(s, ONE);
      // The number of the quadrant is in the lowest bits: it chooses and signs one of the two.
      IntVector quadrant = shifted.reinterpretAsInts();
      VectorMask<Float> isOdd = quadrant.and(1).compare(VectorOperators.NE, 0).cast(F);
      IntVector sign = quadrant.lanewise(VectorOperators.LSHL, 30).and(Integer.MIN_VALUE);
      IntVector value = sin.blend(cos, isOdd).reinterpretAsInts();
      VectorMask<Float> usual = v.abs().compare(VectorOperators.LE, LIMIT);
      value.lanewise(VectorOperators.XOR, sign).intoMemorySegment(Memory.ALL, out + i, ORDER);
      if (!usual.allTrue()) {
        VectorMath.repair(ScalarOp.SIN, v.toArray(), usual.toLong(), out + i);
      }
    }
  }

  private static void cos(long x, int dx, long out, int n) {
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      FloatVector v = FloatVector.fromMemorySegment(F, Memory.ALL, x + (i & dx), ORDER);
      FloatVector shifted = v.fma(RIGHT_ANGLES, MAGIC);
      FloatVector k = shifted.sub(MAGIC);
      FloatVector r = k.fma(LOW, k.fma(MIDDLE, k.fma(HIGH, v)));
      FloatVector s = r.mul(r);
      FloatVector sin = S2.fma(s, S1).fma(s, S0).mul(s).fma(r, r);
      FloatVector cos = C2.fma(s, C1).fma(s, C0).fma(s, MINUS_HALF).fma(s, ONE);
      // The number of the quadrant is in the lowest bits: it chooses and signs one of the two.
      IntVector quadrant = shifted.reinterpretAsInts().add(1);
      VectorMask<Float> isOdd = quadrant.and(1).compare(VectorOperators.NE, 0).cast(F);
      IntVector sign = quadrant.lanewise(VectorOperators.LSHL, 30).and(Integer.MIN_VALUE);
      IntVector value = sin.blend(cos, isOdd).reinterpretAsInts();
      VectorMask<Float> usual = v.abs().compare(VectorOperators.LE, LIMIT);
      value.lanewise(VectorOperators.XOR, sign).intoMemorySegment(Memory.ALL, out + i, ORDER);
      if (!usual.allTrue()) {
        VectorMath.repair(ScalarOp.COS, v.toArray(), usual.toLong(), out + i);
      }
    }
  }

  private static void tan(long x, int dx, long out, int n) {
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      FloatVector v = FloatVector.fromMemorySegment(F, Memory.ALL, x + (i & dx), ORDER);
      FloatVector shifted = v.fma(RIGHT_ANGLES, MAGIC);
      FloatVector k = shifted.sub(MAGIC);
      FloatVector r = k.fma(LOW, k.fma(MIDDLE, k.fma(HIGH, v)));
      FloatVector s = r.mul(r);
      FloatVector sin = S2.fma(s, S1).fma(s, S0).mul(s).fma(r, r);
      FloatVector cos = C2.fma(s, C1).fma(s, C0).fma(s, MINUS_HALF).fma(s, ONE);
      IntVector quadrant = shifted.reinterpretAsInts();
      VectorMask<Float> isOdd = quadrant.and(1).compare(VectorOperators.NE, 0).cast(F);
      FloatVector above = sin.blend(cos.neg(), isOdd);
      FloatVector below = cos.blend(sin, isOdd);
      VectorMask<Float> usual = v.abs().compare(VectorOperators.LE, LIMIT);
      above.div(below).intoMemorySegment(Memory.ALL, out + i, ORDER);
      if (!usual.allTrue()) {
        VectorMath.repair(ScalarOp.TAN, v.toArray(), usual.toLong(), out + i);
      }
    }
  }

  private static void atan(long x, int dx, long out, int n) {
    FloatVector zero = FloatVector.zero(F);
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      FloatVector v = FloatVector.fromMemorySegment(F, Memory.ALL, x + (i & dx), ORDER);
      FloatVector size = v.abs();
      VectorMask<Float> large = size.compare(VectorOperators.GT, THREE_EIGHTHS);
      VectorMask<Float> middle = size.compare(VectorOperators.GT, EIGHTH).andNot(large);
      // One division serves both reductions: (t - 1) / (t + 1) and -1 / t.
      FloatVector above = size.blend(size.sub(ONE), middle).blend(MINUS_ONE, large);
      FloatVector below = ONE.blend(size.add(ONE), middle).blend(size, large);
      FloatVector t = above.div(below);
      FloatVector s = t.mul(t);
      FloatVector rest = A3.fma(s, A2).fma(s, A1).fma(s, A0).mul(s).fma(t, t);
      FloatVector angle = zero.blend(QUARTER_PI, middle).blend(HALF_PI, large).add(rest);
      angle
          .reinterpretAsInts()
          .or(v.reinterpretAsInts().and(Integer.MIN_VALUE))
          .intoMemorySegment(Memory.ALL, out + i, ORDER);
    }
  }
}
