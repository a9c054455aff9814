package dev.javelin.cpu;

import dev.javelin.kernels.ScalarOp;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Loops on vectors of float32 that compare and select, see [VectorLoops].
///
/// `x < y` is run as `y > x`, so that three comparisons do for six.
final class VectorSelects {
  private static final VectorSpecies<Float> S = VectorLoops.S;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  private static final long BYTES = VectorLoops.BYTES;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private VectorSelects() {}

  /// The loop for a comparison; null for anything else.
  static Loops.Binary compare(ScalarOp op) {
    return switch (op) {
      case EQ -> VectorSelects::eq;
      case NE -> VectorSelects::ne;
      case GT -> VectorSelects::gt;
      case GE -> VectorSelects::ge;
      case LT -> (x, dx, y, dy, out, n) -> gt(y, dy, x, dx, out, n);
      case LE -> (x, dx, y, dy, out, n) -> ge(y, dy, x, dx, out, n);
      default -> null;
    };
  }

  /// The loop for a selection by a comparison; null for anything else.
  static Loops.Quaternary select(ScalarOp op) {
    return switch (op) {
      case EQ -> VectorSelects::selectEq;
      case NE ->
          (x, dx, y, dy, z, dz, w, dw, out, n) -> selectEq(x, dx, y, dy, w, dw, z, dz, out, n);
      case GT -> VectorSelects::selectGt;
      case GE -> VectorSelects::selectGe;
      case LT ->
          (x, dx, y, dy, z, dz, w, dw, out, n) -> selectGt(y, dy, x, dx, z, dz, w, dw, out, n);
      case LE ->
          (x, dx, y, dy, z, dz, w, dw, out, n) -> selectGe(y, dy, x, dx, z, dz, w, dw, out, n);
      default -> null;
    };
  }

  private static FloatVector get(long address) {
    return VectorLoops.get(address);
  }

  private static void put(FloatVector value, long address) {
    VectorLoops.put(value, address);
  }

  private static void put(VectorMask<Float> truth, long address) {
    IntVector.zero(INTS).blend(1, truth.cast(INTS)).intoMemorySegment(Memory.ALL, address, ORDER);
  }

  static void not(long x, int dx, long out, int n) {
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      put(get(x + (i & dx)).compare(VectorOperators.EQ, 0f), out + i);
    }
  }

  private static void eq(long x, int dx, long y, int dy, long out, int n) {
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      put(get(x + (i & dx)).compare(VectorOperators.EQ, get(y + (i & dy))), out + i);
    }
  }

  private static void ne(long x, int dx, long y, int dy, long out, int n) {
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      put(get(x + (i & dx)).compare(VectorOperators.NE, get(y + (i & dy))), out + i);
    }
  }

  private static void gt(long x, int dx, long y, int dy, long out, int n) {
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      put(get(x + (i & dx)).compare(VectorOperators.GT, get(y + (i & dy))), out + i);
    }
  }

  private static void ge(long x, int dx, long y, int dy, long out, int n) {
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      put(get(x + (i & dx)).compare(VectorOperators.GE, get(y + (i & dy))), out + i);
    }
  }

  static void select(long x, int dx, long y, int dy, long z, int dz, long out, int n) {
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      IntVector test = IntVector.fromMemorySegment(INTS, Memory.ALL, x + (i & dx), ORDER);
      VectorMask<Float> first = test.compare(VectorOperators.NE, 0).cast(S);
      put(get(z + (i & dz)).blend(get(y + (i & dy)), first), out + i);
    }
  }

  private static void selectEq(
      long x, int dx, long y, int dy, long z, int dz, long w, int dw, long out, int n) {
    if ((dy | dw) == 0) {
      selectEqOne(x, dx, y, z, dz, w, out, n);
      return;
    }
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      VectorMask<Float> first = get(x + (i & dx)).compare(VectorOperators.EQ, get(y + (i & dy)));
      put(get(w + (i & dw)).blend(get(z + (i & dz)), first), out + i);
    }
  }

  /// The common case: compared with one number, and another (often the same) where it fails.
  private static void selectEqOne(long x, int dx, long y, long z, int dz, long w, long out, int n) {
    FloatVector bound = get(y);
    FloatVector other = get(w);
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      VectorMask<Float> first = get(x + (i & dx)).compare(VectorOperators.EQ, bound);
      put(other.blend(get(z + (i & dz)), first), out + i);
    }
  }

  private static void selectGt(
      long x, int dx, long y, int dy, long z, int dz, long w, int dw, long out, int n) {
    if ((dy | dw) == 0) {
      selectGtOne(x, dx, y, z, dz, w, out, n);
      return;
    }
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      VectorMask<Float> first = get(x + (i & dx)).compare(VectorOperators.GT, get(y + (i & dy)));
      put(get(w + (i & dw)).blend(get(z + (i & dz)), first), out + i);
    }
  }

  /// The common case: compared with one number, and another (often the same) where it fails.
  private static void selectGtOne(long x, int dx, long y, long z, int dz, long w, long out, int n) {
    FloatVector bound = get(y);
    FloatVector other = get(w);
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      VectorMask<Float> first = get(x + (i & dx)).compare(VectorOperators.GT, bound);
      put(other.blend(get(z + (i & dz)), first), out + i);
    }
  }

  private static void selectGe(
      long x, int dx, long y, int dy, long z, int dz, long w, int dw, long out, int n) {
    if ((dy | dw) == 0) {
      selectGeOne(x, dx, y, z, dz, w, out, n);
      return;
    }
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      VectorMask<Float> first = get(x + (i & dx)).compare(VectorOperators.GE, get(y + (i & dy)));
      put(get(w + (i & dw)).blend(get(z + (i & dz)), first), out + i);
    }
  }

  /// The common case: compared with one number, and another (often the same) where it fails.
  private static void selectGeOne(long x, int dx, long y, long z, int dz, long w, long out, int n) {
    FloatVector bound = get(y);
    FloatVector other = get(w);
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      VectorMask<Float> first = get(x + (i & dx)).compare(VectorOperators.GE, bound);
      put(other.blend(get(z + (i & dz)), first), out + i);
    }
  }
}
