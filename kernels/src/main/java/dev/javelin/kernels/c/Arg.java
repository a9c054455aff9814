package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;

/// What a backend binds to one parameter of a device function, in the order of the parameters.
///
/// Memory takes two parameters of the function: `GLOBAL u8 *m, i64 o`, the memory object and the byte that is counted from.
public sealed interface Arg {
  /// One of the kernel's buffers, and the offset it was launched with.
  ///
  /// @param number which of the kernel's buffers
  record Buffer(int number) implements Arg {}

  /// Memory that lives as long as the launches of one kernel. Its contents are unknown at first.
  ///
  /// @param offset the first byte, a multiple of 256
  record Scratch(long offset) implements Arg {}

  /// The device's fault record: four int64 words, all zero while nothing has gone wrong. A function that meets a bad index writes the
  /// record once: 1, the index, the size it must be below, 0.
  record Fault() implements Arg {}

  /// A number known when the kernel is compiled, of the C type `int`.
  ///
  /// @param value the number
  record Int(int value) implements Arg {}

  /// A number known when the kernel is compiled, of the C type `i64`.
  ///
  /// @param value the number
  @SuppressWarnings("AvoidCommonTypeNames") // always written Arg.Long
  record Long(long value) implements Arg {}

  /// A parameter of the launch, of the C type of a register type: `int`, `i64`, `float` or `double`.
  ///
  /// @param number which of the launch's parameters; it comes as an integer, or as the bits of a double
  /// @param type int32, int64, float32 (the double is rounded) or float64
  record Param(int number, DType type) implements Arg {}
}
