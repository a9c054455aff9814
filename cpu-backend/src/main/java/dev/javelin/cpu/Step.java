package dev.javelin.cpu;

/// One thing that is done for each block of an iteration space: one virtual call for some thousand
/// elements.
///
/// A step that gives a value says where it lies in [Frame#at] and [Frame#mask].
abstract class Step {
  /// Does it.
  ///
  /// @param frame what this thread works with
  /// @param position the first position of the block
  /// @param n how many positions, above 0
  abstract void run(Frame frame, long position, int n);
}
