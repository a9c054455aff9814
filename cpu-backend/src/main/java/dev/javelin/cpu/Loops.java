package dev.javelin.cpu;

import dev.javelin.backend.Settings;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel.FoldOp;
import dev.javelin.kernels.ScalarOp;

/// The loops over one block, chosen when a kernel is compiled: one for each operation and register
/// type, on vectors where there are some and in plain Java elsewhere.
///
/// Every operand comes with a mask: -1 where it has `n` values side by side, 0 where one value
/// (repeated [#LANES] times) stands for all. A loop may read and write up to the next multiple of
/// [#LANES] elements: callers pass a tensor only where that is inside it, and copy what is left to
/// registers. A result may lie where an operand lies.
final class Loops {
  /// What sizes of registers are a multiple of, in elements: a whole number of vectors on every
  /// processor.
  static final int LANES = 16;

  /// Whether `jdk.incubator.vector` is there and not switched off by `-Djavelin.vector=false`.
  private static final boolean VECTORISED =
      Settings.isOn("javelin.vector", true)
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

  /// Folds `n` floats that lie side by side; `y` matters for products only.
  @FunctionalInterface
  interface Fold {
    /// The fold.
    ///
    /// @param room takes a vector
    double fold(long x, long y, int n, long room);
  }

  /// Folds rows of floats into a row of floats; `y` matters for products only.
  @FunctionalInterface
  interface Columns {
    /// Folds as many columns as it can.
    ///
    /// @param stride the distance between rows in elements
    /// @param width how many columns there are
    /// @return how many of them were done; the rest is the caller's
    int fold(long acc, long x, long y, int rows, long stride, int width);
  }

  /// Which loops.
  private enum Kind {
    /// In plain Java.
    PLAIN,
    /// On vectors, however slow they are at first.
    VECTORS,
    /// In plain Java until those on vectors are fast.
    WARM
  }

  private final Kind kind;

  private Loops(Kind kind) {
    this.kind = kind;
  }

  /// The loops to use.
  static Loops preferred() {
    return new Loops(VECTORISED ? Kind.WARM : Kind.PLAIN);
  }

  /// The loops to use; for tests.
  static Loops of(boolean vectors) {
    return new Loops(vectors && VECTORISED ? Kind.VECTORS : Kind.PLAIN);
  }

  /// Whether vectors are used unless a test asks otherwise.
  static boolean vectorised() {
    return VECTORISED;
  }

  @Override
  public String toString() {
    return kind.toString();
  }

  /// Whether there are loops on vectors.
  boolean vectors() {
    return kind != Kind.PLAIN;
  }

  /// A loop over several operations; only where there are vectors.
  ///
  /// @param steps runs the same operations as steps, on a sample
  FusedLoop fused(LoopShape shape, Warmup.Sample steps) {
    return kind == Kind.VECTORS
        ? FusedLoop.at(LoopWriter.write(shape))
        : FusedLoop.of(shape, steps);
  }

  /// A loop over rows; only where there are vectors.
  ///
  /// @param steps runs rows as steps, on a sample
  /// @param sample runs the loop on the same rows
  FusedLoop fused(RowShape shape, Warmup.Sample steps, FusedLoop.Sample sample) {
    return kind == Kind.VECTORS
        ? FusedLoop.at(RowLoopWriter.write(shape))
        : FusedLoop.of(shape, steps, sample);
  }

  private Unary choose(String name, Unary vector, Unary plain) {
    return vector == null
        ? plain
        : kind == Kind.VECTORS ? vector : WarmLoops.unary(name, vector, plain);
  }

  private Binary choose(String name, Binary vector, Binary plain) {
    return vector == null
        ? plain
        : kind == Kind.VECTORS ? vector : WarmLoops.binary(name, vector, plain);
  }

  private Ternary choose(String name, Ternary vector, Ternary plain) {
    return vector == null
        ? plain
        : kind == Kind.VECTORS ? vector : WarmLoops.ternary(name, vector, plain);
  }

  /// An operation with one operand.
  ///
  /// @param type the register type of the operand
  Unary unary(ScalarOp op, DType type) {
    Unary vector = null;
    if (vectors() && type == DType.FLOAT32) {
      vector = WrittenLoops.unary(op);
    } else if (vectors() && type == DType.INT32 && op == ScalarOp.NOT) {
      vector = VectorIntegers::not;
    }
    return choose(op + " " + type, vector, ScalarLoops.unary(op, type));
  }

  /// An operation with two operands.
  ///
  /// @param type the register type of the operands
  Binary binary(ScalarOp op, DType type) {
    Binary vector = null;
    if (vectors() && type == DType.FLOAT32) {
      vector = WrittenLoops.binary(op);
    } else if (vectors() && type != DType.FLOAT64) {
      vector = VectorIntegers.binary(op, type);
    }
    return choose(op + " " + type, vector, ScalarLoops.binary(op, type));
  }

  /// A selection.
  ///
  /// @param type the register type of the second and third operand
  Ternary select(DType type) {
    Ternary vector = vectors() && type.bytes() == 4 ? WrittenLoops.select() : null;
    return choose("select", vector, ScalarLoops.select(type));
  }

  /// `x * y + z` of float32 with both roundings.
  Ternary multiplyAdd() {
    Ternary vector = vectors() ? WrittenLoops.multiplyAdd() : null;
    return choose("multiplyAdd", vector, ScalarLoops::multiplyAdd);
  }

  /// `z - x * y` of float32 with both roundings.
  Ternary subtractProduct() {
    Ternary vector = vectors() ? WrittenLoops.subtractProduct() : null;
    return choose("subtractProduct", vector, ScalarLoops::subtractProduct);
  }

  /// `(x compared with y) ? z : w` of float32.
  Quaternary compareSelect(ScalarOp comparison) {
    Quaternary plain = ScalarLoops.compareSelect(comparison);
    if (!vectors()) {
      return plain;
    }
    Quaternary vector = WrittenLoops.compareSelect(comparison);
    return kind == Kind.VECTORS
        ? vector
        : WarmLoops.quaternary("select " + comparison, vector, plain);
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
    Unary vector = vectors() ? VectorConversions.convert(from, to.register()) : null;
    Unary plain = Conversions.convert(from, to.register());
    Unary convert = choose("convert " + from + " " + to.register(), vector, plain);
    if (narrow == null) {
      return convert;
    }
    return (x, dx, out, n) -> {
      convert.run(x, dx, out, n);
      narrow.run(out, -1, out, n);
    };
  }

  /// The conversion of stored elements to their register type, or null where they are the same.
  Unary widen(DType stored) {
    if (stored == stored.register()) {
      return null;
    }
    Unary vector = vectors() ? VectorConversions.widen(stored) : null;
    return choose("widen " + stored, vector, Conversions.widen(stored));
  }

  /// The conversion of a register to stored elements, or null where they are the same. Writes
  /// exactly `n` elements.
  Unary store(DType stored) {
    if (stored == stored.register()) {
      return null;
    }
    Unary exact = Conversions.store(stored);
    Unary vector = vectors() ? VectorConversions.store(stored) : null;
    if (vector == null) {
      return exact;
    }
    Unary loop = choose("store " + stored, vector, exact);
    int bytes = stored.bytes();
    return (x, dx, out, n) -> {
      int whole = n & -LANES;
      loop.run(x, dx, out, whole);
      exact.run(x + 4L * (whole & dx), dx, out + (long) whole * bytes, n - whole);
    };
  }

  /// A fold of float32: sum, largest or smallest.
  Fold fold(FoldOp op) {
    // Where there are no vectors, sums are those of the largest ones.
    int lanes = vectors() ? VectorLoops.W : LANES;
    Fold plain =
        switch (op) {
          case SUM -> (x, y, n, room) -> ScalarFolds.sum(x, n, lanes);
          case MAX -> (x, y, n, room) -> ScalarFolds.max(x, n);
          default -> (x, y, n, room) -> ScalarFolds.min(x, n);
        };
    if (!vectors()) {
      return plain;
    }
    Fold vector =
        switch (op) {
          case SUM -> (x, y, n, room) -> VectorFolds.sum(x, n, room);
          case MAX -> (x, y, n, room) -> VectorFolds.max(x, n);
          default -> (x, y, n, room) -> VectorFolds.min(x, n);
        };
    return kind == Kind.VECTORS ? vector : WarmLoops.fold("fold " + op, vector, plain);
  }

  /// The sum of products of float32, each rounded.
  Fold foldProducts() {
    int lanes = vectors() ? VectorLoops.W : LANES;
    Fold plain = (x, y, n, room) -> ScalarFolds.sumProducts(x, y, n, lanes);
    if (!vectors()) {
      return plain;
    }
    Fold vector = VectorFolds::sumProducts;
    return kind == Kind.VECTORS ? vector : WarmLoops.fold("fold products", vector, plain);
  }

  /// A fold of columns of float32: sum, largest or smallest.
  Columns columns(FoldOp op) {
    if (!vectors()) {
      return (acc, x, y, rows, stride, width) -> 0;
    }
    Columns vector =
        switch (op) {
          case SUM ->
              (acc, x, y, rows, stride, width) ->
                  VectorFolds.sumColumns(acc, x, rows, stride, width);
          case MAX ->
              (acc, x, y, rows, stride, width) ->
                  VectorFolds.maxColumns(acc, x, rows, stride, width);
          default ->
              (acc, x, y, rows, stride, width) ->
                  VectorFolds.minColumns(acc, x, rows, stride, width);
        };
    return kind == Kind.VECTORS ? vector : WarmLoops.columns("columns " + op, vector);
  }

  /// The sums of columns of products of float32, each rounded.
  Columns columnsOfProducts() {
    if (!vectors()) {
      return (acc, x, y, rows, stride, width) -> 0;
    }
    Columns vector = VectorFolds::sumProductColumns;
    return kind == Kind.VECTORS ? vector : WarmLoops.columns("columns products", vector);
  }

  /// Roughly how long an operation takes for an element, in units of an addition of floats.
  static double cost(ScalarOp op, DType type) {
    double base =
        switch (op) {
          case NEG,
              ABS,
              NOT,
              ADD,
              SUB,
              MUL,
              MAX,
              MIN,
              EQ,
              NE,
              LT,
              LE,
              GT,
              GE,
              AND,
              OR,
              XOR,
              INDEX ->
              1;
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
