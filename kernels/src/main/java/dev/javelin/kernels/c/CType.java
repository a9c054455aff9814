package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;

/// How numbers of each dtype are spelled in C: in registers, in memory, and on the way between them.
final class CType {
  private CType() {}

  /// The C type of a register.
  static String register(DType type) {
    return switch (type) {
      case INT32 -> "int";
      case INT64 -> "i64";
      case FLOAT32 -> "float";
      case FLOAT64 -> "double";
      case BOOL, UINT8, INT8, INT16, FLOAT16, BFLOAT16 ->
          throw new IllegalArgumentException(type + " is no register type");
    };
  }

  /// The ending of the names of helpers that work on a register type.
  static String suffix(DType register) {
    return switch (register) {
      case INT32 -> "i32";
      case INT64 -> "i64";
      case FLOAT32 -> "f32";
      case FLOAT64 -> "f64";
      case BOOL, UINT8, INT8, INT16, FLOAT16, BFLOAT16 ->
          throw new IllegalArgumentException(register + " is no register type");
    };
  }

  /// The C type of an element in memory.
  static String element(DType type) {
    return switch (type) {
      case BOOL, UINT8 -> "u8";
      case INT8 -> "i8";
      case INT16 -> "i16";
      case INT32 -> "int";
      case INT64 -> "i64";
      case FLOAT16, BFLOAT16 -> "u16";
      case FLOAT32 -> "float";
      case FLOAT64 -> "double";
    };
  }

  /// The C type of an element that is only copied.
  static String bits(DType type) {
    return "u" + 8 * type.bytes();
  }

  /// An element in its register type.
  ///
  /// @param pointer the name of a pointer to [#element]
  /// @param index which element
  static String load(DType type, String pointer, String index) {
    return switch (type) {
      case BOOL, UINT8, INT8, INT16 -> "(int)" + pointer + "[" + index + "]";
      case INT32, INT64, FLOAT32, FLOAT64 -> pointer + "[" + index + "]";
      case FLOAT16 -> "F16_LD(" + pointer + ", " + index + ")";
      case BFLOAT16 -> "BF16_LD(" + pointer + ", " + index + ")";
    };
  }

  /// The statement that writes a register to an element, rounding or wrapping it.
  ///
  /// @param pointer the name of a pointer to [#element]
  /// @param index which element
  /// @param register the type of the value
  /// @param value an expression without operators
  static String store(DType type, String pointer, String index, DType register, String value) {
    return switch (type) {
      case FLOAT16 -> "F16_ST(" + value + ", " + pointer + ", " + index + ");";
      case BFLOAT16 -> "BF16_ST(" + value + ", " + pointer + ", " + index + ");";
      case FLOAT32, FLOAT64, BOOL, UINT8, INT8, INT16, INT32, INT64 -> {
        String converted =
            type == register
                ? value
                : "(" + element(type) + ")" + "(" + convert(type, register, value) + ")";
        yield pointer + "[" + index + "] = " + converted + ";";
      }
    };
  }

  /// A value rounded or wrapped to a type, in the register of that type.
  static String cast(DType target, DType from, String value) {
    return switch (target) {
      case FLOAT16 -> "jv_round_f16((float)" + value + ")";
      case BFLOAT16 -> "jv_round_bf16((float)" + value + ")";
      case BOOL -> convert(target, from, value);
      // Wrapped by the narrow type, then widened again.
      case UINT8, INT8, INT16 ->
          "(int)(" + element(target) + ")(" + convert(target, from, value) + ")";
      case INT32, INT64, FLOAT32, FLOAT64 ->
          "(" + element(target) + ")" + convert(target, from, value);
    };
  }

  /// What is left of a conversion before C's own: truth values are tested, and floats go through int64 as they do in Java.
  private static String convert(DType target, DType from, String value) {
    if (target == DType.BOOL) {
      return value + " != 0";
    }
    return from.isFloatingPoint() && !target.isFloatingPoint()
        ? "jv_" + suffix(from) + "_to_i64(" + value + ")"
        : value;
  }

  /// A constant of a register type.
  static String literal(DType register, long bits) {
    return switch (register) {
      case INT32 ->
          (int) bits == Integer.MIN_VALUE ? "MIN_I32" : negative(Integer.toString((int) bits));
      case INT64 -> bits == Long.MIN_VALUE ? "MIN_I64" : "((i64)" + bits + ")";
      case FLOAT32 -> {
        float value = (float) Double.longBitsToDouble(bits);
        yield Float.isFinite(value)
            ? negative(Float.toString(value) + "f")
            : special(value, "_F32");
      }
      case FLOAT64 -> {
        double value = Double.longBitsToDouble(bits);
        // The cast says what the digits alone do not: that the text needs double precision.
        yield Double.isFinite(value) ? "((double)" + value + ")" : special(value, "_F64");
      }
      case BOOL, UINT8, INT8, INT16, FLOAT16, BFLOAT16 ->
          throw new IllegalArgumentException(register + " is no register type");
    };
  }

  private static String negative(String digits) {
    return digits.startsWith("-") ? "(" + digits + ")" : digits;
  }

  private static String special(double value, String suffix) {
    return Double.isNaN(value)
        ? "NAN" + suffix
        : value > 0 ? "INF" + suffix : "(-INF" + suffix + ")";
  }
}
