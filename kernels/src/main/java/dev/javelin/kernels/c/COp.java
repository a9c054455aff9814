package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.ScalarOp;
import java.util.Locale;

/// How a [ScalarOp] is written in C.
final class COp {
  private COp() {}

  /// An operation as an expression.
  ///
  /// @param op the operation
  /// @param type the register type of the operands (of y and z for a selection)
  /// @param x the first operand, an expression without operators, as are the others
  /// @param y the second, ignored where there is none
  /// @param z the third, ignored where there is none
  static String of(ScalarOp op, DType type, String x, String y, String z) {
    return switch (op) {
      case NEG -> type.isFloatingPoint() ? "-" + x : helper(op, type, x);
      case ABS -> type.isFloatingPoint() ? macro(op, type, x) : helper(op, type, x);
      case SIGN -> helper(op, type, x);
      case FLOOR, CEIL, ROUND, TRUNC -> type.isFloatingPoint() ? macro(op, type, x) : x;
      case EXP, EXPM1, LOG, LOG1P, SQRT, RSQRT, SIN, COS, TAN, ATAN, TANH, ERF ->
          macro(op, type, x);
      case NOT -> x + " == 0";
      case ADD -> arithmetic("+", type, x, y);
      case SUB -> arithmetic("-", type, x, y);
      case MUL -> arithmetic("*", type, x, y);
      case DIV -> type.isFloatingPoint() ? x + " / " + y : helper(op, type, x, y);
      case REMAINDER, MAX, MIN -> helper(op, type, x, y);
      case POW -> type.isFloatingPoint() ? macro(op, type, x, y) : helper(op, type, x, y);
      case ATAN2 -> macro(op, type, x, y);
      case EQ -> x + " == " + y;
      case NE -> x + " != " + y;
      case LT -> x + " < " + y;
      case LE -> x + " <= " + y;
      case GT -> x + " > " + y;
      case GE -> x + " >= " + y;
      case AND -> x + " & " + y;
      case OR -> x + " | " + y;
      case XOR -> x + " ^ " + y;
      case INDEX -> throw new IllegalArgumentException("an index also needs the fault record");
      case SELECT -> x + " ? " + y + " : " + z;
    };
  }

  /// A sum, difference or product. Integers wrap, which C promises for unsigned ones only.
  static String arithmetic(String sign, DType type, String x, String y) {
    return switch (type) {
      case INT32 -> "(int)((u32)" + x + " " + sign + " (u32)" + y + ")";
      case INT64 -> "(i64)((u64)" + x + " " + sign + " (u64)" + y + ")";
      case FLOAT32, FLOAT64 -> x + " " + sign + " " + y;
      case BOOL, UINT8, INT8, INT16, FLOAT16, BFLOAT16 ->
          throw new IllegalArgumentException(type + " is no register type");
    };
  }

  private static String macro(ScalarOp op, DType type, String... operands) {
    String name = op + "_" + CType.suffix(type);
    return name.toUpperCase(Locale.ROOT) + "(" + String.join(", ", operands) + ")";
  }

  private static String helper(ScalarOp op, DType type, String... operands) {
    String name = "jv_" + op + "_" + CType.suffix(type);
    return name.toLowerCase(Locale.ROOT) + "(" + String.join(", ", operands) + ")";
  }
}
