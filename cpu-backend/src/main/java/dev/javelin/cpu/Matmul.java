package dev.javelin.cpu;

/// A matrix product prepared for one [MatmulSpec].
///
/// May be run by several threads at once.
@FunctionalInterface
interface Matmul {
  /// Computes c. The matrices must not overlap c.
  ///
  /// @param a the address of a's first element
  /// @param b the address of b's first element
  /// @param bias the address of the bias's first element; ignored where the spec has none
  /// @param c the address of c's first element
  void run(long a, long b, long bias, long c);
}
