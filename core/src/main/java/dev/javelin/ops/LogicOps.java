package dev.javelin.ops;

import static dev.javelin.kernels.Expr.apply;
import static dev.javelin.kernels.Expr.in;

import dev.javelin.Tensor;
import dev.javelin.engine.Engine;
import dev.javelin.kernels.Expr;
import dev.javelin.kernels.ScalarOp;
import dev.javelin.ops.OpDef.Pointwise;
import dev.javelin.ops.OpDef.Typing;
import java.util.ArrayList;
import java.util.List;

/// Comparisons and logic: elementwise ops without gradient.
public final class LogicOps {
  private static final List<Pointwise> ALL = new ArrayList<>();

  /// `x == y`.
  public static final Pointwise EQ = predicate("eq", ScalarOp.EQ);

  /// `x != y`.
  public static final Pointwise NE = predicate("ne", ScalarOp.NE);

  /// `x < y`.
  public static final Pointwise LT = predicate("lt", ScalarOp.LT);

  /// `x <= y`.
  public static final Pointwise LE = predicate("le", ScalarOp.LE);

  /// `x > y`.
  public static final Pointwise GT = predicate("gt", ScalarOp.GT);

  /// `x >= y`.
  public static final Pointwise GE = predicate("ge", ScalarOp.GE);

  /// Whether x is not a number.
  public static final Pointwise ISNAN =
      op("isnan", Typing.PREDICATE, apply(ScalarOp.NE, in(0), in(0)), Gradient.NONE);

  /// Whether both are true.
  public static final Pointwise LOGICAL_AND =
      op("logical_and", Typing.LOGICAL, apply(ScalarOp.AND, in(0), in(1)), Gradient.NONE);

  /// Whether either is true.
  public static final Pointwise LOGICAL_OR =
      op("logical_or", Typing.LOGICAL, apply(ScalarOp.OR, in(0), in(1)), Gradient.NONE);

  /// Whether just one is true.
  public static final Pointwise LOGICAL_XOR =
      op("logical_xor", Typing.LOGICAL, apply(ScalarOp.XOR, in(0), in(1)), Gradient.NONE);

  /// Whether false.
  public static final Pointwise LOGICAL_NOT =
      op("logical_not", Typing.LOGICAL, apply(ScalarOp.NOT, in(0)), Gradient.NONE);

  /// Bitwise and.
  public static final Pointwise BITWISE_AND =
      op("bitwise_and", Typing.INTEGER, apply(ScalarOp.AND, in(0), in(1)), Gradient.NONE);

  /// Bitwise or.
  public static final Pointwise BITWISE_OR =
      op("bitwise_or", Typing.INTEGER, apply(ScalarOp.OR, in(0), in(1)), Gradient.NONE);

  /// Bitwise exclusive or.
  public static final Pointwise BITWISE_XOR =
      op("bitwise_xor", Typing.INTEGER, apply(ScalarOp.XOR, in(0), in(1)), Gradient.NONE);

  /// x, which must be an index below y: anything else is an error.
  public static final Pointwise INDEX =
      op("index", Typing.INTEGER, apply(ScalarOp.INDEX, in(0), in(1)), Gradient.NONE);

  private LogicOps() {}

  /// Integers times or divided by a power of two, rounded down; inputs x, the power.
  ///
  /// @param left whether times
  /// @return the op
  public static OpDef shift(boolean left) {
    return Composite.of(
        left ? "bitwise_left_shift" : "bitwise_right_shift",
        List.of(),
        in -> {
          Tensor x = Tensor.call(BITWISE_OR, in[0], (Tensor) Engine.number(0L)); // refuses floats
          return left ? x.mul(in[1]) : x.floorDivide(in[1]);
        },
        Gradient.NONE);
  }

  /// Whether `|x - y| <= atol + rtol |y|`, or x and y are equal; inputs x, y, rtol, atol.
  ///
  /// @return the op
  public static OpDef isclose() {
    return Composite.of(
        "isclose",
        List.of(),
        in -> {
          Tensor size = in[1].abs();
          Tensor near = in[0].sub(in[1]).abs().le(size.mul(in[2]).add(in[3]));
          // The tolerance of an infinity is infinite.
          return in[0].eq(in[1]).logicalOr(near.logicalAnd(size.lt(Double.POSITIVE_INFINITY)));
        },
        Gradient.NONE);
  }

  /// Every comparison and logical op.
  ///
  /// @return the table
  static List<Pointwise> all() {
    return List.copyOf(ALL);
  }

  private static Pointwise op(String name, Typing typing, Expr body, Gradient gradient) {
    Pointwise op = new Pointwise(name, typing, body, gradient);
    ALL.add(op);
    return op;
  }

  private static Pointwise predicate(String name, ScalarOp op) {
    return op(name, Typing.PREDICATE, apply(op, in(0), in(1)), Gradient.NONE);
  }
}
