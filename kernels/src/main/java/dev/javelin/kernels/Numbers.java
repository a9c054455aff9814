package dev.javelin.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// How numbers of each dtype lie in memory, and how values are rounded or wrapped to a dtype.
public final class Numbers {
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED;

  private Numbers() {}

  /// Reads an element as a double.
  ///
  /// @param type the element's type
  /// @param memory where it lies
  /// @param index which element
  /// @return its value; integers beyond 2^53 are rounded
  public static double getDouble(DType type, MemorySegment memory, long index) {
    return switch (type) {
      case FLOAT64 -> memory.getAtIndex(DOUBLE, index);
      case FLOAT32 -> memory.getAtIndex(FLOAT, index);
      case FLOAT16 -> Float.float16ToFloat(memory.getAtIndex(SHORT, index));
      case BFLOAT16 -> bfloat16ToFloat(memory.getAtIndex(SHORT, index));
      case INT64, INT32, INT16, INT8, UINT8, BOOL -> getLong(type, memory, index);
    };
  }

  /// Reads an element as a long.
  ///
  /// @param type the element's type
  /// @param memory where it lies
  /// @param index which element
  /// @return its value; floating-point numbers are truncated
  public static long getLong(DType type, MemorySegment memory, long index) {
    return switch (type) {
      case INT64 -> memory.getAtIndex(LONG, index);
      case INT32 -> memory.getAtIndex(INT, index);
      case INT16 -> memory.getAtIndex(SHORT, index);
      case INT8 -> memory.get(ValueLayout.JAVA_BYTE, index);
      case UINT8, BOOL -> memory.get(ValueLayout.JAVA_BYTE, index) & 0xff;
      case FLOAT64, FLOAT32, FLOAT16, BFLOAT16 -> (long) getDouble(type, memory, index);
    };
  }

  /// Writes a double as an element: rounded to the nearest float, or truncated to an integer; bool becomes 0 or 1.
  ///
  /// @param type the element's type
  /// @param memory where it lies
  /// @param index which element
  /// @param value the value
  public static void setDouble(DType type, MemorySegment memory, long index, double value) {
    switch (type) {
      case FLOAT64 -> memory.setAtIndex(DOUBLE, index, value);
      case FLOAT32 -> memory.setAtIndex(FLOAT, index, (float) value);
      case FLOAT16 -> memory.setAtIndex(SHORT, index, Float.floatToFloat16((float) value));
      case BFLOAT16 -> memory.setAtIndex(SHORT, index, floatToBfloat16((float) value));
      case BOOL -> setLong(type, memory, index, value != 0 ? 1 : 0);
      case INT64, INT32, INT16, INT8, UINT8 -> setLong(type, memory, index, (long) value);
    }
  }

  /// Writes a long as an element: integers wrap, bool becomes 0 or 1.
  ///
  /// @param type the element's type
  /// @param memory where it lies
  /// @param index which element
  /// @param value the value
  public static void setLong(DType type, MemorySegment memory, long index, long value) {
    switch (type) {
      case INT64 -> memory.setAtIndex(LONG, index, value);
      case INT32 -> memory.setAtIndex(INT, index, (int) value);
      case INT16 -> memory.setAtIndex(SHORT, index, (short) value);
      case INT8, UINT8 -> memory.set(ValueLayout.JAVA_BYTE, index, (byte) value);
      case BOOL -> memory.set(ValueLayout.JAVA_BYTE, index, (byte) (value != 0 ? 1 : 0));
      case FLOAT64, FLOAT32, FLOAT16, BFLOAT16 -> setDouble(type, memory, index, (double) value);
    }
  }

  /// Rounds a value as storing it would.
  ///
  /// @param type a floating-point type
  /// @param value the value
  /// @return the nearest value the type can hold
  public static double round(DType type, double value) {
    return switch (type) {
      case FLOAT32 -> (float) value;
      case FLOAT16 -> Float.float16ToFloat(Float.floatToFloat16((float) value));
      case BFLOAT16 -> bfloat16ToFloat(floatToBfloat16((float) value));
      case FLOAT64, INT64, INT32, INT16, INT8, UINT8, BOOL -> value;
    };
  }

  /// Wraps an integer as storing it would.
  ///
  /// @param type an integer type or bool
  /// @param value the value
  /// @return the value modulo the type's range; 0 or 1 for bool
  public static long wrap(DType type, long value) {
    return switch (type) {
      case BOOL -> value != 0 ? 1 : 0;
      case UINT8 -> value & 0xff;
      case INT8 -> (byte) value;
      case INT16 -> (short) value;
      case INT32 -> (int) value;
      case INT64, FLOAT64, FLOAT32, FLOAT16, BFLOAT16 -> value;
    };
  }

  /// Widens a bfloat16.
  ///
  /// @param bits its 16 bits
  /// @return the value
  public static float bfloat16ToFloat(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /// Rounds to bfloat16, halves to even; NaN stays NaN.
  ///
  /// @param value the value
  /// @return the 16 bits
  public static short floatToBfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) (bits >>> 16 | 0x40);
    }
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }
}
