package dev.javelin.cpu;

/// Says how `Result` instructions get their values.
///
/// @param rowLength 0 where a position is a row, else the number of positions in a row
/// @param at for each fold, where its results lie in the frame's memory, row by row
record FoldResults(long rowLength, long[] at) {
  static final FoldResults NONE = new FoldResults(0, new long[0]);
}
