package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;

/// How one fold is written: `a` and its number is what was folded so far, for arguments of extrema the best element, whose index is `k` and
/// the number, negative before the first. The result is `f` and the number.
///
/// @param number which fold
/// @param fold the fold
/// @param type the register type of the folded value
record FoldCode(int number, Kernel.Fold fold, DType type) {
  /// Whether this looks for the place of an extremum.
  boolean isArgument() {
    return switch (fold.op()) {
      case ARGMAX, ARGMIN -> true;
      case SUM, PROD, MAX, MIN -> false;
    };
  }

  /// The C type of what is folded.
  String element() {
    return CType.register(type);
  }

  /// Declares the variables of a fold of nothing.
  void start(Code code) {
    code.line(element() + " a" + number + " = " + identity() + ";");
    if (isArgument()) {
      code.line("idx k" + number + " = -1;");
    }
  }

  private String identity() {
    return switch (fold.op()) {
      case SUM, ARGMAX, ARGMIN -> "0";
      case PROD -> "1";
      case MAX -> type.isFloatingPoint() ? "-INF_" + suffix() : "MIN_" + suffix();
      case MIN -> (type.isFloatingPoint() ? "INF_" : "MAX_") + suffix();
    };
  }

  private String suffix() {
    return switch (type) {
      case INT32 -> "I32";
      case INT64 -> "I64";
      case FLOAT32 -> "F32";
      case FLOAT64 -> "F64";
      case BOOL, UINT8, INT8, INT16, FLOAT16, BFLOAT16 ->
          throw new IllegalArgumentException(type + " is no register type");
    };
  }

  /// Folds an element in.
  ///
  /// @param value its value
  /// @param index its place, larger than those before
  void add(Code code, String value, String index) {
    if (isArgument()) {
      code.open("if (k" + number + " < 0 || " + beats(value, "a" + number) + ")");
      take(code, value, index);
    } else {
      code.line("a" + number + " = " + combined(value) + ";");
    }
  }

  /// Folds in what was folded of other elements.
  ///
  /// @param value their fold
  /// @param index where their extremum is, negative if there were none; read for arguments of extrema only
  void join(Code code, String value, String index) {
    if (isArgument()) {
      String mine = "a" + number;
      String tie = "!" + beats(mine, value) + " && " + index + " < k" + number;
      String better = "k" + number + " < 0 || " + beats(value, mine) + " || (" + tie + ")";
      code.open("if (" + index + " >= 0 && (" + better + "))");
      take(code, value, index);
    } else {
      code.line("a" + number + " = " + combined(value) + ";");
    }
  }

  private void take(Code code, String value, String index) {
    code.line("a" + number + " = " + value + ";");
    code.line("k" + number + " = " + index + ";");
    code.close();
  }

  private String combined(String value) {
    String mine = "a" + number;
    return switch (fold.op()) {
      case SUM -> COp.arithmetic("+", type, mine, value);
      case PROD -> COp.arithmetic("*", type, mine, value);
      case MAX -> "jv_max_" + CType.suffix(type) + "(" + mine + ", " + value + ")";
      case MIN -> "jv_min_" + CType.suffix(type) + "(" + mine + ", " + value + ")";
      case ARGMAX, ARGMIN -> throw new IllegalStateException("an argument is taken, not combined");
    };
  }

  private String beats(String value, String other) {
    String macro = fold.op() == Kernel.FoldOp.ARGMAX ? "JV_ABOVE" : "JV_BELOW";
    return macro + "(" + value + ", " + other + ")";
  }

  /// Declares the result.
  void finish(Code code) {
    String result = isArgument() ? "k" + number + " < 0 ? 0 : (i64)k" + number : "a" + number;
    code.line(CType.register(fold.type()) + " f" + number + " = " + result + ";");
  }
}
