package dev.javelin.cpu;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Numbers;
import java.lang.foreign.ValueLayout;

/// One element of any dtype at an absolute address: what the plain loops are made of.
final class Elements {
  private Elements() {}

  static double getDouble(DType type, long address) {
    return switch (type) {
      case FLOAT32 -> Memory.getFloat(address);
      case FLOAT64 -> Memory.getDouble(address);
      case FLOAT16 -> Float.float16ToFloat(getShort(address));
      case BFLOAT16 -> Numbers.bfloat16ToFloat(getShort(address));
      case INT64, INT32, INT16, INT8, UINT8, BOOL -> getLong(type, address);
    };
  }

  static long getLong(DType type, long address) {
    return switch (type) {
      case INT64 -> Memory.getLong(address);
      case INT32 -> Memory.getInt(address);
      case INT16 -> getShort(address);
      case INT8 -> getByte(address);
      case UINT8, BOOL -> getByte(address) & 0xff;
      case FLOAT64, FLOAT32, FLOAT16, BFLOAT16 -> (long) getDouble(type, address);
    };
  }

  static void putDouble(DType type, long address, double value) {
    switch (type) {
      case FLOAT32 -> Memory.putFloat(address, (float) value);
      case FLOAT64 -> Memory.putDouble(address, value);
      case FLOAT16 -> putShort(address, Float.floatToFloat16((float) value));
      case BFLOAT16 -> putShort(address, Numbers.floatToBfloat16((float) value));
      case BOOL -> putByte(address, (byte) (value != 0 ? 1 : 0));
      case INT64, INT32, INT16, INT8, UINT8 -> putLong(type, address, (long) value);
    }
  }

  static void putLong(DType type, long address, long value) {
    switch (type) {
      case INT64 -> Memory.putLong(address, value);
      case INT32 -> Memory.putInt(address, (int) value);
      case INT16 -> putShort(address, (short) value);
      case INT8, UINT8 -> putByte(address, (byte) value);
      case BOOL -> putByte(address, (byte) (value != 0 ? 1 : 0));
      case FLOAT64, FLOAT32, FLOAT16, BFLOAT16 -> putDouble(type, address, (double) value);
    }
  }

  /// Copies one element as it is.
  ///
  /// @param bytes its size: 1, 2, 4 or 8
  static void copy(long from, long to, int bytes) {
    switch (bytes) {
      case 1 -> putByte(to, getByte(from));
      case 2 -> putShort(to, getShort(from));
      case 4 -> Memory.putInt(to, Memory.getInt(from));
      default -> Memory.putLong(to, Memory.getLong(from));
    }
  }

  /// Copies a line of elements.
  ///
  /// @param fromStep from one to the next, in bytes
  /// @param toStep the same for the target
  /// @param count how many
  /// @param bytes the size of an element: 1, 2, 4 or 8
  static void copyLine(long from, long fromStep, long to, long toStep, long count, int bytes) {
    long source = from;
    long target = to;
    switch (bytes) {
      case 1 -> {
        for (long i = 0; i < count; i++, source += fromStep, target += toStep) {
          putByte(target, getByte(source));
        }
      }
      case 2 -> {
        for (long i = 0; i < count; i++, source += fromStep, target += toStep) {
          putShort(target, getShort(source));
        }
      }
      case 4 -> {
        for (long i = 0; i < count; i++, source += fromStep, target += toStep) {
          Memory.putInt(target, Memory.getInt(source));
        }
      }
      default -> {
        for (long i = 0; i < count; i++, source += fromStep, target += toStep) {
          Memory.putLong(target, Memory.getLong(source));
        }
      }
    }
  }

  static byte getByte(long address) {
    return Memory.ALL.get(ValueLayout.JAVA_BYTE, address);
  }

  static void putByte(long address, byte value) {
    Memory.ALL.set(ValueLayout.JAVA_BYTE, address, value);
  }

  static short getShort(long address) {
    return Memory.ALL.get(ValueLayout.JAVA_SHORT_UNALIGNED, address);
  }

  static void putShort(long address, short value) {
    Memory.ALL.set(ValueLayout.JAVA_SHORT_UNALIGNED, address, value);
  }
}
