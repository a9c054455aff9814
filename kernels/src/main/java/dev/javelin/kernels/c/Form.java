package dev.javelin.kernels.c;

import java.util.List;

/// How a processor computes a product: each gives the same bits.
///
/// @param k how many terms of each sum pass through the panel at a time
/// @param rows how many rows are multiplied at once, 0 for what suits the processor's vectors
record Form(int k, int rows) {
  /// The one that is right most often, then those that may do better.
  static final List<Form> CANDIDATES =
      List.of(new Form(256, 0), new Form(128, 0), new Form(512, 0), new Form(256, 12));
}
