package dev.javelin.cpu;

import dev.javelin.kernels.ScalarOp;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// The arithmetic loops on vectors of float32, see [Loops]: one small method each, so that the JIT
/// compiles each on its own.
///
/// Each processes whole vectors and so may read and write beyond `n`, up to a multiple of
/// [Loops#LANES]. They count in bytes and in a long: with an int that is scaled for every access
/// the code is up to 1.6 times slower. Unrolling by hand makes it slower, too. A second operand
/// that is the same for all elements has loops of its own, because a load less is a quarter to a
/// third of the time.
final class VectorLoops {
  static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;

  /// The lanes of a vector.
  static final int W = S.length();

  /// The size of a vector.
  static final long BYTES = 4L * W;

  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  /// From here on a float has no fraction.
  private static final float WHOLE = 1 << 23;

  /// Whether [#fill] is fast by now.
  static final Warmup WARMUP =
      new Warmup(
          memory -> {
            for (int i = 0; i < 1024; i++) {
              Memory.putFloat(memory + 4L * i, 1);
            }
          },
          memory -> fill(memory, 1, 1024));

  private VectorLoops() {}

  /// The loop for an operation with one operand; null if there is none.
  static Loops.Unary unary(ScalarOp op) {
    return switch (op) {
      case NEG -> VectorLoops::neg;
      case ABS -> VectorLoops::abs;
      case SIGN -> VectorLoops::sign;
      case FLOOR -> VectorLoops::floor;
      case CEIL -> VectorLoops::ceil;
      case ROUND -> VectorLoops::round;
      case TRUNC -> VectorLoops::trunc;
      case SQRT -> VectorLoops::sqrt;
      case RSQRT -> VectorLoops::rsqrt;
      case NOT -> VectorSelects::not;
      default -> VectorMath.unary(op);
    };
  }

  /// The loop for an operation with two operands; null if there is none.
  static Loops.Binary binary(ScalarOp op) {
    return switch (op) {
      case ADD -> VectorLoops::add;
      case SUB -> VectorLoops::sub;
      case MUL -> VectorLoops::mul;
      case DIV -> VectorLoops::div;
      case MAX -> VectorLoops::max;
      case MIN -> VectorLoops::min;
      default -> VectorSelects.compare(op);
    };
  }

  static FloatVector get(long address) {
    return FloatVector.fromMemorySegment(S, Memory.ALL, address, ORDER);
  }

  static void put(FloatVector value, long address) {
    value.intoMemorySegment(Memory.ALL, address, ORDER);
  }

  /// A number with the sign of another.
  ///
  /// @param size the number, not negative
  static FloatVector withSignOf(FloatVector size, FloatVector sign) {
    return size.reinterpretAsInts()
        .or(sign.reinterpretAsInts().and(Integer.MIN_VALUE))
        .reinterpretAsFloats();
  }

  /// The nearest whole number to a number that is not negative, halves to even. NaN stays.
  private static FloatVector nearest(FloatVector size) {
    // Adding 2^23 leaves no room for a fraction: the addition rounds.
    FloatVector rounded = size.add(WHOLE).sub(WHOLE);
    return size.blend(rounded, size.compare(VectorOperators.LT, WHOLE));
  }

  /// Writes a number exactly `n` times, at least once for every lane of a vector.
  static void fill(long out, float value, int n) {
    FloatVector all = FloatVector.broadcast(S, value);
    long end = out + 4L * n;
    for (long at = out; at < end - BYTES; at += BYTES) {
      put(all, at);
    }
    // The last vector may overlap the one before.
    put(all, end - BYTES);
  }

  private static void neg(long x, int dx, long out, int n) {
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      put(get(x + (i & dx)).neg(), out + i);
    }
  }

  private static void abs(long x, int dx, long out, int n) {
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      put(get(x + (i & dx)).abs(), out + i);
    }
  }

  private static void sign(long x, int dx, long out, int n) {
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      FloatVector v = get(x + (i & dx));
      FloatVector up = v.blend(1f, v.compare(VectorOperators.GT, 0f));
      put(up.blend(-1f, v.compare(VectorOperators.LT, 0f)), out + i);
    }
  }

  private static void floor(long x, int dx, long out, int n) {
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      FloatVector v = get(x + (i & dx));
      FloatVector r = withSignOf(nearest(v.abs()), v);
      put(r.blend(r.sub(1f), r.compare(VectorOperators.GT, v)), out + i);
    }
  }

  private static void ceil(long x, int dx, long out, int n) {
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      FloatVector v = get(x + (i & dx));
      FloatVector r = withSignOf(nearest(v.abs()), v);
      // From -0.7 it is -1 + 1, which must be -0.
      FloatVector up = withSignOf(r.add(1f), v);
      put(r.blend(up, r.compare(VectorOperators.LT, v)), out + i);
    }
  }

  private static void round(long x, int dx, long out, int n) {
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      FloatVector v = get(x + (i & dx));
      put(withSignOf(nearest(v.abs()), v), out + i);
    }
  }

  private static void trunc(long x, int dx, long out, int n) {
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      FloatVector v = get(x + (i & dx));
      FloatVector size = v.abs();
      FloatVector r = nearest(size);
      put(withSignOf(r.blend(r.sub(1f), r.compare(VectorOperators.GT, size)), v), out + i);
    }
  }

  private static void sqrt(long x, int dx, long out, int n) {
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      put(get(x + (i & dx)).sqrt(), out + i);
    }
  }

  private static void rsqrt(long x, int dx, long out, int n) {
    FloatVector one = FloatVector.broadcast(S, 1f);
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      put(one.div(get(x + (i & dx)).sqrt()), out + i);
    }
  }

  private static void add(long x, int dx, long y, int dy, long out, int n) {
    if (dy == 0) {
      addOne(x, dx, y, out, n);
      return;
    }
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      put(get(x + (i & dx)).add(get(y + (i & dy))), out + i);
    }
  }

  private static void addOne(long x, int dx, long y, long out, int n) {
    FloatVector one = get(y);
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      put(get(x + (i & dx)).add(one), out + i);
    }
  }

  private static void sub(long x, int dx, long y, int dy, long out, int n) {
    if (dy == 0) {
      subOne(x, dx, y, out, n);
      return;
    }
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      put(get(x + (i & dx)).sub(get(y + (i & dy))), out + i);
    }
  }

  private static void subOne(long x, int dx, long y, long out, int n) {
    FloatVector one = get(y);
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      put(get(x + (i & dx)).sub(one), out + i);
    }
  }

  private static void mul(long x, int dx, long y, int dy, long out, int n) {
    if (dy == 0) {
      mulOne(x, dx, y, out, n);
      return;
    }
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      put(get(x + (i & dx)).mul(get(y + (i & dy))), out + i);
    }
  }

  private static void mulOne(long x, int dx, long y, long out, int n) {
    FloatVector one = get(y);
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      put(get(x + (i & dx)).mul(one), out + i);
    }
  }

  private static void div(long x, int dx, long y, int dy, long out, int n) {
    if (dy == 0) {
      divOne(x, dx, y, out, n);
      return;
    }
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      put(get(x + (i & dx)).div(get(y + (i & dy))), out + i);
    }
  }

  private static void divOne(long x, int dx, long y, long out, int n) {
    FloatVector one = get(y);
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      put(get(x + (i & dx)).div(one), out + i);
    }
  }

  private static void max(long x, int dx, long y, int dy, long out, int n) {
    if (dy == 0) {
      maxOne(x, dx, y, out, n);
      return;
    }
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      put(get(x + (i & dx)).max(get(y + (i & dy))), out + i);
    }
  }

  private static void maxOne(long x, int dx, long y, long out, int n) {
    FloatVector one = get(y);
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      put(get(x + (i & dx)).max(one), out + i);
    }
  }

  private static void min(long x, int dx, long y, int dy, long out, int n) {
    if (dy == 0) {
      minOne(x, dx, y, out, n);
      return;
    }
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      put(get(x + (i & dx)).min(get(y + (i & dy))), out + i);
    }
  }

  private static void minOne(long x, int dx, long y, long out, int n) {
    FloatVector one = get(y);
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      put(get(x + (i & dx)).min(one), out + i);
    }
  }

  /// `x y + z`, both operations rounded.
  static void multiplyAdd(long x, int dx, long y, int dy, long z, int dz, long out, int n) {
    if (dy == 0) {
      multiplyAddOne(x, dx, y, z, dz, out, n);
      return;
    }
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      put(get(x + (i & dx)).mul(get(y + (i & dy))).add(get(z + (i & dz))), out + i);
    }
  }

  private static void multiplyAddOne(long x, int dx, long y, long z, int dz, long out, int n) {
    FloatVector one = get(y);
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      put(get(x + (i & dx)).mul(one).add(get(z + (i & dz))), out + i);
    }
  }

  /// `z - x y`, both operations rounded.
  static void subtractProduct(long x, int dx, long y, int dy, long z, int dz, long out, int n) {
    if (dy == 0) {
      subtractProductOne(x, dx, y, z, dz, out, n);
      return;
    }
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      put(get(z + (i & dz)).sub(get(x + (i & dx)).mul(get(y + (i & dy)))), out + i);
    }
  }

  private static void subtractProductOne(long x, int dx, long y, long z, int dz, long out, int n) {
    FloatVector one = get(y);
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      put(get(z + (i & dz)).sub(get(x + (i & dx)).mul(one)), out + i);
    }
  }
}
