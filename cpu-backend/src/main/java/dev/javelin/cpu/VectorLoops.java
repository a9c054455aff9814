package dev.javelin.cpu;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Vectors of float32 in memory, see [Loops].
///
/// Loops process whole vectors and so may read and write beyond `n`, up to a multiple of
/// [Loops#LANES]. They count in bytes and in a long: with an int that is scaled for every access
/// the code is up to 1.6 times slower. Unrolling by hand makes it slower, too.
final class VectorLoops {
  static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;

  /// The lanes of a vector.
  static final int W = S.length();

  /// The size of a vector.
  static final long BYTES = 4L * W;

  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

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

  static FloatVector get(long address) {
    return FloatVector.fromMemorySegment(S, Memory.ALL, address, ORDER);
  }

  static void put(FloatVector value, long address) {
    value.intoMemorySegment(Memory.ALL, address, ORDER);
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
}
