package dev.javelin.cpu;

import dev.javelin.cpu.MatmulSpec.Bias;
import dev.javelin.kernels.DType;

/// A matrix product in Java on the calling thread, for one type of elements.
abstract class Gemm {

  /// In a class of its own, so that nothing loads it early.
  private static final class Vectors {
    static final Gemm FLOAT = new VectorMatmul();
  }

  /// The implementation for a type.
  ///
  /// @param type float32, float64, int32 or int64
  /// @return the fastest there is
  static Gemm of(DType type) {
    return type == DType.FLOAT32 && Loops.vectorised() ? Vectors.FLOAT : scalar(type);
  }

  /// The implementation in plain Java.
  ///
  /// @param type float32, float64, int32 or int64
  /// @return one without the Vector API
  static Gemm scalar(DType type) {
    return switch (type) {
      case FLOAT32 -> ScalarMatmul.FLOAT;
      case FLOAT64 -> ScalarMatmul.DOUBLE;
      case INT32 -> ScalarMatmul.INT;
      case INT64 -> ScalarMatmul.LONG;
      case BOOL, UINT8, INT8, INT16, FLOAT16, BFLOAT16 ->
          throw new IllegalArgumentException("no matrix product of " + type + " elements");
    };
  }

  /// Computes `c = a x b` or `c += a x b`. Addresses in bytes, strides in elements; the columns of c are adjacent. No
  /// extent need be positive: without terms a sum is 0.
  abstract void multiply(
      long m,
      long n,
      long k,
      long a,
      long aRow,
      long aCol,
      long b,
      long bRow,
      long bCol,
      long c,
      long cRow,
      boolean add);

  /// Adds a bias to c and applies an activation.
  abstract void finish(
      long m, long n, long c, long cRow, Bias kind, long bias, Activation activation);
}
