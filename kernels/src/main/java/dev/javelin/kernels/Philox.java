package dev.javelin.kernels;

/// The counter-based random generator Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2,
/// 3", SC 2011): four words from a 128-bit counter and a 64-bit key. The same on every device, in any order.
public final class Philox {
  private static final int ROUNDS = 10;
  private static final long MULTIPLIER_0 = 0xD2511F53L;
  private static final long MULTIPLIER_1 = 0xCD9E8D57L;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;
  private static final long WORD = 0xFFFFFFFFL;

  private Philox() {}

  /// Four random words.
  ///
  /// @param seed the key
  /// @param counter the lower half of the counter
  /// @param upper the upper half of the counter
  /// @param words takes the four words
  public static void block(long seed, long counter, long upper, int[] words) {
    int c0 = (int) counter;
    int c1 = (int) (counter >>> 32);
    int c2 = (int) upper;
    int c3 = (int) (upper >>> 32);
    int k0 = (int) seed;
    int k1 = (int) (seed >>> 32);
    for (int round = 0; round < ROUNDS; round++) {
      long p0 = MULTIPLIER_0 * (c0 & WORD);
      long p1 = MULTIPLIER_1 * (c2 & WORD);
      c0 = (int) (p1 >>> 32) ^ c1 ^ k0;
      c1 = (int) p1;
      c2 = (int) (p0 >>> 32) ^ c3 ^ k1;
      c3 = (int) p0;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    words[0] = c0;
    words[1] = c1;
    words[2] = c2;
    words[3] = c3;
  }

  /// A number in [0, 1) from a word: a multiple of 2^-24, exact in float32.
  ///
  /// @param word a random word
  /// @return the number
  public static float uniform(int word) {
    return (word >>> 8) * 0x1p-24f;
  }

  /// A number in [0, 1) from two words: a multiple of 2^-53.
  ///
  /// @param high a random word
  /// @param low another
  /// @return the number
  public static double uniform(int high, int low) {
    return ((long) (high >>> 5) << 26 | low >>> 6) * 0x1p-53;
  }
}
