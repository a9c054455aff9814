package dev.javelin.cpu;

/// A convolution prepared for one [ConvSpec]; may be run by several threads at once.
@FunctionalInterface
interface Conv {
  /// Runs it in the spec's direction: forward reads x, w and the bias and writes y; backward data reads y (the
  /// gradient of the output) and w and writes x (the gradient of the input); backward weights reads x and y and
  /// writes w. What is written must not overlap what is read, and is written completely.
  ///
  /// @param x the address of the input or its gradient
  /// @param w the address of the weights or their gradient
  /// @param bias the address of the bias; ignored where the spec has none
  /// @param y the address of the output or its gradient
  void run(long x, long w, long bias, long y);
}
