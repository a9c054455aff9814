package dev.javelin.cpu;

import dev.javelin.kernels.ScalarOp;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// The operations on one vector of float32, or of truths. They are never called: [VectorCode] copies
/// their bodies into the loops that it writes, and those of the private methods that several share.
///
/// Called they would be slow. The JIT inlines the methods of the Vector API always, but ours only as
/// long as they are small and not yet compiled on their own, and a vector that is passed to a method
/// that is not inlined becomes an object. For the same reason coefficients are vectors in static
/// fields. No field is private, so that the loops, which are classes of this package, may read them.
///
/// The functions are own polynomials, not those of the Vector API, which give other last digits before
/// the JIT has compiled a loop than after, so that the same program would not give the same numbers
/// twice. Numbers outside a function's usual range are left to a slow path through memory. Errors are
/// below 2 ulp.
final class VectorFunctions {
  static final VectorSpecies<Float> F = VectorLoops.S;
  static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;
  static final long BYTES = VectorLoops.BYTES;
  static final ByteOrder ORDER = ByteOrder.nativeOrder();

  /// From here on a float has no fraction; to add it rounds.
  static final FloatVector WHOLE = vector(1 << 23);

  static final FloatVector ZERO = vector(0);
  static final FloatVector ONE = vector(1);
  static final FloatVector HALF = vector(0.5f);
  static final FloatVector MINUS_HALF = vector(-0.5f);
  static final FloatVector LOG2E = vector(ScalarMath.LOG2E);
  static final FloatVector MAGIC = vector(ScalarMath.MAGIC);
  static final FloatVector LN2_HIGH = vector(ScalarMath.LN2_HIGH);
  static final FloatVector LN2_LOW = vector(ScalarMath.LN2_LOW);
  static final FloatVector E6 = vector(ScalarMath.E6);
  static final FloatVector E5 = vector(ScalarMath.E5);
  static final FloatVector E4 = vector(ScalarMath.E4);
  static final FloatVector E3 = vector(ScalarMath.E3);
  static final FloatVector E2 = vector(ScalarMath.E2);
  static final FloatVector EXP_LIMIT = vector(ScalarMath.EXP_LIMIT);
  static final FloatVector EXP_LOWEST = vector(ScalarMath.EXP_LOWEST);
  static final FloatVector EXP_HIGHEST = vector(ScalarMath.EXP_HIGHEST);
  static final FloatVector L9 = vector(ScalarMath.L9);
  static final FloatVector L8 = vector(ScalarMath.L8);
  static final FloatVector L7 = vector(ScalarMath.L7);
  static final FloatVector L6 = vector(ScalarMath.L6);
  static final FloatVector L5 = vector(ScalarMath.L5);
  static final FloatVector L4 = vector(ScalarMath.L4);
  static final FloatVector L3 = vector(ScalarMath.L3);
  static final FloatVector L2 = vector(ScalarMath.L2);
  static final FloatVector LN2 = vector(ScalarMath.LN2);
  static final FloatVector ULP_OF_ONE = vector(ScalarMath.ULP_OF_ONE);
  static final FloatVector T4 = vector(ScalarMath.T4);
  static final FloatVector T3 = vector(ScalarMath.T3);
  static final FloatVector T2 = vector(ScalarMath.T2);
  static final FloatVector T1 = vector(ScalarMath.T1);
  static final FloatVector T0 = vector(ScalarMath.T0);
  static final FloatVector TANH_EDGE = vector(ScalarMath.TANH_EDGE);
  static final FloatVector TANH_END = vector(ScalarMath.TANH_END);
  static final FloatVector P5 = vector(ScalarMath.P5);
  static final FloatVector P4 = vector(ScalarMath.P4);
  static final FloatVector P3 = vector(ScalarMath.P3);
  static final FloatVector P2 = vector(ScalarMath.P2);
  static final FloatVector P1 = vector(ScalarMath.P1);
  static final FloatVector P0 = vector(ScalarMath.P0);
  static final FloatVector ERF_EDGE = vector(ScalarMath.ERF_EDGE);
  static final FloatVector R12 = vector(ScalarMath.R12);
  static final FloatVector R11 = vector(ScalarMath.R11);
  static final FloatVector R10 = vector(ScalarMath.R10);
  static final FloatVector R9 = vector(ScalarMath.R9);
  static final FloatVector R8 = vector(ScalarMath.R8);
  static final FloatVector R7 = vector(ScalarMath.R7);
  static final FloatVector R6 = vector(ScalarMath.R6);
  static final FloatVector R5 = vector(ScalarMath.R5);
  static final FloatVector R4 = vector(ScalarMath.R4);
  static final FloatVector R3 = vector(ScalarMath.R3);
  static final FloatVector R2 = vector(ScalarMath.R2);
  static final FloatVector R1 = vector(ScalarMath.R1);
  static final FloatVector R0 = vector(ScalarMath.R0);
  static final FloatVector ERF_MIDDLE = vector(ScalarMath.ERF_MIDDLE);
  static final FloatVector MINUS_ONE = vector(-1);
  static final FloatVector RIGHT_ANGLES = vector(ScalarMath.RIGHT_ANGLES);
  static final FloatVector PI_HIGH = vector(ScalarMath.PI_HIGH);
  static final FloatVector PI_MIDDLE = vector(ScalarMath.PI_MIDDLE);
  static final FloatVector PI_LOW = vector(ScalarMath.PI_LOW);
  static final FloatVector S2 = vector(ScalarMath.S2);
  static final FloatVector S1 = vector(ScalarMath.S1);
  static final FloatVector S0 = vector(ScalarMath.S0);
  static final FloatVector C2 = vector(ScalarMath.C2);
  static final FloatVector C1 = vector(ScalarMath.C1);
  static final FloatVector C0 = vector(ScalarMath.C0);
  static final FloatVector A3 = vector(ScalarMath.A3);
  static final FloatVector A2 = vector(ScalarMath.A2);
  static final FloatVector A1 = vector(ScalarMath.A1);
  static final FloatVector A0 = vector(ScalarMath.A0);
  static final FloatVector EIGHTH = vector(ScalarMath.EIGHTH);
  static final FloatVector THREE_EIGHTHS = vector(ScalarMath.THREE_EIGHTHS);
  static final FloatVector QUARTER_PI = vector(ScalarMath.QUARTER_PI);
  static final FloatVector HALF_PI = vector(ScalarMath.HALF_PI);
  static final FloatVector ANGLE_LIMIT = vector(ScalarMath.ANGLE_LIMIT);

  private VectorFunctions() {}

  private static FloatVector vector(float value) {
    return FloatVector.broadcast(VectorLoops.S, value);
  }

  static FloatVector load(long address) {
    return FloatVector.fromMemorySegment(F, Memory.ALL, address, ORDER);
  }

  /// A number of memory in every lane.
  static FloatVector spread(long address) {
    return FloatVector.broadcast(F, Memory.getFloat(address));
  }

  /// The same vector, as one that was computed here: for the JIT it no longer lies in an array.
  static FloatVector computed(FloatVector x) {
    return x.reinterpretAsInts().reinterpretAsFloats();
  }

  /// What a sum begins with.
  static FloatVector zero() {
    return FloatVector.zero(F);
  }

  /// What the search for the largest begins with.
  static FloatVector lowest() {
    return FloatVector.broadcast(F, Float.NEGATIVE_INFINITY);
  }

  /// What the search for the smallest begins with.
  static FloatVector highest() {
    return FloatVector.broadcast(F, Float.POSITIVE_INFINITY);
  }

  /// Truths lie in memory as ints: 0 is false.
  static VectorMask<Float> loadTruths(long address) {
    return IntVector.fromMemorySegment(I, Memory.ALL, address, ORDER)
        .compare(VectorOperators.NE, 0)
        .cast(F);
  }

  static void store(FloatVector x, long address) {
    x.intoMemorySegment(Memory.ALL, address, ORDER);
  }

  static void storeTruths(VectorMask<Float> x, long address) {
    IntVector.zero(I).blend(1, x.cast(I)).intoMemorySegment(Memory.ALL, address, ORDER);
  }

  static FloatVector number(VectorMask<Float> truth) {
    return ZERO.blend(ONE, truth);
  }

  static FloatVector neg(FloatVector x) {
    return x.neg();
  }

  static FloatVector abs(FloatVector x) {
    return x.abs();
  }

  static FloatVector sign(FloatVector x) {
    return x.blend(ONE, x.compare(VectorOperators.GT, 0f))
        .blend(MINUS_ONE, x.compare(VectorOperators.LT, 0f));
  }

  static FloatVector floor(FloatVector x) {
    FloatVector r = round(x);
    return r.blend(r.sub(ONE), r.compare(VectorOperators.GT, x));
  }

  static FloatVector ceil(FloatVector x) {
    IntVector sign = signBit(x);
    FloatVector r = signed(nearest(x.abs()), sign);
    // From -0.7 it is -1 + 1, which must be -0.
    FloatVector up = signed(r.add(ONE), sign);
    return r.blend(up, r.compare(VectorOperators.LT, x));
  }

  static FloatVector round(FloatVector x) {
    return signed(nearest(x.abs()), signBit(x));
  }

  static FloatVector trunc(FloatVector x) {
    FloatVector size = x.abs();
    FloatVector near = nearest(size);
    FloatVector r = near.blend(near.sub(ONE), near.compare(VectorOperators.GT, size));
    return signed(r, signBit(x));
  }

  /// The whole number nearest to one that is not negative.
  private static FloatVector nearest(FloatVector size) {
    return size.blend(size.add(WHOLE).sub(WHOLE), size.compare(VectorOperators.LT, WHOLE));
  }

  private static IntVector signBit(FloatVector x) {
    return x.reinterpretAsInts().and(Integer.MIN_VALUE);
  }

  private static FloatVector signed(FloatVector size, IntVector sign) {
    return size.reinterpretAsInts().or(sign).reinterpretAsFloats();
  }

  static FloatVector sqrt(FloatVector x) {
    return x.sqrt();
  }

  static FloatVector rsqrt(FloatVector x) {
    return ONE.div(x.sqrt());
  }

  static FloatVector add(FloatVector x, FloatVector y) {
    return x.add(y);
  }

  static FloatVector sub(FloatVector x, FloatVector y) {
    return x.sub(y);
  }

  static FloatVector mul(FloatVector x, FloatVector y) {
    return x.mul(y);
  }

  static FloatVector div(FloatVector x, FloatVector y) {
    return x.div(y);
  }

  /// `x y + z`, rounded once.
  static FloatVector fma(FloatVector x, FloatVector y, FloatVector z) {
    return x.fma(y, z);
  }

  static FloatVector max(FloatVector x, FloatVector y) {
    return x.max(y);
  }

  static FloatVector min(FloatVector x, FloatVector y) {
    return x.min(y);
  }

  static VectorMask<Float> eq(FloatVector x, FloatVector y) {
    return x.compare(VectorOperators.EQ, y);
  }

  static VectorMask<Float> ne(FloatVector x, FloatVector y) {
    return x.compare(VectorOperators.NE, y);
  }

  static VectorMask<Float> gt(FloatVector x, FloatVector y) {
    return x.compare(VectorOperators.GT, y);
  }

  static VectorMask<Float> ge(FloatVector x, FloatVector y) {
    return x.compare(VectorOperators.GE, y);
  }

  static VectorMask<Float> lt(FloatVector x, FloatVector y) {
    return y.compare(VectorOperators.GT, x);
  }

  static VectorMask<Float> le(FloatVector x, FloatVector y) {
    return y.compare(VectorOperators.GE, x);
  }

  static VectorMask<Float> not(FloatVector x) {
    return x.compare(VectorOperators.EQ, 0f);
  }

  static FloatVector select(VectorMask<Float> test, FloatVector x, FloatVector y) {
    return y.blend(x, test);
  }

  static FloatVector exp(FloatVector x, long room) {
    FloatVector result = power(x);
    if (x.abs().compare(VectorOperators.LE, EXP_LIMIT).allTrue()) {
      return result;
    }
    x.intoMemorySegment(Memory.ALL, room, ORDER);
    VectorRepairs.exp(room);
    return FloatVector.fromMemorySegment(F, Memory.ALL, room, ORDER);
  }

  /// `2^n (e^r - 1) + (2^n - 1)`.
  static FloatVector expm1(FloatVector x, long room) {
    FloatVector shifted = x.fma(LOG2E, MAGIC);
    FloatVector r = lessTwos(x, shifted);
    FloatVector p = powerSeries(r).mul(r).fma(r, r);
    FloatVector power = ONE.reinterpretAsInts().add(exponent(shifted)).reinterpretAsFloats();
    FloatVector result = p.fma(power, power.sub(ONE));
    VectorMask<Float> usual = x.abs().compare(VectorOperators.LE, EXP_LIMIT);
    return repaired(ScalarOp.EXPM1, x, result, usual, room);
  }

  /// `e^x = 2^n e^r` where it is a normal number.
  private static FloatVector power(FloatVector x) {
    FloatVector shifted = x.fma(LOG2E, MAGIC);
    FloatVector r = lessTwos(x, shifted);
    FloatVector p = powerSeries(r).fma(r, ONE).fma(r, ONE);
    return p.reinterpretAsInts().add(exponent(shifted)).reinterpretAsFloats();
  }

  /// `x - n ln 2`.
  ///
  /// @param shifted holds n in its lowest bits, see [ScalarMath#MAGIC]
  private static FloatVector lessTwos(FloatVector x, FloatVector shifted) {
    FloatVector k = shifted.sub(MAGIC);
    return k.fma(LN2_LOW, k.fma(LN2_HIGH, x));
  }

  /// `(e^r - 1 - r) / r^2`.
  private static FloatVector powerSeries(FloatVector r) {
    return E6.fma(r, E5).fma(r, E4).fma(r, E3).fma(r, E2);
  }

  /// What makes a float `2^n` as large when it is added to its bits.
  private static IntVector exponent(FloatVector shifted) {
    return shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
  }

  static FloatVector log(FloatVector x, long room) {
    return repaired(ScalarOp.LOG, x, logarithm(x), isNormal(x), room);
  }

  /// `log(u)` for u = 1 + x, and what u lost to rounding, relative to it.
  static FloatVector log1p(FloatVector x, long room) {
    FloatVector u = x.add(ONE);
    FloatVector lost = x.sub(u.sub(ONE)).div(u);
    return repaired(ScalarOp.LOG1P, x, logarithm(u).add(lost), isNormal(u), room);
  }

  /// `log(m) + e ln 2`, m from 2/3 to 4/3, of a normal number.
  private static FloatVector logarithm(FloatVector x) {
    IntVector bits = x.reinterpretAsInts();
    IntVector e = bits.sub(ScalarMath.LOG_START).and(0xff800000);
    FloatVector m = bits.sub(e).reinterpretAsFloats().sub(ONE);
    FloatVector s = m.mul(m);
    FloatVector odd = L8.fma(s, L6).fma(s, L4);
    FloatVector even = L9.fma(s, L7).fma(s, L5).fma(s, L3);
    FloatVector p = odd.fma(m, even).fma(m, L2).fma(m, MINUS_HALF).fma(s, m);
    FloatVector exponent = (FloatVector) e.convert(VectorOperators.I2F, 0);
    return exponent.mul(ULP_OF_ONE).fma(LN2, p);
  }

  /// Whether it is a positive normal number.
  private static VectorMask<Float> isNormal(FloatVector x) {
    return x.compare(VectorOperators.GE, Float.MIN_NORMAL)
        .and(x.compare(VectorOperators.LE, Float.MAX_VALUE));
  }

  /// Far from 0: `1 - 2 / (e^2x + 1)`.
  static FloatVector tanh(FloatVector x) {
    FloatVector s = x.mul(x);
    FloatVector near = T4.fma(s, T3).fma(s, T2).fma(s, T1).fma(s, T0).mul(s).fma(x, x);
    FloatVector half = x.abs().min(TANH_END);
    FloatVector far = ONE.sub(ONE.div(power(half.add(half)).fma(HALF, HALF)));
    return near.blend(signed(far, signBit(x)), half.compare(VectorOperators.GT, TANH_EDGE));
  }

  static FloatVector erf(FloatVector x) {
    FloatVector s = x.mul(x);
    FloatVector near = P5.fma(s, P4).fma(s, P3).fma(s, P2).fma(s, P1).fma(s, P0).fma(x, x);
    FloatVector size = x.abs();
    // On the bits a minimum is one instruction; of floats it takes several, for NaN, which is near
    // here.
    IntVector limited = size.reinterpretAsInts().min(ScalarMath.ERF_END_BITS);
    FloatVector t = limited.reinterpretAsFloats().sub(ERF_MIDDLE);
    FloatVector high = R12.fma(t, R11).fma(t, R10).fma(t, R9).fma(t, R8).fma(t, R7).fma(t, R6);
    FloatVector r = high.fma(t, R5).fma(t, R4).fma(t, R3).fma(t, R2).fma(t, R1).fma(t, R0);
    return near.blend(signed(r, signBit(x)), size.compare(VectorOperators.GT, ERF_EDGE));
  }

  static FloatVector sin(FloatVector x, long room) {
    FloatVector shifted = x.fma(RIGHT_ANGLES, MAGIC);
    FloatVector result = wave(lessQuadrants(x, shifted), shifted.reinterpretAsInts());
    return repaired(ScalarOp.SIN, x, result, isAngle(x), room);
  }

  static FloatVector cos(FloatVector x, long room) {
    FloatVector shifted = x.fma(RIGHT_ANGLES, MAGIC);
    FloatVector result = wave(lessQuadrants(x, shifted), shifted.reinterpretAsInts().add(1));
    return repaired(ScalarOp.COS, x, result, isAngle(x), room);
  }

  static FloatVector tan(FloatVector x, long room) {
    FloatVector shifted = x.fma(RIGHT_ANGLES, MAGIC);
    FloatVector r = lessQuadrants(x, shifted);
    FloatVector s = r.mul(r);
    FloatVector sin = sinSeries(r, s);
    FloatVector cos = cosSeries(s);
    VectorMask<Float> isOdd = isOdd(shifted.reinterpretAsInts());
    FloatVector result = sin.blend(cos.neg(), isOdd).div(cos.blend(sin, isOdd));
    return repaired(ScalarOp.TAN, x, result, isAngle(x), room);
  }

  /// `x - n π / 2`.
  ///
  /// @param shifted holds n in its lowest bits, see [ScalarMath#MAGIC]
  private static FloatVector lessQuadrants(FloatVector x, FloatVector shifted) {
    FloatVector k = shifted.sub(MAGIC);
    return k.fma(PI_LOW, k.fma(PI_MIDDLE, k.fma(PI_HIGH, x)));
  }

  /// The sine of an angle in a quadrant.
  ///
  /// @param quadrant its number in the lowest bits: it chooses and signs the series
  private static FloatVector wave(FloatVector r, IntVector quadrant) {
    FloatVector s = r.mul(r);
    FloatVector sin = sinSeries(r, s);
    FloatVector cos = cosSeries(s);
    IntVector sign = quadrant.lanewise(VectorOperators.LSHL, 30).and(Integer.MIN_VALUE);
    IntVector value = sin.blend(cos, isOdd(quadrant)).reinterpretAsInts();
    return value.lanewise(VectorOperators.XOR, sign).reinterpretAsFloats();
  }

  private static FloatVector sinSeries(FloatVector r, FloatVector s) {
    return S2.fma(s, S1).fma(s, S0).mul(s).fma(r, r);
  }

  private static FloatVector cosSeries(FloatVector s) {
    return C2.fma(s, C1).fma(s, C0).fma(s, MINUS_HALF).fma(s, ONE);
  }

  private static VectorMask<Float> isOdd(IntVector quadrant) {
    return quadrant.and(1).compare(VectorOperators.NE, 0).cast(F);
  }

  private static VectorMask<Float> isAngle(FloatVector x) {
    return x.abs().compare(VectorOperators.LE, ANGLE_LIMIT);
  }

  static FloatVector atan(FloatVector x) {
    FloatVector size = x.abs();
    VectorMask<Float> large = size.compare(VectorOperators.GT, THREE_EIGHTHS);
    VectorMask<Float> middle = size.compare(VectorOperators.GT, EIGHTH).andNot(large);
    // One division serves both reductions: (t - 1) / (t + 1) and -1 / t.
    FloatVector above = size.blend(size.sub(ONE), middle).blend(MINUS_ONE, large);
    FloatVector below = ONE.blend(size.add(ONE), middle).blend(size, large);
    FloatVector t = above.div(below);
    FloatVector s = t.mul(t);
    FloatVector rest = A3.fma(s, A2).fma(s, A1).fma(s, A0).mul(s).fma(t, t);
    FloatVector angle = ZERO.blend(QUARTER_PI, middle).blend(HALF_PI, large).add(rest);
    return signed(angle, signBit(x));
  }

  /// A result, of which the lanes that are not usual are computed again, one by one.
  private static FloatVector repaired(
      ScalarOp op, FloatVector x, FloatVector result, VectorMask<Float> usual, long room) {
    if (usual.allTrue()) {
      return result;
    }
    x.intoMemorySegment(Memory.ALL, room, ORDER);
    result.intoMemorySegment(Memory.ALL, room + BYTES, ORDER);
    VectorRepairs.repair(op, room, usual.toLong());
    return FloatVector.fromMemorySegment(F, Memory.ALL, room + BYTES, ORDER);
  }
}
