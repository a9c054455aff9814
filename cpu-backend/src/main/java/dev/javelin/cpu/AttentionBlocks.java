package dev.javelin.cpu;

import dev.javelin.kernels.DType;

/// How the matrix of scores of a head is cut: into blocks of queries and keys that stay in cache. Blocks at the edge are smaller.
///
/// @param queries how many queries there are
/// @param keys how many keys
/// @param causal whether query i sees keys 0 to i only
/// @param rows the queries of a block
/// @param columns the keys of a block
record AttentionBlocks(long queries, long keys, boolean causal, long rows, long columns) {
  /// So that two blocks of scores and what they are multiplied with stay in a second-level cache, and that a row is long enough for row-wise
  /// kernels to treat it as one block.
  private static final long ROWS = 128;

  private static final long COLUMNS = 512;

  /// Cuts a matrix of scores.
  static AttentionBlocks of(long queries, long keys, boolean causal) {
    return new AttentionBlocks(
        queries,
        keys,
        causal,
        Math.max(1, Math.min(ROWS, queries)),
        Math.max(1, Math.min(COLUMNS, keys)));
  }

  /// How many blocks of queries.
  long rowBlocks() {
    return Math.ceilDiv(queries, rows);
  }

  /// How many blocks of keys.
  long columnBlocks() {
    return Math.ceilDiv(keys, columns);
  }

  /// The queries of block i.
  long rows(long i) {
    return Math.min(rows, queries - i * rows);
  }

  /// The keys of block j.
  long columns(long j) {
    return Math.min(columns, keys - j * columns);
  }

  /// Whether no query of block i sees a key of block j.
  boolean isHidden(long i, long j) {
    return causal && j * columns > i * rows + rows(i) - 1;
  }

  /// Hides from the queries of block i the keys after them.
  ///
  /// @param scores the address of the block's scores
  /// @param hidden the address of a row of scores that hide
  void hide(DType type, long i, long j, long scores, long hidden) {
    long n = columns(j);
    for (long row = 0; causal && row < rows(i); row++) {
      long seen = Math.max(0, i * rows + row + 1 - j * columns);
      if (seen < n) {
        Memory.copy(hidden, scores + (row * n + seen) * type.bytes(), (n - seen) * type.bytes());
      }
    }
  }
}
