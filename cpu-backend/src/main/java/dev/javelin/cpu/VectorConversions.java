package dev.javelin.cpu;

import dev.javelin.kernels.DType;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// Loops on vectors that convert 16-bit floats and small integers from and to float32 and int32,
/// see [VectorLoops].
///
/// The bits of 16-bit floats are moved by integer arithmetic: the Vector API knows no such lanes.
final class VectorConversions {
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Short> SHORTS =
      VectorSpecies.of(short.class, VectorShape.forBitSize(INTS.vectorBitSize() / 2));

  /// Null on processors whose vectors of ints are so short that a quarter of one is no vector.
  private static final VectorSpecies<Byte> BYTES =
      INTS.vectorBitSize() < 256
          ? null
          : VectorSpecies.of(byte.class, VectorShape.forBitSize(INTS.vectorBitSize() / 4));

  private static final int W = INTS.length();
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private static final int INFINITY = 0x7f800000;

  /// The smallest float that is no number of half precision any more.
  private static final int HALF_END = 0x47800000;

  /// The smallest normal number of half precision.
  private static final int HALF_NORMAL = 113 << 23;

  /// Adding this to a float below [#HALF_NORMAL] rounds it to a multiple of the smallest number of
  /// half precision.
  private static final float HALF_SUBNORMAL_MAGIC = 0.5f;

  private VectorConversions() {}

  /// From stored elements to their register type; null where there is no such loop.
  static Loops.Unary widen(DType stored) {
    return switch (stored) {
      case BFLOAT16 -> VectorConversions::fromBfloat16;
      case FLOAT16 -> VectorConversions::fromFloat16;
      case UINT8, BOOL -> BYTES == null ? null : VectorConversions::fromUnsigned;
      default -> null;
    };
  }

  /// From a register to stored elements, whole vectors of them; null where there is no such loop.
  static Loops.Unary store(DType stored) {
    return switch (stored) {
      case BFLOAT16 -> VectorConversions::toBfloat16;
      case FLOAT16 -> VectorConversions::toFloat16;
      default -> null;
    };
  }

  /// Between register types; null where there is no such loop.
  static Loops.Unary convert(DType from, DType to) {
    return from == DType.INT32 && to == DType.FLOAT32 ? VectorConversions::intToFloat : null;
  }

  private static void intToFloat(long x, int dx, long out, int n) {
    for (long i = 0; i < n; i += W) {
      IntVector v = IntVector.fromMemorySegment(INTS, Memory.ALL, x + 4 * (i & dx), ORDER);
      v.convert(VectorOperators.I2F, 0).intoMemorySegment(Memory.ALL, out + 4 * i, ORDER);
    }
  }

  private static void fromUnsigned(long x, int dx, long out, int n) {
    for (long i = 0; i < n; i += W) {
      ByteVector v = ByteVector.fromMemorySegment(BYTES, Memory.ALL, x + (i & dx), ORDER);
      v.convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0)
          .intoMemorySegment(Memory.ALL, out + 4 * i, ORDER);
    }
  }

  private static void fromBfloat16(long x, int dx, long out, int n) {
    for (long i = 0; i < n; i += W) {
      ShortVector v = ShortVector.fromMemorySegment(SHORTS, Memory.ALL, x + 2 * (i & dx), ORDER);
      IntVector bits = (IntVector) v.convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
      bits.lanewise(VectorOperators.LSHL, 16).intoMemorySegment(Memory.ALL, out + 4 * i, ORDER);
    }
  }

  /// Rounds to the upper half, halves to even; NaN stays NaN.
  private static void toBfloat16(long x, int dx, long out, int n) {
    for (long i = 0; i < n; i += W) {
      IntVector bits = IntVector.fromMemorySegment(INTS, Memory.ALL, x + 4 * (i & dx), ORDER);
      IntVector upper = bits.lanewise(VectorOperators.LSHR, 16);
      IntVector rounded = bits.add(0x7fff).add(upper.and(1)).lanewise(VectorOperators.LSHR, 16);
      VectorMask<Integer> nan = bits.and(Integer.MAX_VALUE).compare(VectorOperators.GT, INFINITY);
      rounded
          .blend(upper.or(0x40), nan)
          .convertShape(VectorOperators.I2S, SHORTS, 0)
          .intoMemorySegment(Memory.ALL, out + 2 * i, ORDER);
    }
  }

  private static void fromFloat16(long x, int dx, long out, int n) {
    for (long i = 0; i < n; i += W) {
      ShortVector v = ShortVector.fromMemorySegment(SHORTS, Memory.ALL, x + 2 * (i & dx), ORDER);
      IntVector bits = (IntVector) v.convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
      IntVector size = bits.and(0x7fff).lanewise(VectorOperators.LSHL, 13);
      // The product corrects the exponent and makes subnormal numbers normal.
      IntVector scaled = size.reinterpretAsFloats().mul(0x1p112f).reinterpretAsInts();
      VectorMask<Integer> special = size.compare(VectorOperators.GE, 0x0f800000);
      scaled
          .blend(size.or(INFINITY), special)
          .or(bits.and(0x8000).lanewise(VectorOperators.LSHL, 16))
          .intoMemorySegment(Memory.ALL, out + 4 * i, ORDER);
    }
  }

  /// Rounds to half precision, halves to even.
  private static void toFloat16(long x, int dx, long out, int n) {
    for (long i = 0; i < n; i += W) {
      IntVector bits = IntVector.fromMemorySegment(INTS, Memory.ALL, x + 4 * (i & dx), ORDER);
      IntVector size = bits.and(Integer.MAX_VALUE);
      IntVector odd = size.lanewise(VectorOperators.LSHR, 13).and(1);
      IntVector normal =
          size.add((15 - 127 << 23) + 0xfff).add(odd).lanewise(VectorOperators.LSHR, 13);
      FloatVector raised = size.reinterpretAsFloats().add(HALF_SUBNORMAL_MAGIC);
      IntVector small =
          raised.reinterpretAsInts().sub(Float.floatToRawIntBits(HALF_SUBNORMAL_MAGIC));
      normal
          .blend(small, size.compare(VectorOperators.LT, HALF_NORMAL))
          .blend(0x7c00, size.compare(VectorOperators.GE, HALF_END))
          .blend(0x7e00, size.compare(VectorOperators.GT, INFINITY))
          .or(bits.lanewise(VectorOperators.LSHR, 16).and(0x8000))
          .convertShape(VectorOperators.I2S, SHORTS, 0)
          .intoMemorySegment(Memory.ALL, out + 2 * i, ORDER);
    }
  }
}
