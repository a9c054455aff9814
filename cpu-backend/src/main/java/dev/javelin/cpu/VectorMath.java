package dev.javelin.cpu;

import dev.javelin.kernels.ScalarOp;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Loops on vectors of float32 for exponentials, logarithms, the hyperbolic tangent and the error
/// function.
///
/// Own polynomials, not the functions of the Vector API: those give other last digits before the
/// JIT has compiled the loop than after, so that the same program would not give the same numbers
/// twice. Numbers outside a function's usual range are left to a slow path. Errors are below 2 ulp.
///
/// Every loop is written out, and coefficients are vectors in static fields: the JIT inlines the
/// methods of the Vector API always, but ours only as long as they are small and not yet compiled
/// on their own. A vector that is passed to a method that is not inlined becomes an object, and the
/// loop 10 to 100 times slower.
final class VectorMath {
  private static final VectorSpecies<Float> S = VectorLoops.S;
  private static final long BYTES = VectorLoops.BYTES;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private static final FloatVector ONE = vector(1);
  private static final FloatVector HALF = vector(0.5f);
  private static final FloatVector MINUS_HALF = vector(-0.5f);

  private static final FloatVector LOG2E = vector(ScalarMath.LOG2E);
  private static final FloatVector MAGIC = vector(ScalarMath.MAGIC);
  private static final FloatVector LN2_HIGH = vector(ScalarMath.LN2_HIGH);
  private static final FloatVector LN2_LOW = vector(ScalarMath.LN2_LOW);
  private static final FloatVector E6 = vector(ScalarMath.E6);
  private static final FloatVector E5 = vector(ScalarMath.E5);
  private static final FloatVector E4 = vector(ScalarMath.E4);
  private static final FloatVector E3 = vector(ScalarMath.E3);
  private static final FloatVector E2 = vector(ScalarMath.E2);
  private static final FloatVector EXP_LIMIT = vector(ScalarMath.EXP_LIMIT);
  private static final FloatVector EXP_LOWEST = vector(ScalarMath.EXP_LOWEST);
  private static final FloatVector EXP_HIGHEST = vector(ScalarMath.EXP_HIGHEST);
  private static final FloatVector L9 = vector(ScalarMath.L9);
  private static final FloatVector L8 = vector(ScalarMath.L8);
  private static final FloatVector L7 = vector(ScalarMath.L7);
  private static final FloatVector L6 = vector(ScalarMath.L6);
  private static final FloatVector L5 = vector(ScalarMath.L5);
  private static final FloatVector L4 = vector(ScalarMath.L4);
  private static final FloatVector L3 = vector(ScalarMath.L3);
  private static final FloatVector L2 = vector(ScalarMath.L2);
  private static final FloatVector LN2 = vector(ScalarMath.LN2);
  private static final FloatVector ULP_OF_ONE = vector(ScalarMath.ULP_OF_ONE);
  private static final FloatVector T4 = vector(ScalarMath.T4);
  private static final FloatVector T3 = vector(ScalarMath.T3);
  private static final FloatVector T2 = vector(ScalarMath.T2);
  private static final FloatVector T1 = vector(ScalarMath.T1);
  private static final FloatVector T0 = vector(ScalarMath.T0);
  private static final FloatVector TANH_EDGE = vector(ScalarMath.TANH_EDGE);
  private static final FloatVector TANH_END = vector(ScalarMath.TANH_END);
  private static final FloatVector P5 = vector(ScalarMath.P5);
  private static final FloatVector P4 = vector(ScalarMath.P4);
  private static final FloatVector P3 = vector(ScalarMath.P3);
  private static final FloatVector P2 = vector(ScalarMath.P2);
  private static final FloatVector P1 = vector(ScalarMath.P1);
  private static final FloatVector P0 = vector(ScalarMath.P0);
  private static final FloatVector ERF_EDGE = vector(ScalarMath.ERF_EDGE);
  private static final FloatVector Q7 = vector(ScalarMath.Q7);
  private static final FloatVector Q6 = vector(ScalarMath.Q6);
  private static final FloatVector Q5 = vector(ScalarMath.Q5);
  private static final FloatVector Q4 = vector(ScalarMath.Q4);
  private static final FloatVector Q3 = vector(ScalarMath.Q3);
  private static final FloatVector Q2 = vector(ScalarMath.Q2);
  private static final FloatVector Q1 = vector(ScalarMath.Q1);
  private static final FloatVector ERF_END = vector(ScalarMath.ERF_END);

  private VectorMath() {}

  /// The loop for a function; null if there is none.
  static Loops.Unary unary(ScalarOp op) {
    return switch (op) {
      case EXP -> VectorMath::exp;
      case EXPM1 -> VectorMath::expm1;
      case LOG -> VectorMath::log;
      case LOG1P -> VectorMath::log1p;
      case TANH -> VectorMath::tanh;
      case ERF -> VectorMath::erf;
      default -> VectorTrigonometry.unary(op);
    };
  }

  static FloatVector vector(float value) {
    return FloatVector.broadcast(VectorLoops.S, value);
  }

  /// Computes some lanes of a result one by one.
  ///
  /// @param op the function
  /// @param x all lanes of the operand
  /// @param usual the lanes whose result is right
  /// @param out where the result lies
  static void repair(ScalarOp op, float[] x, long usual, long out) {
    for (int lane = 0; lane < x.length; lane++) {
      if ((usual >> lane & 1) == 0) {
        Memory.putFloat(out + 4L * lane, (float) op.eval(x[lane], 0, 0));
      }
    }
  }

  private static void exp(long x, int dx, long out, int n) {
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      FloatVector v = FloatVector.fromMemorySegment(S, Memory.ALL, x + (i & dx), ORDER);
      FloatVector shifted = v.fma(LOG2E, MAGIC);
      FloatVector k = shifted.sub(MAGIC);
      FloatVector r = k.fma(LN2_LOW, k.fma(LN2_HIGH, v));
      FloatVector p = E6.fma(r, E5).fma(r, E4).fma(r, E3).fma(r, E2).fma(r, ONE).fma(r, ONE);
      IntVector exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
      FloatVector power = p.reinterpretAsInts().add(exponent).reinterpretAsFloats();
      if (v.abs().compare(VectorOperators.LE, EXP_LIMIT).allTrue()) {
        power.intoMemorySegment(Memory.ALL, out + i, ORDER);
      } else {
        expAnywhere(x + (i & dx), out + i);
      }
    }
  }

  /// A vector of which some results are infinite, subnormal, 0 or NaN; to the last bit the same for
  /// the others.
  private static void expAnywhere(long x, long out) {
    FloatVector v =
        FloatVector.fromMemorySegment(S, Memory.ALL, x, ORDER).max(EXP_LOWEST).min(EXP_HIGHEST);
    FloatVector shifted = v.fma(LOG2E, MAGIC);
    FloatVector k = shifted.sub(MAGIC);
    FloatVector r = k.fma(LN2_LOW, k.fma(LN2_HIGH, v));
    FloatVector p = E6.fma(r, E5).fma(r, E4).fma(r, E3).fma(r, E2).fma(r, ONE).fma(r, ONE);
    IntVector n =
        shifted
            .reinterpretAsInts()
            .lanewise(VectorOperators.LSHL, 9)
            .lanewise(VectorOperators.ASHR, 9);
    // Neither half of the exponent is too large for a float.
    IntVector half = n.lanewise(VectorOperators.ASHR, 1);
    IntVector rest = n.sub(half);
    FloatVector first = half.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    FloatVector second = rest.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    p.mul(first).mul(second).intoMemorySegment(Memory.ALL, out, ORDER);
  }

  /// `2^n (e^r - 1) + (2^n - 1)`.
  private static void expm1(long x, int dx, long out, int n) {
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      FloatVector v = FloatVector.fromMemorySegment(S, Memory.ALL, x + (i & dx), ORDER);
      FloatVector shifted = v.fma(LOG2E, MAGIC);
      FloatVector k = shifted.sub(MAGIC);
      FloatVector r = k.fma(LN2_LOW, k.fma(LN2_HIGH, v));
      FloatVector p = E6.fma(r, E5).fma(r, E4).fma(r, E3).fma(r, E2).mul(r).fma(r, r);
      IntVector exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
      FloatVector power = ONE.reinterpretAsInts().add(exponent).reinterpretAsFloats();
      VectorMask<Float> usual = v.abs().compare(VectorOperators.LE, EXP_LIMIT);
      p.fma(power, power.sub(ONE)).intoMemorySegment(Memory.ALL, out + i, ORDER);
      if (!usual.allTrue()) {
        repair(ScalarOp.EXPM1, v.toArray(), usual.toLong(), out + i);
      }
    }
  }

  /// `log(m) + e ln 2`, m from 2/3 to 4/3.
  private static void log(long x, int dx, long out, int n) {
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      FloatVector v = FloatVector.fromMemorySegment(S, Memory.ALL, x + (i & dx), ORDER);
      IntVector bits = v.reinterpretAsInts();
      IntVector e = bits.sub(ScalarMath.LOG_START).and(0xff800000);
      FloatVector m = bits.sub(e).reinterpretAsFloats().sub(ONE);
      FloatVector s = m.mul(m);
      FloatVector odd = L8.fma(s, L6).fma(s, L4);
      FloatVector even = L9.fma(s, L7).fma(s, L5).fma(s, L3);
      FloatVector p = odd.fma(m, even).fma(m, L2).fma(m, MINUS_HALF).fma(s, m);
      FloatVector exponent = (FloatVector) e.convert(VectorOperators.I2F, 0);
      FloatVector log = exponent.mul(ULP_OF_ONE).fma(LN2, p);
      VectorMask<Float> usual =
          v.compare(VectorOperators.GE, Float.MIN_NORMAL)
              .and(v.compare(VectorOperators.LE, Float.MAX_VALUE));
      log.intoMemorySegment(Memory.ALL, out + i, ORDER);
      if (!usual.allTrue()) {
        repair(ScalarOp.LOG, v.toArray(), usual.toLong(), out + i);
      }
    }
  }

  /// `log(u)` for u = 1 + x, and what u lost to rounding, relative to it.
  private static void log1p(long x, int dx, long out, int n) {
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      FloatVector v = FloatVector.fromMemorySegment(S, Memory.ALL, x + (i & dx), ORDER);
      FloatVector u = v.add(ONE);
      FloatVector lost = v.sub(u.sub(ONE)).div(u);
      IntVector bits = u.reinterpretAsInts();
      IntVector e = bits.sub(ScalarMath.LOG_START).and(0xff800000);
      FloatVector m = bits.sub(e).reinterpretAsFloats().sub(ONE);
      FloatVector s = m.mul(m);
      FloatVector odd = L8.fma(s, L6).fma(s, L4);
      FloatVector even = L9.fma(s, L7).fma(s, L5).fma(s, L3);
      FloatVector p = odd.fma(m, even).fma(m, L2).fma(m, MINUS_HALF).fma(s, m);
      FloatVector exponent = (FloatVector) e.convert(VectorOperators.I2F, 0);
      FloatVector log = exponent.mul(ULP_OF_ONE).fma(LN2, p);
      VectorMask<Float> usual =
          u.compare(VectorOperators.GE, Float.MIN_NORMAL)
              .and(u.compare(VectorOperators.LE, Float.MAX_VALUE));
      log.add(lost).intoMemorySegment(Memory.ALL, out + i, ORDER);
      if (!usual.allTrue()) {
        repair(ScalarOp.LOG1P, v.toArray(), usual.toLong(), out + i);
      }
    }
  }

  /// Far from 0: `1 - 2 / (e^2x + 1)`.
  private static void tanh(long x, int dx, long out, int n) {
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      FloatVector v = FloatVector.fromMemorySegment(S, Memory.ALL, x + (i & dx), ORDER);
      FloatVector s = v.mul(v);
      FloatVector near = T4.fma(s, T3).fma(s, T2).fma(s, T1).fma(s, T0).mul(s).fma(v, v);
      FloatVector half = v.abs().min(TANH_END);
      FloatVector t = half.add(half);
      FloatVector shifted = t.fma(LOG2E, MAGIC);
      FloatVector k = shifted.sub(MAGIC);
      FloatVector r = k.fma(LN2_LOW, k.fma(LN2_HIGH, t));
      FloatVector p = E6.fma(r, E5).fma(r, E4).fma(r, E3).fma(r, E2).fma(r, ONE).fma(r, ONE);
      IntVector exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
      FloatVector power = p.reinterpretAsInts().add(exponent).reinterpretAsFloats();
      FloatVector far = ONE.sub(ONE.div(power.fma(HALF, HALF)));
      FloatVector signed =
          far.reinterpretAsInts()
              .or(v.reinterpretAsInts().and(Integer.MIN_VALUE))
              .reinterpretAsFloats();
      near.blend(signed, half.compare(VectorOperators.GT, TANH_EDGE))
          .intoMemorySegment(Memory.ALL, out + i, ORDER);
    }
  }

  private static void erf(long x, int dx, long out, int n) {
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      FloatVector v = FloatVector.fromMemorySegment(S, Memory.ALL, x + (i & dx), ORDER);
      FloatVector s = v.mul(v);
      FloatVector near = P5.fma(s, P4).fma(s, P3).fma(s, P2).fma(s, P1).fma(s, P0).fma(v, v);
      FloatVector t = v.abs().min(ERF_END);
      FloatVector q = Q7.fma(t, Q6).fma(t, Q5).fma(t, Q4).fma(t, Q3).fma(t, Q2).fma(t, Q1);
      FloatVector w = q.fma(t, t.neg());
      FloatVector shifted = w.fma(LOG2E, MAGIC);
      FloatVector k = shifted.sub(MAGIC);
      FloatVector r = k.fma(LN2_LOW, k.fma(LN2_HIGH, w));
      FloatVector p = E6.fma(r, E5).fma(r, E4).fma(r, E3).fma(r, E2).fma(r, ONE).fma(r, ONE);
      IntVector exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
      FloatVector power = p.reinterpretAsInts().add(exponent).reinterpretAsFloats();
      FloatVector signed =
          ONE.sub(power)
              .reinterpretAsInts()
              .or(v.reinterpretAsInts().and(Integer.MIN_VALUE))
              .reinterpretAsFloats();
      near.blend(signed, t.compare(VectorOperators.GT, ERF_EDGE))
          .intoMemorySegment(Memory.ALL, out + i, ORDER);
    }
  }
}
