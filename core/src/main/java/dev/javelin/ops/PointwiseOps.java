package dev.javelin.ops;

import static dev.javelin.kernels.Expr.apply;
import static dev.javelin.kernels.Expr.in;
import static dev.javelin.kernels.Expr.lit;

import dev.javelin.Tensor;
import dev.javelin.kernels.Expr;
import dev.javelin.kernels.ScalarOp;
import dev.javelin.kernels.Shape;
import dev.javelin.ops.OpDef.Pointwise;
import dev.javelin.ops.OpDef.Typing;
import java.util.ArrayList;
import java.util.List;

/// The elementwise ops: meaning and gradient of each in one constant.
public final class PointwiseOps {
  private static final List<Pointwise> ALL = new ArrayList<>();
  private static final double SQRT_HALF = Math.sqrt(0.5);
  private static final double SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);
  private static final double GELU_CUBIC = 0.044715; // Hendrycks and Gimpel, arXiv 1606.08415

  // ---- arithmetic ----

  /// `x + y`.
  public static final Pointwise ADD =
      op("add", Typing.PROMOTE, apply(ScalarOp.ADD, in(0), in(1)), b -> Gradient.each(b::g, b::g));

  /// `x - y`.
  public static final Pointwise SUB =
      op(
          "sub",
          Typing.PROMOTE,
          apply(ScalarOp.SUB, in(0), in(1)),
          b -> Gradient.each(b::g, () -> b.g().neg()));

  /// `x * y`.
  public static final Pointwise MUL =
      op(
          "mul",
          Typing.PROMOTE,
          apply(ScalarOp.MUL, in(0), in(1)),
          b -> Gradient.each(() -> b.g().mul(b.in(1)), () -> b.g().mul(b.in(0))));

  /// `x / y`, always a float.
  public static final Pointwise DIV =
      op(
          "div",
          Typing.FLOAT,
          apply(ScalarOp.DIV, in(0), in(1)),
          b ->
              Gradient.each(
                  () -> b.g().div(b.in(1)),
                  () -> b.g().mul(b.in(0)).div(b.in(1).mul(b.in(1))).neg()));

  /// The remainder with the sign of y.
  public static final Pointwise REMAINDER =
      op(
          "remainder",
          Typing.PROMOTE,
          apply(ScalarOp.REMAINDER, in(0), in(1)),
          b -> Gradient.each(b::g, () -> b.g().mul(b.in(0).floorDivide(b.in(1))).neg()));

  /// `floor(x / y)`.
  public static final Pointwise FLOOR_DIVIDE =
      op(
          "floor_divide",
          Typing.PROMOTE,
          // Without the remainder the quotient is whole but for rounding; by 0 there is no
          // remainder.
          apply(
              ScalarOp.SELECT,
              apply(ScalarOp.EQ, in(1), lit(0)),
              apply(ScalarOp.DIV, in(0), in(1)),
              apply(
                  ScalarOp.ROUND,
                  apply(
                      ScalarOp.DIV,
                      apply(ScalarOp.SUB, in(0), apply(ScalarOp.REMAINDER, in(0), in(1))),
                      in(1)))),
          Gradient.NONE);

  /// `x^y`.
  public static final Pointwise POW =
      op(
          "pow",
          Typing.PROMOTE,
          apply(ScalarOp.POW, in(0), in(1)),
          b ->
              Gradient.each(
                  () -> {
                    // As a tensor: a number has neither a device nor more digits than float32 here.
                    Tensor y =
                        Tensor.zeros(Shape.SCALAR, b.g().dtype(), b.g().device()).add(b.in(1));
                    Tensor slope = y.mul(b.in(0).pow(y.sub(1)));
                    return b.g().mul(Tensor.where(y.eq(0), 0, slope));
                  },
                  () -> {
                    Tensor slope = b.out().mul(b.in(0).log());
                    return b.g().mul(Tensor.where(b.in(0).eq(0), 0, slope));
                  }));

  /// `-x`.
  public static final Pointwise NEG =
      unary("neg", Typing.PROMOTE, ScalarOp.NEG, b -> Gradient.each(() -> b.g().neg()));

  /// `|x|`.
  public static final Pointwise ABS =
      unary(
          "abs", Typing.PROMOTE, ScalarOp.ABS, b -> Gradient.each(() -> b.g().mul(b.in(0).sign())));

  /// -1, 0 or 1.
  public static final Pointwise SIGN = flat("sign", ScalarOp.SIGN);

  /// The largest whole number not above.
  public static final Pointwise FLOOR = flat("floor", ScalarOp.FLOOR);

  /// The smallest whole number not below.
  public static final Pointwise CEIL = flat("ceil", ScalarOp.CEIL);

  /// The nearest whole number, halves to even.
  public static final Pointwise ROUND = flat("round", ScalarOp.ROUND);

  /// The whole part.
  public static final Pointwise TRUNC = flat("trunc", ScalarOp.TRUNC);

  /// `1 / x`.
  public static final Pointwise RECIPROCAL =
      op(
          "reciprocal",
          Typing.FLOAT,
          apply(ScalarOp.DIV, lit(1), in(0)),
          b -> Gradient.each(() -> b.g().mul(b.out()).mul(b.out()).neg()));

  /// `x^2`.
  public static final Pointwise SQUARE =
      op(
          "square",
          Typing.PROMOTE,
          apply(ScalarOp.MUL, in(0), in(0)),
          b -> Gradient.each(() -> b.g().mul(b.in(0)).mul(2)));

  // ---- functions of real numbers ----

  /// `e^x`.
  public static final Pointwise EXP =
      unary("exp", Typing.FLOAT, ScalarOp.EXP, b -> Gradient.each(() -> b.g().mul(b.out())));

  /// `e^x - 1`.
  public static final Pointwise EXPM1 =
      unary(
          "expm1",
          Typing.FLOAT,
          ScalarOp.EXPM1,
          b -> Gradient.each(() -> b.g().mul(b.out().add(1))));

  /// The natural logarithm.
  public static final Pointwise LOG =
      unary("log", Typing.FLOAT, ScalarOp.LOG, b -> Gradient.each(() -> b.g().div(b.in(0))));

  /// `log(1 + x)`.
  public static final Pointwise LOG1P =
      unary(
          "log1p",
          Typing.FLOAT,
          ScalarOp.LOG1P,
          b -> Gradient.each(() -> b.g().div(b.in(0).add(1))));

  /// The square root.
  public static final Pointwise SQRT =
      unary(
          "sqrt", Typing.FLOAT, ScalarOp.SQRT, b -> Gradient.each(() -> b.g().div(b.out().mul(2))));

  /// `1 / sqrt(x)`.
  public static final Pointwise RSQRT =
      unary(
          "rsqrt",
          Typing.FLOAT,
          ScalarOp.RSQRT,
          b -> Gradient.each(() -> b.g().mul(-0.5).mul(b.out().mul(b.out()).mul(b.out()))));

  /// The sine.
  public static final Pointwise SIN =
      unary("sin", Typing.FLOAT, ScalarOp.SIN, b -> Gradient.each(() -> b.g().mul(b.in(0).cos())));

  /// The cosine.
  public static final Pointwise COS =
      unary(
          "cos",
          Typing.FLOAT,
          ScalarOp.COS,
          b -> Gradient.each(() -> b.g().mul(b.in(0).sin()).neg()));

  /// The tangent.
  public static final Pointwise TAN =
      unary(
          "tan",
          Typing.FLOAT,
          ScalarOp.TAN,
          b -> Gradient.each(() -> b.g().mul(b.out().mul(b.out()).add(1))));

  /// The arc tangent.
  public static final Pointwise ATAN =
      unary(
          "atan",
          Typing.FLOAT,
          ScalarOp.ATAN,
          b -> Gradient.each(() -> b.g().div(b.in(0).mul(b.in(0)).add(1))));

  /// The hyperbolic tangent.
  public static final Pointwise TANH =
      unary(
          "tanh",
          Typing.FLOAT,
          ScalarOp.TANH,
          b -> Gradient.each(() -> b.g().sub(b.g().mul(b.out()).mul(b.out()))));

  /// The error function.
  public static final Pointwise ERF =
      unary(
          "erf",
          Typing.FLOAT,
          ScalarOp.ERF,
          b ->
              Gradient.each(
                  () -> b.g().mul(2 / Math.sqrt(Math.PI)).mul(b.in(0).mul(b.in(0)).neg().exp())));

  /// `1 / (1 + e^-x)`.
  public static final Pointwise SIGMOID =
      op(
          "sigmoid",
          Typing.FLOAT,
          apply(
              ScalarOp.DIV,
              lit(1),
              apply(ScalarOp.ADD, lit(1), apply(ScalarOp.EXP, apply(ScalarOp.NEG, in(0))))),
          b -> Gradient.each(() -> b.g().mul(b.out()).mul(b.out().neg().add(1))));

  // ---- activations ----

  /// `max(x, 0)`.
  public static final Pointwise RELU =
      op(
          "relu",
          Typing.PROMOTE,
          apply(ScalarOp.SELECT, apply(ScalarOp.LE, in(0), lit(0)), lit(0), in(0)),
          b -> Gradient.each(() -> Tensor.where(b.out().gt(0), b.g(), 0)));

  /// `x Phi(x)`, with the distribution function of the normal distribution.
  public static final Pointwise GELU =
      op(
          "gelu",
          Typing.FLOAT,
          apply(
              ScalarOp.MUL,
              apply(ScalarOp.MUL, in(0), lit(0.5)),
              apply(
                  ScalarOp.ADD,
                  lit(1),
                  apply(ScalarOp.ERF, apply(ScalarOp.MUL, in(0), lit(SQRT_HALF))))),
          b ->
              Gradient.each(
                  () -> {
                    Tensor x = b.in(0);
                    Tensor phi = x.mul(SQRT_HALF).erf().add(1).mul(0.5);
                    Tensor density = x.mul(x).mul(-0.5).exp().mul(1 / Math.sqrt(2 * Math.PI));
                    return b.g().mul(phi.add(x.mul(density)));
                  }));

  /// GELU's approximation by tanh.
  public static final Pointwise GELU_TANH =
      op(
          "gelu",
          Typing.FLOAT,
          apply(
              ScalarOp.MUL,
              apply(ScalarOp.MUL, in(0), lit(0.5)),
              apply(
                  ScalarOp.ADD,
                  lit(1),
                  apply(
                      ScalarOp.TANH,
                      apply(
                          ScalarOp.MUL,
                          lit(SQRT_2_OVER_PI),
                          apply(
                              ScalarOp.ADD,
                              in(0),
                              apply(
                                  ScalarOp.MUL,
                                  lit(GELU_CUBIC),
                                  apply(
                                      ScalarOp.MUL, in(0), apply(ScalarOp.MUL, in(0), in(0))))))))),
          b ->
              Gradient.each(
                  () -> {
                    Tensor x = b.in(0);
                    Tensor square = x.mul(x);
                    Tensor inner = x.add(x.mul(square).mul(GELU_CUBIC)).mul(SQRT_2_OVER_PI);
                    Tensor t = inner.tanh();
                    Tensor slope = square.mul(3 * GELU_CUBIC).add(1).mul(SQRT_2_OVER_PI);
                    Tensor right = x.mul(t.mul(t).neg().add(1)).mul(slope).mul(0.5);
                    return b.g().mul(t.add(1).mul(0.5).add(right));
                  }));

  /// `x sigmoid(x)`.
  public static final Pointwise SILU =
      op(
          "silu",
          Typing.FLOAT,
          apply(
              ScalarOp.DIV,
              in(0),
              apply(ScalarOp.ADD, lit(1), apply(ScalarOp.EXP, apply(ScalarOp.NEG, in(0))))),
          b ->
              Gradient.each(
                  () -> {
                    Tensor s = b.in(0).sigmoid();
                    return b.g().mul(s.mul(b.in(0).mul(s.neg().add(1)).add(1)));
                  }));

  /// `log(1 + e^(beta x)) / beta`; the identity above the threshold. Operands x, beta, threshold.
  public static final Pointwise SOFTPLUS =
      op(
          "softplus",
          Typing.FLOAT,
          apply(
              ScalarOp.SELECT,
              apply(ScalarOp.GT, apply(ScalarOp.MUL, in(0), in(1)), in(2)),
              in(0),
              apply(
                  ScalarOp.DIV,
                  apply(ScalarOp.LOG1P, apply(ScalarOp.EXP, apply(ScalarOp.MUL, in(0), in(1)))),
                  in(1))),
          b ->
              Gradient.each(
                  () -> {
                    Tensor scaled = b.in(0).mul(b.in(1));
                    return Tensor.where(scaled.gt(b.in(2)), b.g(), b.g().mul(scaled.sigmoid()));
                  }));

  /// `x` where positive, else `slope x`. Operands x, slope.
  public static final Pointwise LEAKY_RELU =
      op(
          "leaky_relu",
          Typing.PROMOTE,
          apply(
              ScalarOp.SELECT,
              apply(ScalarOp.GT, in(0), lit(0)),
              in(0),
              apply(ScalarOp.MUL, in(0), in(1))),
          b -> Gradient.each(() -> Tensor.where(b.in(0).gt(0), b.g(), b.g().mul(b.in(1)))));

  /// `x` where positive, else `alpha (e^x - 1)`. Operands x, alpha.
  public static final Pointwise ELU =
      op(
          "elu",
          Typing.FLOAT,
          apply(
              ScalarOp.SELECT,
              apply(ScalarOp.GT, in(0), lit(0)),
              in(0),
              apply(ScalarOp.MUL, in(1), apply(ScalarOp.EXPM1, in(0)))),
          b ->
              Gradient.each(
                  () -> Tensor.where(b.in(0).gt(0), b.g(), b.g().mul(b.in(0).exp().mul(b.in(1))))));

  // ---- choice ----

  /// The larger; half the gradient to each where equal.
  public static final Pointwise MAXIMUM =
      op(
          "maximum",
          Typing.PROMOTE,
          apply(ScalarOp.MAX, in(0), in(1)),
          b ->
              Gradient.each(
                  () -> share(b, b.in(0).ge(b.in(1))), () -> share(b, b.in(1).ge(b.in(0)))));

  /// The smaller; half the gradient to each where equal.
  public static final Pointwise MINIMUM =
      op(
          "minimum",
          Typing.PROMOTE,
          apply(ScalarOp.MIN, in(0), in(1)),
          b ->
              Gradient.each(
                  () -> share(b, b.in(0).le(b.in(1))), () -> share(b, b.in(1).le(b.in(0)))));

  /// `x` limited to `[low, high]`; a limit that holds gets the gradient. Operands x, low, high.
  public static final Pointwise CLAMP =
      op(
          "clamp",
          Typing.PROMOTE,
          apply(ScalarOp.MIN, apply(ScalarOp.MAX, in(0), in(1)), in(2)),
          b ->
              Gradient.each(
                  () -> {
                    Tensor inside = b.in(0).ge(b.in(1)).logicalAnd(b.in(0).le(b.in(2)));
                    return Tensor.where(inside, b.g(), 0);
                  },
                  () -> {
                    Tensor low = b.in(0).lt(b.in(1)).logicalAnd(b.in(1).lt(b.in(2)));
                    return Tensor.where(low, b.g(), 0);
                  },
                  () -> {
                    Tensor high = b.in(0).gt(b.in(2)).logicalOr(b.in(1).gt(b.in(2)));
                    return Tensor.where(high, b.g(), 0);
                  }));

  /// `x ? y : z`.
  public static final Pointwise WHERE =
      op(
          "where",
          Typing.SELECTION,
          apply(ScalarOp.SELECT, in(0), in(1), in(2)),
          b ->
              Gradient.each(
                  null,
                  () -> Tensor.where(b.in(0), b.g(), 0),
                  () -> Tensor.where(b.in(0), 0, b.g())));

  /// The value as it is: copies.
  public static final Pointwise CLONE =
      op("clone", Typing.PROMOTE, in(0), b -> Gradient.each(b::g));

  /// The second operand in place of the first: `copy_`.
  public static final Pointwise COPY =
      op("copy", Typing.SECOND, in(1), b -> Gradient.each(() -> Tensor.zerosLike(b.in(0)), b::g));

  private PointwiseOps() {}

  /// Every elementwise op.
  ///
  /// @return the table
  public static List<Pointwise> all() {
    List<Pointwise> all = new ArrayList<>(ALL);
    all.addAll(FunctionOps.all());
    all.addAll(LogicOps.all());
    all.addAll(SpecialOps.all());
    return List.copyOf(all);
  }

  private static Tensor share(Gradient.Backward b, Tensor wins) {
    Tensor part = Tensor.where(b.in(0).eq(b.in(1)), b.g().mul(0.5), b.g());
    return Tensor.where(wins, part, 0);
  }

  private static Pointwise op(String name, Typing typing, Expr body, Gradient gradient) {
    Pointwise op = new Pointwise(name, typing, body, gradient);
    ALL.add(op);
    return op;
  }

  private static Pointwise unary(String name, Typing typing, ScalarOp op, Gradient gradient) {
    return op(name, typing, apply(op, in(0)), gradient);
  }

  private static Pointwise flat(String name, ScalarOp op) {
    return unary(name, Typing.PROMOTE, op, b -> Gradient.each(() -> Tensor.zerosLike(b.g())));
  }
}
