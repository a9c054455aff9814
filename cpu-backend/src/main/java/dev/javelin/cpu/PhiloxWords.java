package dev.javelin.cpu;

import dev.javelin.kernels.Philox;

/// Writes random words to memory: one block of Philox after the other, four words each.
final class PhiloxWords {
  private PhiloxWords() {}

  /// Writes words.
  ///
  /// @param seed the key
  /// @param counter the first block's counter
  /// @param to where the words go
  /// @param blocks how many blocks
  static void write(long seed, long counter, long to, int blocks) {
    int done = 0;
    if (blocks >= VECTOR_WORTH && Loops.vectorised() && VectorPhilox.WARMUP.isReady(4L * blocks)) {
      done = VectorPhilox.write(seed, counter, to, blocks);
    }
    plain(seed, counter + done, to + 16L * done, blocks - done);
  }

  /// Blocks that are worth starting the loop on vectors for.
  private static final int VECTOR_WORTH = 64;

  /// The same one block at a time.
  static void plain(long seed, long counter, long to, int blocks) {
    int[] words = new int[4];
    for (int block = 0; block < blocks; block++) {
      Philox.block(seed, counter + block, 0, words);
      long at = to + 16L * block;
      Memory.putInt(at, words[0]);
      Memory.putInt(at + 4, words[1]);
      Memory.putInt(at + 8, words[2]);
      Memory.putInt(at + 12, words[3]);
    }
  }
}
