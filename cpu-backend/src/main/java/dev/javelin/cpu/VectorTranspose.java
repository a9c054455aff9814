package dev.javelin.cpu;

import java.nio.ByteOrder;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// Transposes matrices of 4-byte elements in registers, 8 by 8, or 4 by 4 where vectors are that short. Loaded only where
/// the Vector API is there.
final class VectorTranspose {
  /// What the processor has, up to 8 lanes: vectors that it has not are objects, and a hundred times slower.
  private static final VectorSpecies<Integer> I =
      VectorSpecies.of(
          int.class,
          VectorShape.forBitSize(Math.min(256, IntVector.SPECIES_PREFERRED.vectorBitSize())));

  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  /// The side of a tile.
  static final int SIDE = I.length();

  // Three rounds exchange neighbours, pairs of neighbours, and halves, between one row and another
  // as far away; two where pairs are halves.
  private static final VectorShuffle<Integer> SINGLES = exchange(1);
  private static final VectorShuffle<Integer> PAIRS = exchange(2);
  private static final VectorShuffle<Integer> HALVES = exchange(4);
  private static final VectorMask<Integer> ODD_SINGLES = mask(0b10101010);
  private static final VectorMask<Integer> ODD_PAIRS = mask(0b11001100);
  private static final VectorMask<Integer> ODD_HALF = mask(0b11110000);

  /// Whether the loop is fast by now.
  static final Warmup WARMUP =
      new Warmup(
          memory -> {
            for (long row = 0; row < 64; row++) {
              Elements.copyLine(memory + 4 * row, 256, memory + 16384 + 256 * row, 4, 64, 4);
            }
          },
          memory -> tiles(memory, 256, memory + 16384, 256, 64, 64));

  private VectorTranspose() {}

  /// Whether vectors are long enough.
  static boolean isUsable() {
    return SIDE >= 4;
  }

  private static VectorShuffle<Integer> exchange(int distance) {
    return VectorShuffle.fromOp(I, lane -> (lane ^ distance) % SIDE);
  }

  private static VectorMask<Integer> mask(int lanes) {
    return VectorMask.fromLong(I, lanes & (1L << SIDE) - 1);
  }

  /// Writes `height` rows of `width` elements; source and target do not overlap.
  ///
  /// @param from the first element; its neighbours go to the rows below
  /// @param fromStep from an element to the next of its row, in bytes
  /// @param to where the first row begins
  /// @param toStep from a row to the next, in bytes
  /// @param height a multiple of [#SIDE]
  /// @param width a multiple of [#SIDE]
  static void tiles(long from, long fromStep, long to, long toStep, long height, long width) {
    for (long column = 0; column < width; column += SIDE) {
      for (long row = 0; row < height; row += SIDE) {
        long source = from + column * fromStep + 4 * row;
        long target = to + row * toStep + 4 * column;
        if (SIDE == 8) {
          eight(source, fromStep, target, toStep);
        } else {
          four(source, fromStep, target, toStep);
        }
      }
    }
  }

  private static void four(long from, long fromStep, long to, long toStep) {
    IntVector a0 = load(from);
    IntVector a1 = load(from + fromStep);
    IntVector a2 = load(from + 2 * fromStep);
    IntVector a3 = load(from + 3 * fromStep);
    IntVector b0 = a0.blend(a1.rearrange(SINGLES), ODD_SINGLES);
    IntVector b1 = a0.rearrange(SINGLES).blend(a1, ODD_SINGLES);
    IntVector b2 = a2.blend(a3.rearrange(SINGLES), ODD_SINGLES);
    IntVector b3 = a2.rearrange(SINGLES).blend(a3, ODD_SINGLES);
    store(b0.blend(b2.rearrange(PAIRS), ODD_PAIRS), to);
    store(b1.blend(b3.rearrange(PAIRS), ODD_PAIRS), to + toStep);
    store(b0.rearrange(PAIRS).blend(b2, ODD_PAIRS), to + 2 * toStep);
    store(b1.rearrange(PAIRS).blend(b3, ODD_PAIRS), to + 3 * toStep);
  }

  private static void eight(long from, long fromStep, long to, long toStep) {
    IntVector a0 = load(from);
    IntVector a1 = load(from + fromStep);
    IntVector a2 = load(from + 2 * fromStep);
    IntVector a3 = load(from + 3 * fromStep);
    IntVector a4 = load(from + 4 * fromStep);
    IntVector a5 = load(from + 5 * fromStep);
    IntVector a6 = load(from + 6 * fromStep);
    IntVector a7 = load(from + 7 * fromStep);
    IntVector b0 = a0.blend(a1.rearrange(SINGLES), ODD_SINGLES);
    IntVector b1 = a0.rearrange(SINGLES).blend(a1, ODD_SINGLES);
    IntVector b2 = a2.blend(a3.rearrange(SINGLES), ODD_SINGLES);
    IntVector b3 = a2.rearrange(SINGLES).blend(a3, ODD_SINGLES);
    IntVector b4 = a4.blend(a5.rearrange(SINGLES), ODD_SINGLES);
    IntVector b5 = a4.rearrange(SINGLES).blend(a5, ODD_SINGLES);
    IntVector b6 = a6.blend(a7.rearrange(SINGLES), ODD_SINGLES);
    IntVector b7 = a6.rearrange(SINGLES).blend(a7, ODD_SINGLES);
    a0 = b0.blend(b2.rearrange(PAIRS), ODD_PAIRS);
    a1 = b1.blend(b3.rearrange(PAIRS), ODD_PAIRS);
    a2 = b0.rearrange(PAIRS).blend(b2, ODD_PAIRS);
    a3 = b1.rearrange(PAIRS).blend(b3, ODD_PAIRS);
    a4 = b4.blend(b6.rearrange(PAIRS), ODD_PAIRS);
    a5 = b5.blend(b7.rearrange(PAIRS), ODD_PAIRS);
    a6 = b4.rearrange(PAIRS).blend(b6, ODD_PAIRS);
    a7 = b5.rearrange(PAIRS).blend(b7, ODD_PAIRS);
    store(a0.blend(a4.rearrange(HALVES), ODD_HALF), to);
    store(a1.blend(a5.rearrange(HALVES), ODD_HALF), to + toStep);
    store(a2.blend(a6.rearrange(HALVES), ODD_HALF), to + 2 * toStep);
    store(a3.blend(a7.rearrange(HALVES), ODD_HALF), to + 3 * toStep);
    store(a0.rearrange(HALVES).blend(a4, ODD_HALF), to + 4 * toStep);
    store(a1.rearrange(HALVES).blend(a5, ODD_HALF), to + 5 * toStep);
    store(a2.rearrange(HALVES).blend(a6, ODD_HALF), to + 6 * toStep);
    store(a3.rearrange(HALVES).blend(a7, ODD_HALF), to + 7 * toStep);
  }

  private static IntVector load(long address) {
    return IntVector.fromMemorySegment(I, Memory.ALL, address, ORDER);
  }

  private static void store(IntVector vector, long address) {
    vector.intoMemorySegment(Memory.ALL, address, ORDER);
  }
}
