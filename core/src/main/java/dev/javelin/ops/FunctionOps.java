package dev.javelin.ops;

import static dev.javelin.kernels.Expr.apply;
import static dev.javelin.kernels.Expr.in;
import static dev.javelin.kernels.Expr.lit;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Expr;
import dev.javelin.kernels.ScalarOp;
import dev.javelin.ops.OpDef.Pointwise;
import dev.javelin.ops.OpDef.Typing;
import java.util.ArrayList;
import java.util.List;

/// The rarer elementwise functions, in one constant each as in [PointwiseOps].
public final class FunctionOps {
  private static final List<Pointwise> ALL = new ArrayList<>();
  private static final double LN2 = Math.log(2);
  private static final double LN10 = Math.log(10);

  /// Beyond it `asinh` and `acosh` are `log(2 x)` to the last digit, and squares would overflow.
  private static final double LARGE = 1e9;

  // ---- trigonometry ----

  /// The angle whose sine is x: `atan2(x, sqrt((1 - x)(1 + x)))`.
  public static final Pointwise ASIN =
      op(
          "asin",
          apply(ScalarOp.ATAN2, in(0), complement()),
          b -> Gradient.each(() -> b.g().mul(complement(b.in(0)).rsqrt())));

  /// The angle whose cosine is x: `atan2(sqrt((1 - x)(1 + x)), x)`.
  public static final Pointwise ACOS =
      op(
          "acos",
          apply(ScalarOp.ATAN2, complement(), in(0)),
          b -> Gradient.each(() -> b.g().mul(complement(b.in(0)).rsqrt()).neg()));

  /// The angle of the point (y, x), the ordinate first.
  public static final Pointwise ATAN2 =
      op(
          "atan2",
          apply(ScalarOp.ATAN2, in(0), in(1)),
          b ->
              Gradient.each(
                  () -> b.g().mul(b.in(1)).div(squares(b)),
                  () -> b.g().mul(b.in(0)).div(squares(b)).neg()));

  /// The hyperbolic sine: with `u = e^|x| - 1`, `sign(x) u/2 (1 + 1/(u + 1))`, exact near 0.
  public static final Pointwise SINH =
      op(
          "sinh",
          mul(
              apply(ScalarOp.SIGN, in(0)),
              mul(mul(lit(0.5), grown()), plus(lit(1), over(lit(1), plus(grown(), lit(1)))))),
          b -> Gradient.each(() -> b.g().mul(b.in(0).cosh())));

  /// The hyperbolic cosine: `(e^x + e^-x) / 2`.
  public static final Pointwise COSH =
      op(
          "cosh",
          mul(
              lit(0.5),
              plus(apply(ScalarOp.EXP, in(0)), apply(ScalarOp.EXP, apply(ScalarOp.NEG, in(0))))),
          b -> Gradient.each(() -> b.g().mul(b.in(0).sinh())));

  /// The inverse of `sinh`: with `a = |x|`, `sign(x) log1p(a + a^2 / (1 + sqrt(a^2 + 1)))`.
  public static final Pointwise ASINH =
      op(
          "asinh",
          mul(
              apply(ScalarOp.SIGN, in(0)),
              select(
                  apply(ScalarOp.GT, size(0), lit(LARGE)),
                  plus(apply(ScalarOp.LOG, size(0)), lit(LN2)),
                  apply(
                      ScalarOp.LOG1P,
                      plus(
                          size(0),
                          over(
                              mul(in(0), in(0)),
                              plus(
                                  lit(1),
                                  apply(ScalarOp.SQRT, plus(mul(in(0), in(0)), lit(1))))))))),
          b -> Gradient.each(() -> b.g().mul(b.in(0).square().add(1).rsqrt())));

  /// The inverse of `cosh`: with `t = x - 1`, `log1p(t + sqrt(t (x + 1)))`.
  public static final Pointwise ACOSH =
      op(
          "acosh",
          select(
              apply(ScalarOp.GT, in(0), lit(LARGE)),
              plus(apply(ScalarOp.LOG, in(0)), lit(LN2)),
              apply(
                  ScalarOp.LOG1P,
                  plus(
                      minus(in(0), lit(1)),
                      apply(ScalarOp.SQRT, mul(minus(in(0), lit(1)), plus(in(0), lit(1))))))),
          b -> Gradient.each(() -> b.g().mul(b.in(0).square().sub(1).rsqrt())));

  /// The inverse of `tanh`: `log1p(2 x / (1 - x)) / 2`.
  public static final Pointwise ATANH =
      op(
          "atanh",
          mul(lit(0.5), apply(ScalarOp.LOG1P, over(mul(lit(2), in(0)), minus(lit(1), in(0))))),
          b -> Gradient.each(() -> b.g().div(complement(b.in(0)))));

  // ---- powers ----

  /// The logarithm to base 2.
  public static final Pointwise LOG2 =
      op(
          "log2",
          over(apply(ScalarOp.LOG, in(0)), lit(LN2)),
          b -> Gradient.each(() -> b.g().div(b.in(0).mul(LN2))));

  /// The logarithm to base 10.
  public static final Pointwise LOG10 =
      op(
          "log10",
          over(apply(ScalarOp.LOG, in(0)), lit(LN10)),
          b -> Gradient.each(() -> b.g().div(b.in(0).mul(LN10))));

  /// `2^x`.
  public static final Pointwise EXP2 =
      op(
          "exp2",
          apply(ScalarOp.POW, lit(2), in(0)),
          b -> Gradient.each(() -> b.g().mul(b.out()).mul(LN2)));

  /// `log(e^x + e^y)` without overflow.
  public static final Pointwise LOGADDEXP =
      op(
          "logaddexp",
          select(
              apply(ScalarOp.EQ, in(0), in(1)),
              plus(in(0), lit(LN2)),
              plus(
                  apply(ScalarOp.MAX, in(0), in(1)),
                  apply(
                      ScalarOp.LOG1P,
                      apply(
                          ScalarOp.EXP,
                          apply(ScalarOp.NEG, apply(ScalarOp.ABS, minus(in(0), in(1)))))))),
          b ->
              Gradient.each(
                  () -> b.g().mul(b.in(0).sub(b.in(1)).sigmoid()),
                  () -> b.g().mul(b.in(1).sub(b.in(0)).sigmoid())));

  /// `sqrt(x^2 + y^2)` without overflow.
  public static final Pointwise HYPOT =
      op(
          "hypot",
          select(
              apply(ScalarOp.EQ, larger(), lit(0)),
              lit(0),
              mul(
                  larger(),
                  apply(
                      ScalarOp.SQRT,
                      plus(
                          mul(over(in(0), larger()), over(in(0), larger())),
                          mul(over(in(1), larger()), over(in(1), larger())))))),
          b ->
              Gradient.each(
                  () -> b.g().mul(b.in(0)).div(b.out()), () -> b.g().mul(b.in(1)).div(b.out())));

  /// `x log(y)`, 0 where x is 0.
  public static final Pointwise XLOGY =
      op(
          "xlogy",
          select(apply(ScalarOp.EQ, in(0), lit(0)), lit(0), mul(in(0), apply(ScalarOp.LOG, in(1)))),
          b ->
              Gradient.each(
                  () -> {
                    Tensor none = b.in(0).eq(0).logicalAnd(b.in(1).le(0));
                    return Tensor.where(none, 0, b.g().mul(b.in(1).log()));
                  },
                  () -> b.g().mul(b.in(0)).div(b.in(1))));

  // ---- remainders ----

  /// The part behind the point, with the sign of x.
  public static final Pointwise FRAC =
      op(
          "frac",
          Typing.PROMOTE,
          minus(in(0), apply(ScalarOp.TRUNC, in(0))),
          b -> Gradient.each(b::g));

  /// The remainder with the sign of x, as C's `fmod`.
  public static final Pointwise FMOD =
      op(
          "fmod",
          Typing.PROMOTE,
          mul(apply(ScalarOp.SIGN, in(0)), apply(ScalarOp.REMAINDER, size(0), size(1))),
          b -> Gradient.each(b::g, () -> b.g().mul(b.in(0).div(b.in(1)).trunc()).neg()));

  // ---- sums of products ----

  /// `x + value y z`. Operands x, y, z, value.
  public static final Pointwise ADDCMUL =
      op(
          "addcmul",
          Typing.PROMOTE,
          plus(in(0), mul(in(3), mul(in(1), in(2)))),
          b ->
              Gradient.each(
                  b::g,
                  () -> b.g().mul(b.in(2)).mul(b.in(3)),
                  () -> b.g().mul(b.in(1)).mul(b.in(3))));

  /// `x + value y / z`. Operands x, y, z, value.
  public static final Pointwise ADDCDIV =
      op(
          "addcdiv",
          plus(in(0), mul(in(3), over(in(1), in(2)))),
          b ->
              Gradient.each(
                  b::g,
                  () -> b.g().mul(b.in(3)).div(b.in(2)),
                  () -> b.g().mul(b.in(1)).mul(b.in(3)).div(b.in(2).square()).neg()));

  /// `x + weight (y - x)`. Operands x, y, weight.
  public static final Pointwise LERP =
      op(
          "lerp",
          plus(in(0), mul(in(2), minus(in(1), in(0)))),
          b ->
              Gradient.each(
                  () -> b.g().sub(b.g().mul(b.in(2))),
                  () -> b.g().mul(b.in(2)),
                  () -> b.g().mul(b.in(1).sub(b.in(0)))));

  /// Coefficients of Giles, "Approximating the erfinv function" (GPU Computing Gems, 2010), the highest power first: of `w - 2.5` where
  /// `w = -log(1 - x^2)` is below 5, of `sqrt(w) - 3` beyond.
  private static final double[] ERFINV_CENTRE = {
    2.81022636e-08,
    3.43273939e-07,
    -3.5233877e-06,
    -4.39150654e-06,
    0.00021858087,
    -0.00125372503,
    -0.00417768164,
    0.246640727,
    1.50140941
  };

  private static final double[] ERFINV_TAIL = {
    -0.000200214257,
    0.000100950558,
    0.00134934322,
    -0.00367342844,
    0.00573950773,
    -0.0076224613,
    0.00943887047,
    1.00167406,
    2.83297682
  };

  private FunctionOps() {}

  /// The inverse of the error function: Giles's approximation, which is as good as float32; for float64 two steps of Newton's method
  /// after it. Infinite at -1 and 1.
  ///
  /// @return the op
  public static OpDef erfinv() {
    return Composite.of(
        "erfinv",
        List.of(),
        in -> {
          DType dtype = in[0].dtype().isFloatingPoint() ? in[0].dtype() : DType.FLOAT32;
          Tensor x = in[0].to(dtype.bytes() == 2 ? DType.FLOAT32 : dtype);
          Tensor w = x.neg().add(1).mul(x.add(1)).log().neg();
          Tensor centre = polynomial(ERFINV_CENTRE, w.sub(2.5));
          Tensor tail = polynomial(ERFINV_TAIL, w.sqrt().sub(3));
          Tensor y = Tensor.where(w.lt(5), centre, tail).mul(x);
          for (int step = 0; step < 2 && dtype == DType.FLOAT64; step++) {
            Tensor slope = y.square().neg().exp().mul(2 / Math.sqrt(Math.PI));
            y = y.sub(y.erf().sub(x).div(slope));
          }
          return Tensor.where(x.abs().eq(1), x.mul(Double.POSITIVE_INFINITY), y).to(dtype);
        },
        b -> Gradient.each(() -> b.g().mul(b.out().square().exp()).mul(Math.sqrt(Math.PI) / 2)));
  }

  private static Tensor polynomial(double[] coefficients, Tensor x) {
    Tensor sum = x.mul(coefficients[0]).add(coefficients[1]);
    for (int i = 2; i < coefficients.length; i++) {
      sum = sum.mul(x).add(coefficients[i]);
    }
    return sum;
  }

  /// `1 - x^2` under a root.
  private static Expr complement() {
    return apply(ScalarOp.SQRT, mul(minus(lit(1), in(0)), plus(lit(1), in(0))));
  }

  private static Tensor complement(Tensor x) {
    return x.neg().add(1).mul(x.add(1));
  }

  private static Tensor squares(Gradient.Backward b) {
    return b.in(0).square().add(b.in(1).square());
  }

  private static Expr grown() {
    return apply(ScalarOp.EXPM1, size(0));
  }

  private static Expr size(int operand) {
    return apply(ScalarOp.ABS, in(operand));
  }

  private static Expr larger() {
    return apply(ScalarOp.MAX, size(0), size(1));
  }

  private static Expr plus(Expr x, Expr y) {
    return apply(ScalarOp.ADD, x, y);
  }

  private static Expr minus(Expr x, Expr y) {
    return apply(ScalarOp.SUB, x, y);
  }

  private static Expr mul(Expr x, Expr y) {
    return apply(ScalarOp.MUL, x, y);
  }

  private static Expr over(Expr x, Expr y) {
    return apply(ScalarOp.DIV, x, y);
  }

  private static Expr select(Expr condition, Expr x, Expr y) {
    return apply(ScalarOp.SELECT, condition, x, y);
  }

  /// Every function of this table.
  ///
  /// @return the table
  static List<Pointwise> all() {
    return List.copyOf(ALL);
  }

  private static Pointwise op(String name, Expr body, Gradient gradient) {
    return op(name, Typing.FLOAT, body, gradient);
  }

  private static Pointwise op(String name, Typing typing, Expr body, Gradient gradient) {
    Pointwise op = new Pointwise(name, typing, body, gradient);
    ALL.add(op);
    return op;
  }
}
