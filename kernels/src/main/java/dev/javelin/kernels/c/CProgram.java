package dev.javelin.kernels.c;

import java.util.List;

/// A kernel ready for a compiler of C: the text, and what to launch of it, in order.
///
/// Kernels that differ only in sizes, strides and offsets share one text wherever possible, so a backend compiles each text once.
///
/// @param text the functions, without the dialect's preamble; the same text is the same program
/// @param launches what to run, in order; empty where there is nothing to do
/// @param scratch how many bytes [Arg.Scratch] refers to, 0 if none
public record CProgram(String text, List<Launch> launches, long scratch) {
  /// Whether the text computes in double precision, which not every device can.
  ///
  /// @return true if the text must follow a preamble with float64
  public boolean float64() {
    // The generator writes the word for nothing else.
    return text.contains("double");
  }
}
