package dev.javelin.cpu;

import dev.javelin.kernels.ScalarOp;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Loops on vectors of float32 for trigonometric functions; own polynomials for the reasons given
/// at [VectorMath].
///
/// Angles are reduced to an eighth of a turn by multiples of a right angle, in three steps that
/// lose nothing for angles up to [#LIMIT]; larger ones are left to [Math]. The polynomials are
/// those of the Cephes library. Errors are below 3 ulp.
final class VectorTrigonometry {
  private static final VectorSpecies<Float> F = VectorLoops.S;
  private static final long BYTES = VectorLoops.BYTES;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private static final FloatVector ONE = VectorMath.vector(1);
  private static final FloatVector MINUS_ONE = VectorMath.vector(-1);
  private static final FloatVector MINUS_HALF = VectorMath.vector(-0.5f);

  private static final FloatVector MAGIC = VectorMath.vector(ScalarMath.MAGIC);
  private static final FloatVector RIGHT_ANGLES = VectorMath.vector(ScalarMath.RIGHT_ANGLES);
  private static final FloatVector PI_HIGH = VectorMath.vector(ScalarMath.PI_HIGH);
  private static final FloatVector PI_MIDDLE = VectorMath.vector(ScalarMath.PI_MIDDLE);
  private static final FloatVector PI_LOW = VectorMath.vector(ScalarMath.PI_LOW);
  private static final FloatVector S2 = VectorMath.vector(ScalarMath.S2);
  private static final FloatVector S1 = VectorMath.vector(ScalarMath.S1);
  private static final FloatVector S0 = VectorMath.vector(ScalarMath.S0);
  private static final FloatVector C2 = VectorMath.vector(ScalarMath.C2);
  private static final FloatVector C1 = VectorMath.vector(ScalarMath.C1);
  private static final FloatVector C0 = VectorMath.vector(ScalarMath.C0);
  private static final FloatVector A3 = VectorMath.vector(ScalarMath.A3);
  private static final FloatVector A2 = VectorMath.vector(ScalarMath.A2);
  private static final FloatVector A1 = VectorMath.vector(ScalarMath.A1);
  private static final FloatVector A0 = VectorMath.vector(ScalarMath.A0);
  private static final FloatVector EIGHTH = VectorMath.vector(ScalarMath.EIGHTH);
  private static final FloatVector THREE_EIGHTHS = VectorMath.vector(ScalarMath.THREE_EIGHTHS);
  private static final FloatVector QUARTER_PI = VectorMath.vector(ScalarMath.QUARTER_PI);
  private static final FloatVector HALF_PI = VectorMath.vector(ScalarMath.HALF_PI);
  private static final FloatVector LIMIT = VectorMath.vector(ScalarMath.ANGLE_LIMIT);

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
      FloatVector r = k.fma(PI_LOW, k.fma(PI_MIDDLE, k.fma(PI_HIGH, v)));
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
      FloatVector r = k.fma(PI_LOW, k.fma(PI_MIDDLE, k.fma(PI_HIGH, v)));
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
      FloatVector r = k.fma(PI_LOW, k.fma(PI_MIDDLE, k.fma(PI_HIGH, v)));
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
