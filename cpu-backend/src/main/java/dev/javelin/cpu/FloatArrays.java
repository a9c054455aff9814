package dev.javelin.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Arrays through which the plain loops see float32, and random words, in native memory, part by part.
///
/// Before the JIT has compiled a loop, an access to native memory takes most of a microsecond, one to an array some
/// nanoseconds. Programs run most of these loops in their first second.
final class FloatArrays {
  /// The elements of a part.
  static final int PART = 512;

  /// The most operands of a loop.
  private static final int OPERANDS = 4;

  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

  private final float[][] operands = new float[OPERANDS][PART];
  private final float[] result = new float[PART];
  private final int[] words = new int[PART];

  /// Those of this thread.
  static FloatArrays current() {
    return Frame.current().floats;
  }

  /// How many elements the part that begins at an element has.
  static int length(int at, int n) {
    return Math.min(PART, n - at);
  }

  /// A part of an operand: element `i & mask` of the array is its element `at + i`.
  ///
  /// @param number which operand of the loop it is
  /// @param mask as of [Loops]
  /// @param length how many elements the part has
  float[] load(int number, long address, int mask, int at, int length) {
    float[] array = operands[number];
    int count = mask == 0 ? 1 : length;
    MemorySegment.copy(Memory.ALL, FLOAT, address + 4L * (at & mask), array, 0, count);
    return array;
  }

  /// A part of random words.
  int[] loadWords(long address, int at, int length) {
    MemorySegment.copy(Memory.ALL, INT, address + 4L * at, words, 0, length);
    return words;
  }

  /// The array for the results of a part.
  float[] result() {
    return result;
  }

  /// Writes the results of a part.
  void store(long out, int at, int length) {
    MemorySegment.copy(result, 0, Memory.ALL, FLOAT, out + 4L * at, length);
  }
}
