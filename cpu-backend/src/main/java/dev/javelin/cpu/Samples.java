package dev.javelin.cpu;

/// Where what lies in the memory of a [Warmup.Sample] of a loop: ones as operands, since they are usual
/// numbers for every function and true, and room for results.
final class Samples {
  /// How many elements a sample has.
  static final int LENGTH = 1024;

  /// Where the results go.
  static final long OUT = Warmup.MEMORY / 2;

  /// The size of an operand.
  static final long OPERAND = OUT / 4;

  /// Where other things may be written.
  static final long ROOM = Warmup.MEMORY - 4096;

  private Samples() {}

  /// The address of an operand: there are four different ones.
  static long input(long memory, int number) {
    fill(memory);
    return memory + number % 4 * OPERAND;
  }

  /// Makes the operands ones.
  static void fill(long memory) {
    if (Memory.getInt(memory) == 0) {
      for (long at = memory; at < memory + OUT; at += 4) {
        Memory.putFloat(at, 1);
      }
    }
  }
}
