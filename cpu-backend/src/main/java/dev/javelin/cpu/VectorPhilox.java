package dev.javelin.cpu;

import java.nio.ByteOrder;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// Philox4x32-10 for several counters at a time, one in each 64-bit lane; a word is the lower half
/// of a lane. Gives the same words as [dev.javelin.kernels.Philox]. Loaded only where the Vector
/// API is there.
final class VectorPhilox {
  private static final VectorSpecies<Long> L = LongVector.SPECIES_PREFERRED;
  private static final int LANES = L.length();
  private static final int ROUNDS = 10;
  private static final long MULTIPLIER_0 = 0xD2511F53L;
  private static final long MULTIPLIER_1 = 0xCD9E8D57L;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;
  private static final long WORD = 0xFFFFFFFFL;

  private static final LongVector EACH = LongVector.zero(L).addIndex(1);

  // The lower and the upper half of the lanes, each lane two times.
  private static final VectorShuffle<Long> LOWER = VectorShuffle.fromOp(L, lane -> lane / 2);
  private static final VectorShuffle<Long> UPPER =
      VectorShuffle.fromOp(L, lane -> (lane + L.length()) / 2);
  private static final VectorMask<Long> ODD = VectorMask.fromLong(L, 0xAAAAAAAAAAAAAAAAL);

  /// Whether the loop is fast by now.
  static final Warmup WARMUP =
      new Warmup(
          memory -> PhiloxWords.plain(1, 2, memory, 256), memory -> write(1, 2, memory, 256));

  private VectorPhilox() {}

  /// Writes words.
  ///
  /// @param seed the key
  /// @param counter the first block's counter
  /// @param to where the words go
  /// @param blocks how many blocks there are
  /// @return how many of them were written; the rest does not fill a vector
  static int write(long seed, long counter, long to, int blocks) {
    int done = 0;
    for (; done <= blocks - LANES; done += LANES) {
      group(seed, EACH.add(counter + done), to + 16L * done);
    }
    return done;
  }

  private static void group(long seed, LongVector counters, long to) {
    LongVector c0 = counters.and(WORD);
    LongVector c1 = counters.lanewise(VectorOperators.LSHR, 32);
    LongVector c2 = LongVector.zero(L);
    LongVector c3 = LongVector.zero(L);
    int k0 = (int) seed;
    int k1 = (int) (seed >>> 32);
    for (int round = 0; round < ROUNDS; round++) {
      LongVector p0 = c0.mul(MULTIPLIER_0);
      LongVector p1 = c2.mul(MULTIPLIER_1);
      c0 =
          p1.lanewise(VectorOperators.LSHR, 32)
              .lanewise(VectorOperators.XOR, c1)
              .lanewise(VectorOperators.XOR, k0 & WORD);
      c1 = p1.and(WORD);
      c2 =
          p0.lanewise(VectorOperators.LSHR, 32)
              .lanewise(VectorOperators.XOR, c3)
              .lanewise(VectorOperators.XOR, k1 & WORD);
      c3 = p0.and(WORD);
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    LongVector low = c0.or(c1.lanewise(VectorOperators.LSHL, 32));
    LongVector high = c2.or(c3.lanewise(VectorOperators.LSHL, 32));
    store(low.rearrange(LOWER).blend(high.rearrange(LOWER), ODD), to);
    store(low.rearrange(UPPER).blend(high.rearrange(UPPER), ODD), to + 8L * LANES);
  }

  private static void store(LongVector words, long address) {
    words.intoMemorySegment(Memory.ALL, address, ByteOrder.LITTLE_ENDIAN);
  }
}
