package dev.javelin.cpu;

/// A loop over a block, written by [LoopWriter].
interface Loop {
  /// Runs it over whole vectors: it may read and write up to the next multiple of [Loops#LANES].
  ///
  /// @param arguments what [LoopShape#arguments] says, in that order
  /// @param n the number of elements, above 0
  void run(long[] arguments, int n);
}
