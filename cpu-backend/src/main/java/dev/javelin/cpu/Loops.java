package dev.javelin.cpu;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.ScalarOp;

/// The loops over one block, chosen when a kernel is compiled: one for each operation and register type, on vectors
/// where there are some and in plain Java elsewhere.
///
/// Every operand comes with a mask: -1 where it has `n` values side by side, 0 where one value (repeated [#LANES] times)
/// stands for all. A loop may read and write up to the next multiple of [#LANES] elements: callers pass a tensor only
/// where that is inside it, and copy what is left to registers. A result may lie where an operand lies.
final class Loops {
  /// What sizes of registers are a multiple of, in elements: a whole number of vectors on every processor.
  static final int LANES = 16;

  /// Whether `jdk.incubator.vector` is there and not switched off by `-Djavelin.vector=false`.
  private static final boolean VECTORISED =
      !"false".equals(System.getProperty("javelin.vector"))
          && ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

  /// `out[i] = f(x[i])` for i below n.
  @FunctionalInterface
  interface Unary {
    void run(long x, int dx, long out, int n);
  }

  /// `out[i] = f(x[i], y[i])`.
  @FunctionalInterface
  interface Binary {
    void run(long x, int dx, long y, int dy, long out, int n);
  }

  /// `out[i] = f(x[i], y[i], z[i])`.
  @FunctionalInterface
  interface Ternary {
    void run(long x, int dx, long y, int dy, long z, int dz, long out, int n);
  }

  /// `out[i] = f(x[i], y[i], z[i], w[i])`.
  @FunctionalInterface
  interface Quaternary {
    void run(long x, int dx, long y, int dy, long z, int dz, long w, int dw, long out, int n);
  }

  private final boolean vectors;

  private Loops(boolean vectors) {
    this.vectors = vectors;
  }

  /// The loops to use.
  static Loops preferred() {
    return new Loops(VECTORISED);
  }

  /// The loops to use; for tests.
  static Loops of(boolean vectors) {
    return new Loops(vectors && VECTORISED);
  }

  /// Whether vectors are used unless a test asks otherwise.
  static boolean vectorised() {
    return VECTORISED;
  }

  /// Whether these loops are on vectors.
  boolean vectors() {
    return vectors;
  }

  /// An operation with one operand.
  ///
  /// @param type the register type of the operand
  Unary unary(ScalarOp op, DType type) {
    Unary loop = null;
    if (vectors && type == DType.FLOAT32) {
      loop = VectorLoops.unary(op);
    } else if (vectors && type == DType.INT32 && op == ScalarOp.NOT) {
      loop = VectorIntegers::not;
    }
    return loop != null ? loop : ScalarLoops.unary(op, type);
  }

  /// An operation with two operands.
  ///
  /// @param type the register type of the operands
  Binary binary(ScalarOp op, DType type) {
    Binary loop = null;
    if (vectors && type == DType.FLOAT32) {
      loop = VectorLoops.binary(op);
    } else if (vectors && type != DType.FLOAT64) {
      loop = VectorIntegers.binary(op, type);
    }
    return loop != null ? loop : ScalarLoops.binary(op, type);
  }

  /// A selection.
  ///
  /// @param type the register type of the second and third operand
  Ternary select(DType type) {
    return vectors && type.bytes() == 4 ? VectorSelects::select : ScalarLoops.select(type);
  }

  /// `x * y + z` with both roundings, or null where there is no such loop.
  Ternary multiplyAdd(DType type) {
    return vectors && type == DType.FLOAT32 ? VectorLoops::multiplyAdd : null;
  }

  /// `z - x * y` with both roundings, or null where there is no such loop.
  Ternary subtractProduct(DType type) {
    return vectors && type == DType.FLOAT32 ? VectorLoops::subtractProduct : null;
  }

  /// `(x compared with y) ? z : w`, or null where there is no such loop.
  Quaternary compareSelect(ScalarOp comparison, DType type) {
    return vectors && type == DType.FLOAT32 ? VectorSelects.select(comparison) : null;
  }

  /// A conversion as [dev.javelin.kernels.Instr.Cast] defines it.
  ///
  /// @param from the register type of the operand
  /// @param to the type to convert to; the result is of its register type
  Unary cast(DType from, DType to) {
    if (to == DType.BOOL) {
      return Conversions.truth(from);
    }
    Unary narrow = to == to.register() ? null : Conversions.narrow(to);
    if (from == to.register()) {
      return narrow != null ? narrow : Conversions.copy(to.bytes());
    }
    Unary convert = vectors ? VectorConversions.convert(from, to.register()) : null;
    Unary first = convert != null ? convert : Conversions.convert(from, to.register());
    if (narrow == null) {
      return first;
    }
    return (x, dx, out, n) -> {
      first.run(x, dx, out, n);
      narrow.run(out, -1, out, n);
    };
  }

  /// The conversion of stored elements to their register type, or null where they are the same.
  Unary widen(DType stored) {
    if (stored == stored.register()) {
      return null;
    }
    Unary loop = vectors ? VectorConversions.widen(stored) : null;
    return loop != null ? loop : Conversions.widen(stored);
  }

  /// The conversion of a register to stored elements, or null where they are the same. Writes exactly `n` elements.
  Unary store(DType stored) {
    if (stored == stored.register()) {
      return null;
    }
    Unary exact = Conversions.store(stored);
    Unary loop = vectors ? VectorConversions.store(stored) : null;
    if (loop == null) {
      return exact;
    }
    int bytes = stored.bytes();
    return (x, dx, out, n) -> {
      int whole = n & -LANES;
      loop.run(x, dx, out, whole);
      exact.run(x + 4L * (whole & dx), dx, out + (long) whole * bytes, n - whole);
    };
  }

  /// Roughly how long an operation takes for an element, in units of an addition of floats.
  static double cost(ScalarOp op, DType type) {
    double base =
        switch (op) {
          case NEG, ABS, NOT, ADD, SUB, MUL, MAX, MIN, EQ, NE, LT, LE, GT, GE, AND, OR, XOR -> 1;
          case SIGN, FLOOR, CEIL, ROUND, TRUNC, SELECT -> 1.5;
          case DIV, SQRT, RSQRT -> 3;
          case EXP, LOG, TANH, ERF -> 8;
          case EXPM1, LOG1P, SIN, COS, TAN, ATAN, ATAN2 -> 12;
          case POW -> 20;
          case REMAINDER -> 40;
        };
    return type == DType.FLOAT32 ? base : 5 * base;
  }
}
