package dev.javelin.cpu;

/// A loop over a block, written by [LoopWriter], or over rows, written by [RowLoopWriter].
interface Loop {
  /// Runs it over whole vectors: it may read and write up to the next multiple of [Loops#LANES].
  ///
  /// @param arguments what the writer says, in that order
  /// @param n the number of elements or of rows, above 0
  void run(long[] arguments, int n);
}
