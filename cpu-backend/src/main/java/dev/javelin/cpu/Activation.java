package dev.javelin.cpu;

/// What is applied to an output element before it is stored.
enum Activation {
  /// Nothing.
  NONE,
  /// The larger of the element and 0; NaN stays NaN.
  RELU
}
