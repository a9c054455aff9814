package dev.javelin.cpu;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Numbers;

/// Loops in plain Java that convert between the types of registers and to and from the types that
/// are only stored.
final class Conversions {
  private Conversions() {}

  /// From one register type to another: a float becomes an integer by truncation and wrapping.
  static Loops.Unary convert(DType from, DType to) {
    return switch (from) {
      case FLOAT32 -> (x, dx, out, n) -> fromFloat(to, x, dx, out, n);
      case FLOAT64 -> (x, dx, out, n) -> fromDouble(to, x, dx, out, n);
      case INT64 -> (x, dx, out, n) -> fromLong(to, x, dx, out, n);
      default -> (x, dx, out, n) -> fromInt(to, x, dx, out, n);
    };
  }

  /// Moves a register.
  ///
  /// @param bytes the size of an element
  static Loops.Unary copy(int bytes) {
    return bytes == 4
        ? (x, dx, out, n) -> {
          for (int i = 0; i < n; i++) {
            Memory.putInt(out + 4L * i, Memory.getInt(x + 4L * (i & dx)));
          }
        }
        : (x, dx, out, n) -> {
          for (int i = 0; i < n; i++) {
            Memory.putLong(out + 8L * i, Memory.getLong(x + 8L * (i & dx)));
          }
        };
  }

  /// 1 where a register is not zero (NaN is not), else 0.
  static Loops.Unary truth(DType from) {
    return (x, dx, out, n) -> {
      for (int i = 0; i < n; i++) {
        boolean value =
            switch (from) {
              case FLOAT32 -> Memory.getFloat(x + 4L * (i & dx)) != 0;
              case FLOAT64 -> Memory.getDouble(x + 8L * (i & dx)) != 0;
              case INT64 -> Memory.getLong(x + 8L * (i & dx)) != 0;
              default -> Memory.getInt(x + 4L * (i & dx)) != 0;
            };
        Memory.putInt(out + 4L * i, value ? 1 : 0);
      }
    };
  }

  /// Rounds or wraps a register to a narrower type without leaving the register type.
  static Loops.Unary narrow(DType to) {
    return switch (to) {
      case FLOAT16 ->
          (x, dx, out, n) -> {
            for (int i = 0; i < n; i++) {
              float value = Memory.getFloat(x + 4L * (i & dx));
              Memory.putFloat(out + 4L * i, Float.float16ToFloat(Float.floatToFloat16(value)));
            }
          };
      case BFLOAT16 ->
          (x, dx, out, n) -> {
            for (int i = 0; i < n; i++) {
              short bits = Numbers.floatToBfloat16(Memory.getFloat(x + 4L * (i & dx)));
              Memory.putFloat(out + 4L * i, Numbers.bfloat16ToFloat(bits));
            }
          };
      case INT8 ->
          (x, dx, out, n) -> {
            for (int i = 0; i < n; i++) {
              Memory.putInt(out + 4L * i, (byte) Memory.getInt(x + 4L * (i & dx)));
            }
          };
      case UINT8 ->
          (x, dx, out, n) -> {
            for (int i = 0; i < n; i++) {
              Memory.putInt(out + 4L * i, Memory.getInt(x + 4L * (i & dx)) & 0xff);
            }
          };
      default ->
          (x, dx, out, n) -> {
            for (int i = 0; i < n; i++) {
              Memory.putInt(out + 4L * i, (short) Memory.getInt(x + 4L * (i & dx)));
            }
          };
    };
  }

  /// From stored elements of a narrow type to their register type.
  static Loops.Unary widen(DType stored) {
    return switch (stored) {
      case FLOAT16 ->
          (x, dx, out, n) -> {
            for (int i = 0; i < n; i++) {
              Memory.putFloat(
                  out + 4L * i, Float.float16ToFloat(Elements.getShort(x + 2L * (i & dx))));
            }
          };
      case BFLOAT16 ->
          (x, dx, out, n) -> {
            for (int i = 0; i < n; i++) {
              Memory.putInt(out + 4L * i, Elements.getShort(x + 2L * (i & dx)) << 16);
            }
          };
      case INT16 ->
          (x, dx, out, n) -> {
            for (int i = 0; i < n; i++) {
              Memory.putInt(out + 4L * i, Elements.getShort(x + 2L * (i & dx)));
            }
          };
      case INT8 ->
          (x, dx, out, n) -> {
            for (int i = 0; i < n; i++) {
              Memory.putInt(out + 4L * i, Elements.getByte(x + (i & dx)));
            }
          };
      default ->
          (x, dx, out, n) -> {
            for (int i = 0; i < n; i++) {
              Memory.putInt(out + 4L * i, Elements.getByte(x + (i & dx)) & 0xff);
            }
          };
    };
  }

  /// From a register to stored elements of a narrow type. Writes exactly `n` elements.
  static Loops.Unary store(DType stored) {
    return switch (stored) {
      case FLOAT16 ->
          (x, dx, out, n) -> {
            for (int i = 0; i < n; i++) {
              float value = Memory.getFloat(x + 4L * (i & dx));
              Elements.putShort(out + 2L * i, Float.floatToFloat16(value));
            }
          };
      case BFLOAT16 ->
          (x, dx, out, n) -> {
            for (int i = 0; i < n; i++) {
              float value = Memory.getFloat(x + 4L * (i & dx));
              Elements.putShort(out + 2L * i, Numbers.floatToBfloat16(value));
            }
          };
      case INT16 ->
          (x, dx, out, n) -> {
            for (int i = 0; i < n; i++) {
              Elements.putShort(out + 2L * i, (short) Memory.getInt(x + 4L * (i & dx)));
            }
          };
      default ->
          (x, dx, out, n) -> {
            for (int i = 0; i < n; i++) {
              Elements.putByte(out + i, (byte) Memory.getInt(x + 4L * (i & dx)));
            }
          };
    };
  }

  private static void fromFloat(DType to, long x, int dx, long out, int n) {
    for (int i = 0; i < n; i++) {
      float value = Memory.getFloat(x + 4L * (i & dx));
      switch (to) {
        case FLOAT64 -> Memory.putDouble(out + 8L * i, value);
        case INT64 -> Memory.putLong(out + 8L * i, (long) value);
        default -> Memory.putInt(out + 4L * i, (int) (long) value);
      }
    }
  }

  private static void fromDouble(DType to, long x, int dx, long out, int n) {
    for (int i = 0; i < n; i++) {
      double value = Memory.getDouble(x + 8L * (i & dx));
      switch (to) {
        case FLOAT32 -> Memory.putFloat(out + 4L * i, (float) value);
        case INT64 -> Memory.putLong(out + 8L * i, (long) value);
        default -> Memory.putInt(out + 4L * i, (int) (long) value);
      }
    }
  }

  private static void fromLong(DType to, long x, int dx, long out, int n) {
    for (int i = 0; i < n; i++) {
      long value = Memory.getLong(x + 8L * (i & dx));
      switch (to) {
        case FLOAT32 -> Memory.putFloat(out + 4L * i, (float) value);
        case FLOAT64 -> Memory.putDouble(out + 8L * i, (double) value);
        default -> Memory.putInt(out + 4L * i, (int) value);
      }
    }
  }

  private static void fromInt(DType to, long x, int dx, long out, int n) {
    for (int i = 0; i < n; i++) {
      int value = Memory.getInt(x + 4L * (i & dx));
      switch (to) {
        case FLOAT32 -> Memory.putFloat(out + 4L * i, (float) value);
        case FLOAT64 -> Memory.putDouble(out + 8L * i, (double) value);
        default -> Memory.putLong(out + 8L * i, value);
      }
    }
  }
}
