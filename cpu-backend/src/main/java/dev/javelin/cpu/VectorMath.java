package dev.javelin.cpu;

import dev.javelin.kernels.ScalarOp;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Loops on vectors of float32 for exponentials, logarithms, the hyperbolic tangent and the error function.
///
/// Own polynomials, not the functions of the Vector API: those give other last digits before the JIT has compiled the
/// loop than after, so that the same program would not give the same numbers twice. Numbers outside a function's usual
/// range are left to a slow path. Errors are below 2 ulp.
///
/// Every loop is written out, and coefficients are vectors in static fields: the JIT inlines the methods of the Vector API
/// always, but ours only as long as they are small and not yet compiled on their own. A vector that is passed to a method
/// that is not inlined becomes an object, and the loop 10 to 100 times slower.
final class VectorMath {
  private static final VectorSpecies<Float> S = VectorLoops.S;
  private static final long BYTES = VectorLoops.BYTES;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private static final FloatVector ONE = vector(1);
  private static final FloatVector HALF = vector(0.5);

  // exp: 2^n p(r); N. Juffa's coefficients.
  private static final FloatVector LOG2E = vector(1.44269504088896);

  /// Adding 1.5 * 2^23 rounds to a whole number and leaves it in the lowest bits.
  private static final FloatVector MAGIC = vector(12582912);

  private static final FloatVector LN2_HIGH = vector(-0.693359375);
  private static final FloatVector LN2_LOW = vector(0x1.bd01060000000p-13);
  private static final FloatVector E6 = vector(1.37805939e-3);
  private static final FloatVector E5 = vector(8.37312452e-3);
  private static final FloatVector E4 = vector(4.16695364e-2);
  private static final FloatVector E3 = vector(1.66664720e-1);
  private static final FloatVector E2 = vector(4.99999851e-1);

  /// Up to here the results of exp are normal numbers.
  private static final FloatVector EXP_LIMIT = vector(87);

  // log: (m - 1) + (m - 1)^2 q(m - 1); N. Juffa's coefficients.
  private static final FloatVector L9 = vector(-0.130310059);
  private static final FloatVector L8 = vector(0.140869141);
  private static final FloatVector L7 = vector(-0.121483512);
  private static final FloatVector L6 = vector(0.139814854);
  private static final FloatVector L5 = vector(-0.166846126);
  private static final FloatVector L4 = vector(0.200120345);
  private static final FloatVector L3 = vector(-0.249996200);
  private static final FloatVector L2 = vector(0.333331972);
  private static final FloatVector LN2 = vector(0.693147182);
  private static final FloatVector MINUS_HALF = vector(-0.5);
  private static final FloatVector ULP_OF_ONE = vector(0x1p-23);

  // tanh below 0.625: x + x^3 p(x^2), from the Cephes library.
  private static final FloatVector T4 = vector(-5.70498872745e-3);
  private static final FloatVector T3 = vector(2.06390887954e-2);
  private static final FloatVector T2 = vector(-5.37397155531e-2);
  private static final FloatVector T1 = vector(1.33314422036e-1);
  private static final FloatVector T0 = vector(-3.33332819422e-1);
  private static final FloatVector TANH_EDGE = vector(0.625);

  /// From here on tanh is 1.
  private static final FloatVector TANH_END = vector(9.02);

  // erf below 0.93: x + x p(x^2), above: 1 - exp(q(x)); N. Juffa's coefficients.
  private static final FloatVector P5 = vector(-5.96761703e-4);
  private static final FloatVector P4 = vector(4.99119423e-3);
  private static final FloatVector P3 = vector(-2.67681349e-2);
  private static final FloatVector P2 = vector(1.12819925e-1);
  private static final FloatVector P1 = vector(-3.76125336e-1);
  private static final FloatVector P0 = vector(1.28379166e-1);
  private static final FloatVector ERF_EDGE = vector(0.927734375);

  private static final FloatVector Q7 = vector(-1.72853470e-5);
  private static final FloatVector Q6 = vector(3.83197126e-4);
  private static final FloatVector Q5 = vector(-3.88396438e-3);
  private static final FloatVector Q4 = vector(2.42546219e-2);
  private static final FloatVector Q3 = vector(-1.06777877e-1);
  private static final FloatVector Q2 = vector(-6.34846687e-1);
  private static final FloatVector Q1 = vector(-1.28717512e-1);

  /// From here on erf is 1.
  private static final FloatVector ERF_END = vector(4);

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

  static FloatVector vector(double value) {
    return FloatVector.broadcast(VectorLoops.S, (float) value);
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

  /// A vector of which some results are infinite, subnormal, 0 or NaN; to the last bit the same for the others.
  private static void expAnywhere(long x, long out) {
    FloatVector v = FloatVector.fromMemorySegment(S, Memory.ALL, x, ORDER).max(-104).min(89);
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
      IntVector e = bits.sub(0x3f2aaaab).and(0xff800000);
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
      IntVector e = bits.sub(0x3f2aaaab).and(0xff800000);
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
