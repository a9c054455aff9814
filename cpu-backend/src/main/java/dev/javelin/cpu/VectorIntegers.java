package dev.javelin.cpu;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.ScalarOp;
import java.nio.ByteOrder;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// Loops on vectors of int32, and comparisons of int64: what masks, labels and indices of classes
/// need. See [VectorLoops].
final class VectorIntegers {
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;

  /// As many ints as a vector has longs.
  private static final VectorSpecies<Integer> FEW =
      VectorSpecies.of(int.class, VectorShape.forBitSize(LONGS.vectorBitSize() / 2));

  private static final long BYTES = 4L * INTS.length();
  private static final long LONG_BYTES = 8L * LONGS.length();
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private VectorIntegers() {}

  /// The loop for an operation with two operands; null if there is none.
  static Loops.Binary binary(ScalarOp op, DType type) {
    if (type == DType.INT64) {
      return switch (op) {
        case EQ -> VectorIntegers::eqLong;
        case NE -> VectorIntegers::neLong;
        case GT -> VectorIntegers::gtLong;
        case GE -> VectorIntegers::geLong;
        case LT -> (x, dx, y, dy, out, n) -> gtLong(y, dy, x, dx, out, n);
        case LE -> (x, dx, y, dy, out, n) -> geLong(y, dy, x, dx, out, n);
        default -> null;
      };
    }
    return switch (op) {
      case ADD -> VectorIntegers::add;
      case SUB -> VectorIntegers::sub;
      case MUL -> VectorIntegers::mul;
      case AND -> VectorIntegers::and;
      case OR -> VectorIntegers::or;
      case XOR -> VectorIntegers::xor;
      case EQ -> VectorIntegers::eq;
      case NE -> VectorIntegers::ne;
      case GT -> VectorIntegers::gt;
      case GE -> VectorIntegers::ge;
      case LT -> (x, dx, y, dy, out, n) -> gt(y, dy, x, dx, out, n);
      case LE -> (x, dx, y, dy, out, n) -> ge(y, dy, x, dx, out, n);
      default -> null;
    };
  }

  private static IntVector get(long address) {
    return IntVector.fromMemorySegment(INTS, Memory.ALL, address, ORDER);
  }

  private static LongVector getLongs(long address) {
    return LongVector.fromMemorySegment(LONGS, Memory.ALL, address, ORDER);
  }

  private static void put(IntVector value, long address) {
    value.intoMemorySegment(Memory.ALL, address, ORDER);
  }

  /// 1 where an int is 0, else 0.
  static void not(long x, int dx, long out, int n) {
    IntVector zero = IntVector.zero(INTS);
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      put(zero.blend(1, get(x + (i & dx)).compare(VectorOperators.EQ, 0)), out + i);
    }
  }

  private static void add(long x, int dx, long y, int dy, long out, int n) {
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      put(get(x + (i & dx)).add(get(y + (i & dy))), out + i);
    }
  }

  private static void sub(long x, int dx, long y, int dy, long out, int n) {
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      put(get(x + (i & dx)).sub(get(y + (i & dy))), out + i);
    }
  }

  private static void mul(long x, int dx, long y, int dy, long out, int n) {
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      put(get(x + (i & dx)).mul(get(y + (i & dy))), out + i);
    }
  }

  private static void and(long x, int dx, long y, int dy, long out, int n) {
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      put(get(x + (i & dx)).and(get(y + (i & dy))), out + i);
    }
  }

  private static void or(long x, int dx, long y, int dy, long out, int n) {
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      put(get(x + (i & dx)).or(get(y + (i & dy))), out + i);
    }
  }

  private static void xor(long x, int dx, long y, int dy, long out, int n) {
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      put(get(x + (i & dx)).lanewise(VectorOperators.XOR, get(y + (i & dy))), out + i);
    }
  }

  private static void eq(long x, int dx, long y, int dy, long out, int n) {
    IntVector zero = IntVector.zero(INTS);
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      IntVector right = get(y + (i & dy));
      put(zero.blend(1, get(x + (i & dx)).compare(VectorOperators.EQ, right)), out + i);
    }
  }

  private static void ne(long x, int dx, long y, int dy, long out, int n) {
    IntVector zero = IntVector.zero(INTS);
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      IntVector right = get(y + (i & dy));
      put(zero.blend(1, get(x + (i & dx)).compare(VectorOperators.NE, right)), out + i);
    }
  }

  private static void gt(long x, int dx, long y, int dy, long out, int n) {
    IntVector zero = IntVector.zero(INTS);
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      IntVector right = get(y + (i & dy));
      put(zero.blend(1, get(x + (i & dx)).compare(VectorOperators.GT, right)), out + i);
    }
  }

  private static void ge(long x, int dx, long y, int dy, long out, int n) {
    IntVector zero = IntVector.zero(INTS);
    for (long i = 0, end = 4L * n; i < end; i += BYTES) {
      IntVector right = get(y + (i & dy));
      put(zero.blend(1, get(x + (i & dx)).compare(VectorOperators.GE, right)), out + i);
    }
  }

  private static void eqLong(long x, int dx, long y, int dy, long out, int n) {
    IntVector zero = IntVector.zero(FEW);
    for (long i = 0, end = 8L * n; i < end; i += LONG_BYTES) {
      LongVector right = getLongs(y + (i & dy));
      put(
          zero.blend(1, getLongs(x + (i & dx)).compare(VectorOperators.EQ, right).cast(FEW)),
          out + i / 2);
    }
  }

  private static void neLong(long x, int dx, long y, int dy, long out, int n) {
    IntVector zero = IntVector.zero(FEW);
    for (long i = 0, end = 8L * n; i < end; i += LONG_BYTES) {
      LongVector right = getLongs(y + (i & dy));
      put(
          zero.blend(1, getLongs(x + (i & dx)).compare(VectorOperators.NE, right).cast(FEW)),
          out + i / 2);
    }
  }

  private static void gtLong(long x, int dx, long y, int dy, long out, int n) {
    IntVector zero = IntVector.zero(FEW);
    for (long i = 0, end = 8L * n; i < end; i += LONG_BYTES) {
      LongVector right = getLongs(y + (i & dy));
      put(
          zero.blend(1, getLongs(x + (i & dx)).compare(VectorOperators.GT, right).cast(FEW)),
          out + i / 2);
    }
  }

  private static void geLong(long x, int dx, long y, int dy, long out, int n) {
    IntVector zero = IntVector.zero(FEW);
    for (long i = 0, end = 8L * n; i < end; i += LONG_BYTES) {
      LongVector right = getLongs(y + (i & dy));
      put(
          zero.blend(1, getLongs(x + (i & dx)).compare(VectorOperators.GE, right).cast(FEW)),
          out + i / 2);
    }
  }
}
