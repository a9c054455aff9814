package dev.javelin.cpu;

import dev.javelin.kernels.DType;

/// Loops over evenly spaced elements of native memory, for [JavaConvolution]. Addresses and strides in bytes.
final class Runs {
  /// Up to this length a loop is done before a bulk operation has begun.
  private static final long SHORT = 12;

  private Runs() {}

  /// Copies elements of 4 or 8 bytes.
  static void copy(int bytes, long from, long fromStride, long to, long toStride, long count) {
    if (fromStride == bytes && toStride == bytes && count > SHORT) {
      Memory.copy(from, to, bytes * count);
    } else if (bytes == 4) {
      for (long i = 0; i < count; i++) {
        Memory.putInt(to + i * toStride, Memory.getInt(from + i * fromStride));
      }
    } else {
      for (long i = 0; i < count; i++) {
        Memory.putLong(to + i * toStride, Memory.getLong(from + i * fromStride));
      }
    }
  }

  /// Sets elements of 4 or 8 bytes to 0.
  static void clear(int bytes, long to, long stride, long count) {
    if (stride == bytes && count > SHORT) {
      Memory.clear(to, bytes * count);
    } else if (bytes == 4) {
      for (long i = 0; i < count; i++) {
        Memory.putInt(to + i * stride, 0);
      }
    } else {
      for (long i = 0; i < count; i++) {
        Memory.putLong(to + i * stride, 0);
      }
    }
  }

  /// Adds elements to others.
  static void add(DType type, long from, long fromStride, long to, long toStride, long count) {
    switch (type) {
      case FLOAT32 -> {
        for (long i = 0; i < count; i++) {
          long at = to + i * toStride;
          Memory.putFloat(at, Memory.getFloat(at) + Memory.getFloat(from + i * fromStride));
        }
      }
      case FLOAT64 -> {
        for (long i = 0; i < count; i++) {
          long at = to + i * toStride;
          Memory.putDouble(at, Memory.getDouble(at) + Memory.getDouble(from + i * fromStride));
        }
      }
      case INT32 -> {
        for (long i = 0; i < count; i++) {
          long at = to + i * toStride;
          Memory.putInt(at, Memory.getInt(at) + Memory.getInt(from + i * fromStride));
        }
      }
      case INT64 -> {
        for (long i = 0; i < count; i++) {
          long at = to + i * toStride;
          Memory.putLong(at, Memory.getLong(at) + Memory.getLong(from + i * fromStride));
        }
      }
      case BOOL, UINT8, INT8, INT16, FLOAT16, BFLOAT16 ->
          throw new IllegalArgumentException("no convolution of " + type + " elements");
    }
  }
}
