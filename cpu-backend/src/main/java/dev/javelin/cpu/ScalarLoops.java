package dev.javelin.cpu;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.ScalarOp;

/// Every operation on every register type, one element at a time in plain Java: the types and
/// operations that [VectorFunctions] lacks, and all of them where there are no vectors.
///
/// The operation is chosen anew for each element, which costs about a nanosecond: a loop of its own
/// for each would be a thousand lines. In float32 the results are those of the loops on vectors, to
/// the last bit (but for the bits of NaN).
final class ScalarLoops {
  private ScalarLoops() {}

  static Loops.Unary unary(ScalarOp op, DType type) {
    if (op.isPredicate()) {
      return (x, dx, out, n) -> not(type, x, dx, out, n);
    }
    return switch (type) {
      case FLOAT32 -> (x, dx, out, n) -> unaryFloat(op, x, dx, out, n);
      case FLOAT64 -> (x, dx, out, n) -> unaryDouble(op, x, dx, out, n);
      case INT64 -> (x, dx, out, n) -> unaryLong(op, x, dx, out, n);
      default -> (x, dx, out, n) -> unaryInt(op, x, dx, out, n);
    };
  }

  static Loops.Binary binary(ScalarOp op, DType type) {
    if (op.isPredicate()) {
      return switch (type) {
        case FLOAT32 -> (x, dx, y, dy, out, n) -> compareFloat(op, x, dx, y, dy, out, n);
        case FLOAT64 -> (x, dx, y, dy, out, n) -> compareDouble(op, x, dx, y, dy, out, n);
        case INT64 -> (x, dx, y, dy, out, n) -> compareLong(op, x, dx, y, dy, out, n);
        default -> (x, dx, y, dy, out, n) -> compareInt(op, x, dx, y, dy, out, n);
      };
    }
    return switch (type) {
      case FLOAT32 -> (x, dx, y, dy, out, n) -> binaryFloat(op, x, dx, y, dy, out, n);
      case FLOAT64 -> (x, dx, y, dy, out, n) -> binaryDouble(op, x, dx, y, dy, out, n);
      case INT64 -> (x, dx, y, dy, out, n) -> binaryLong(op, x, dx, y, dy, out, n);
      default -> (x, dx, y, dy, out, n) -> binaryInt(op, x, dx, y, dy, out, n);
    };
  }

  /// A selection; only the size of the values matters.
  static Loops.Ternary select(DType type) {
    return type.bytes() == 4 ? ScalarLoops::selectInt : ScalarLoops::selectLong;
  }

  private static void unaryFloat(ScalarOp op, long x, int dx, long out, int n) {
    FloatArrays floats = FloatArrays.current();
    float[] result = floats.result();
    for (int at = 0; at < n; at += FloatArrays.PART) {
      int length = FloatArrays.length(at, n);
      float[] operand = floats.load(0, x, dx, at, length);
      for (int i = 0; i < length; i++) {
        result[i] = eval(op, operand[i & dx], 0);
      }
      floats.store(out, at, length);
    }
  }

  private static void unaryDouble(ScalarOp op, long x, int dx, long out, int n) {
    for (int i = 0; i < n; i++) {
      Memory.putDouble(out + 8L * i, eval(op, Memory.getDouble(x + 8L * (i & dx)), 0));
    }
  }

  private static void unaryLong(ScalarOp op, long x, int dx, long out, int n) {
    for (int i = 0; i < n; i++) {
      Memory.putLong(out + 8L * i, eval(op, Memory.getLong(x + 8L * (i & dx)), 0));
    }
  }

  private static void unaryInt(ScalarOp op, long x, int dx, long out, int n) {
    for (int i = 0; i < n; i++) {
      Memory.putInt(out + 4L * i, (int) eval(op, Memory.getInt(x + 4L * (i & dx)), 0));
    }
  }

  private static void binaryFloat(ScalarOp op, long x, int dx, long y, int dy, long out, int n) {
    FloatArrays floats = FloatArrays.current();
    float[] result = floats.result();
    for (int at = 0; at < n; at += FloatArrays.PART) {
      int length = FloatArrays.length(at, n);
      float[] left = floats.load(0, x, dx, at, length);
      float[] right = floats.load(1, y, dy, at, length);
      for (int i = 0; i < length; i++) {
        result[i] = eval(op, left[i & dx], right[i & dy]);
      }
      floats.store(out, at, length);
    }
  }

  private static void binaryDouble(ScalarOp op, long x, int dx, long y, int dy, long out, int n) {
    for (int i = 0; i < n; i++) {
      double left = Memory.getDouble(x + 8L * (i & dx));
      double right = Memory.getDouble(y + 8L * (i & dy));
      Memory.putDouble(out + 8L * i, eval(op, left, right));
    }
  }

  private static void binaryLong(ScalarOp op, long x, int dx, long y, int dy, long out, int n) {
    for (int i = 0; i < n; i++) {
      long left = Memory.getLong(x + 8L * (i & dx));
      long right = Memory.getLong(y + 8L * (i & dy));
      Memory.putLong(out + 8L * i, eval(op, left, right));
    }
  }

  private static void binaryInt(ScalarOp op, long x, int dx, long y, int dy, long out, int n) {
    for (int i = 0; i < n; i++) {
      int left = Memory.getInt(x + 4L * (i & dx));
      int right = Memory.getInt(y + 4L * (i & dy));
      Memory.putInt(out + 4L * i, (int) eval(op, left, right));
    }
  }

  private static void compareFloat(ScalarOp op, long x, int dx, long y, int dy, long out, int n) {
    for (int i = 0; i < n; i++) {
      double left = Memory.getFloat(x + 4L * (i & dx));
      double right = Memory.getFloat(y + 4L * (i & dy));
      Memory.putInt(out + 4L * i, holds(op, left, right) ? 1 : 0);
    }
  }

  private static void compareDouble(ScalarOp op, long x, int dx, long y, int dy, long out, int n) {
    for (int i = 0; i < n; i++) {
      double left = Memory.getDouble(x + 8L * (i & dx));
      double right = Memory.getDouble(y + 8L * (i & dy));
      Memory.putInt(out + 4L * i, holds(op, left, right) ? 1 : 0);
    }
  }

  private static void compareLong(ScalarOp op, long x, int dx, long y, int dy, long out, int n) {
    for (int i = 0; i < n; i++) {
      long left = Memory.getLong(x + 8L * (i & dx));
      long right = Memory.getLong(y + 8L * (i & dy));
      Memory.putInt(out + 4L * i, holds(op, left, right) ? 1 : 0);
    }
  }

  private static void compareInt(ScalarOp op, long x, int dx, long y, int dy, long out, int n) {
    for (int i = 0; i < n; i++) {
      long left = Memory.getInt(x + 4L * (i & dx));
      long right = Memory.getInt(y + 4L * (i & dy));
      Memory.putInt(out + 4L * i, holds(op, left, right) ? 1 : 0);
    }
  }

  private static void not(DType type, long x, int dx, long out, int n) {
    for (int i = 0; i < n; i++) {
      boolean isZero =
          switch (type) {
            case FLOAT32 -> Memory.getFloat(x + 4L * (i & dx)) == 0;
            case FLOAT64 -> Memory.getDouble(x + 8L * (i & dx)) == 0;
            case INT64 -> Memory.getLong(x + 8L * (i & dx)) == 0;
            default -> Memory.getInt(x + 4L * (i & dx)) == 0;
          };
      Memory.putInt(out + 4L * i, isZero ? 1 : 0);
    }
  }

  private static void selectInt(long x, int dx, long y, int dy, long z, int dz, long out, int n) {
    for (int i = 0; i < n; i++) {
      boolean first = Memory.getInt(x + 4L * (i & dx)) != 0;
      int left = Memory.getInt(y + 4L * (i & dy));
      int right = Memory.getInt(z + 4L * (i & dz));
      Memory.putInt(out + 4L * i, first ? left : right);
    }
  }

  private static void selectLong(long x, int dx, long y, int dy, long z, int dz, long out, int n) {
    for (int i = 0; i < n; i++) {
      boolean first = Memory.getInt(x + 4L * (i & dx)) != 0;
      long left = Memory.getLong(y + 8L * (i & dy));
      long right = Memory.getLong(z + 8L * (i & dz));
      Memory.putLong(out + 8L * i, first ? left : right);
    }
  }

  /// `x y + z`, both operations rounded.
  static void multiplyAdd(long x, int dx, long y, int dy, long z, int dz, long out, int n) {
    FloatArrays floats = FloatArrays.current();
    float[] result = floats.result();
    for (int at = 0; at < n; at += FloatArrays.PART) {
      int length = FloatArrays.length(at, n);
      float[] left = floats.load(0, x, dx, at, length);
      float[] right = floats.load(1, y, dy, at, length);
      float[] third = floats.load(2, z, dz, at, length);
      for (int i = 0; i < length; i++) {
        result[i] = left[i & dx] * right[i & dy] + third[i & dz];
      }
      floats.store(out, at, length);
    }
  }

  /// `z - x y`, both operations rounded.
  static void subtractProduct(long x, int dx, long y, int dy, long z, int dz, long out, int n) {
    FloatArrays floats = FloatArrays.current();
    float[] result = floats.result();
    for (int at = 0; at < n; at += FloatArrays.PART) {
      int length = FloatArrays.length(at, n);
      float[] left = floats.load(0, x, dx, at, length);
      float[] right = floats.load(1, y, dy, at, length);
      float[] third = floats.load(2, z, dz, at, length);
      for (int i = 0; i < length; i++) {
        result[i] = third[i & dz] - left[i & dx] * right[i & dy];
      }
      floats.store(out, at, length);
    }
  }

  /// A selection by a comparison, of float32.
  static Loops.Quaternary compareSelect(ScalarOp comparison) {
    return (x, dx, y, dy, z, dz, w, dw, out, n) -> {
      FloatArrays floats = FloatArrays.current();
      float[] result = floats.result();
      for (int at = 0; at < n; at += FloatArrays.PART) {
        int length = FloatArrays.length(at, n);
        float[] left = floats.load(0, x, dx, at, length);
        float[] right = floats.load(1, y, dy, at, length);
        float[] first = floats.load(2, z, dz, at, length);
        float[] second = floats.load(3, w, dw, at, length);
        for (int i = 0; i < length; i++) {
          boolean holds = holds(comparison, (double) left[i & dx], right[i & dy]);
          result[i] = holds ? first[i & dz] : second[i & dw];
        }
        floats.store(out, at, length);
      }
    };
  }

  /// Float32 as the loops on vectors compute it.
  private static float eval(ScalarOp op, float x, float y) {
    return switch (op) {
      case NEG -> -x;
      case ABS -> Math.abs(x);
      case SQRT -> (float) Math.sqrt(x);
      case RSQRT -> 1 / (float) Math.sqrt(x);
      case ADD -> x + y;
      case SUB -> x - y;
      case MUL -> x * y;
      case DIV -> x / y;
      case MAX -> Math.max(x, y);
      case MIN -> Math.min(x, y);
      case REMAINDER, POW, ATAN2 -> (float) op.eval(x, y, 0);
      default -> ScalarMath.eval(op, x);
    };
  }

  /// The common operations without the virtual call of [ScalarOp#eval].
  private static double eval(ScalarOp op, double x, double y) {
    return switch (op) {
      case NEG -> -x;
      case ABS -> Math.abs(x);
      case SQRT -> Math.sqrt(x);
      case EXP -> Math.exp(x);
      case LOG -> Math.log(x);
      case ADD -> x + y;
      case SUB -> x - y;
      case MUL -> x * y;
      case DIV -> x / y;
      case MAX -> Math.max(x, y);
      case MIN -> Math.min(x, y);
      default -> op.eval(x, y, 0);
    };
  }

  private static long eval(ScalarOp op, long x, long y) {
    return switch (op) {
      case NEG -> -x;
      case ABS -> Math.abs(x);
      case ADD -> x + y;
      case SUB -> x - y;
      case MUL -> x * y;
      case MAX -> Math.max(x, y);
      case MIN -> Math.min(x, y);
      case AND -> x & y;
      case OR -> x | y;
      case XOR -> x ^ y;
      default -> op.eval(x, y, 0);
    };
  }

  private static boolean holds(ScalarOp op, double x, double y) {
    return switch (op) {
      case EQ -> x == y;
      case NE -> x != y;
      case LT -> x < y;
      case LE -> x <= y;
      case GT -> x > y;
      default -> x >= y;
    };
  }

  private static boolean holds(ScalarOp op, long x, long y) {
    return switch (op) {
      case EQ -> x == y;
      case NE -> x != y;
      case LT -> x < y;
      case LE -> x <= y;
      case GT -> x > y;
      default -> x >= y;
    };
  }
}
