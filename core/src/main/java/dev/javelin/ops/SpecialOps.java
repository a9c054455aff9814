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
import java.util.function.UnaryOperator;

/// Elementwise functions of numbers as they are stored (signs, NaN, steps), and the gamma function's relatives.
public final class SpecialOps {
  private static final List<Pointwise> ALL = new ArrayList<>();

  // ---- signs, NaN, steps ----

  /// The larger; the other one where one is NaN.
  public static final Pointwise FMAX = choice("fmax", ScalarOp.MAX, Tensor::ge);

  /// The smaller; the other one where one is NaN.
  public static final Pointwise FMIN = choice("fmin", ScalarOp.MIN, Tensor::le);

  /// `|x|` with the sign of y; -0 counts as negative.
  public static final Pointwise COPYSIGN =
      op(
          "copysign",
          Typing.FLOAT,
          apply(
              ScalarOp.SELECT,
              negative(in(1)),
              apply(ScalarOp.NEG, apply(ScalarOp.ABS, in(0))),
              apply(ScalarOp.ABS, in(0))),
          b ->
              Gradient.each(
                  () ->
                      Tensor.where(
                          b.in(0).eq(0), 0, b.g().mul(b.in(0).sign()).mul(b.out().sign()))));

  /// 0 where x is negative, 1 where it is positive, y where it is 0.
  public static final Pointwise HEAVISIDE =
      op(
          "heaviside",
          Typing.PROMOTE,
          apply(
              ScalarOp.SELECT,
              apply(ScalarOp.EQ, in(0), lit(0)),
              in(1),
              apply(ScalarOp.SELECT, apply(ScalarOp.GT, in(0), lit(0)), lit(1), lit(0))),
          Gradient.NONE);

  /// Whether the sign is minus, that of 0 included.
  public static final Pointwise SIGNBIT =
      op("signbit", Typing.PREDICATE, negative(in(0)), Gradient.NONE);

  /// Degrees to radians.
  public static final Pointwise DEG2RAD = scale("deg2rad", Math.PI / 180);

  /// Radians to degrees.
  public static final Pointwise RAD2DEG = scale("rad2deg", 180 / Math.PI);

  /// `B_2k / (2k (2k - 1))` for k = 1, 2 ...: Stirling's series of `log(gamma)` (Abramowitz and Stegun, 6.1.40).
  private static final double[] STIRLING = {
    1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188, -691.0 / 360360, 1.0 / 156
  };

  private SpecialOps() {}

  /// `sin(pi x) / (pi x)`, 1 at 0; near 0 by its series, so that derivatives are right there, too.
  ///
  /// @return the op
  public static OpDef sinc() {
    return Composite.derived(
        "sinc",
        List.of(),
        1,
        in -> {
          Tensor x = in[0].mul(Math.PI);
          Tensor near = x.abs().lt(1e-2);
          Tensor square = x.mul(x);
          Tensor series =
              square.mul(square.mul(square.mul(-1.0 / 5040).add(1.0 / 120)).sub(1.0 / 6)).add(1);
          Tensor safe = Tensor.where(near, 1, x);
          return Tensor.where(near, series, safe.sin().div(safe));
        });
  }

  /// `log |gamma(x)|`.
  ///
  /// @return the op
  public static OpDef lgamma() {
    return real(
        "lgamma",
        x -> {
          Tensor low = x.lt(0.5);
          // Reflected: gamma(x) gamma(1 - x) = pi / sin(pi x).
          Tensor value = logGamma(Tensor.where(low, x.neg().add(1), x));
          Tensor sine = Tensor.where(low, x.sub(x.round()), 0.5).mul(Math.PI).sin().abs();
          return Tensor.where(low, sine.log().neg().add(Math.log(Math.PI)).sub(value), value);
        });
  }

  /// `log(gamma(x))` for x of at least a half.
  private static Tensor logGamma(Tensor x) {
    int shift = shift(x);
    Tensor small = x.lt(shift);
    Tensor below = Tensor.where(small, x, 1);
    Tensor product = below;
    for (int i = 1; i < shift; i++) {
      product = product.mul(below.add(i));
    }
    Tensor large = Tensor.where(small, x.add(shift), x);
    Tensor square = large.mul(large).reciprocal();
    Tensor series = Tensor.zerosLike(x);
    for (int k = STIRLING.length - 1; k >= 0; k--) {
      series = series.mul(square).add(STIRLING[k]);
    }
    // (x - 1/2) log x - x + log(2 pi) / 2, so that an infinite x gives no inf - inf.
    Tensor stirling =
        large
            .sub(0.5)
            .mul(large.log().sub(1))
            .add(Math.log(2 * Math.PI) / 2 - 0.5)
            .add(series.div(large));
    return stirling.sub(Tensor.where(small, product.log(), 0));
  }

  /// The derivative of `log(gamma(x))`.
  ///
  /// @return the op
  public static OpDef digamma() {
    return real(
        "digamma",
        x -> {
          Tensor low = x.lt(0.5);
          Tensor value = psi(Tensor.where(low, x.neg().add(1), x));
          // Reflected: psi(x) = psi(1 - x) - pi / tan(pi x).
          Tensor angle = Tensor.where(low, x.sub(x.round()), 0.25).mul(Math.PI);
          return Tensor.where(low, value.sub(angle.tan().reciprocal().mul(Math.PI)), value);
        });
  }

  /// The digamma function for x of at least a half.
  private static Tensor psi(Tensor x) {
    int shift = shift(x);
    Tensor small = x.lt(shift);
    Tensor below = Tensor.where(small, x, 1);
    Tensor sum = below.reciprocal();
    for (int i = 1; i < shift; i++) {
      sum = sum.add(below.add(i).reciprocal());
    }
    Tensor large = Tensor.where(small, x.add(shift), x);
    Tensor square = large.mul(large).reciprocal();
    Tensor series = Tensor.zerosLike(x);
    for (int k = STIRLING.length - 1; k >= 0; k--) {
      series = series.mul(square).add(STIRLING[k] * (2 * k + 1));
    }
    Tensor value = large.log().sub(large.reciprocal().mul(0.5)).sub(series.mul(square));
    return value.sub(Tensor.where(small, sum, 0));
  }

  /// From where on Stirling's series is exact to the last digits; more would cost float32 some of its own.
  private static int shift(Tensor x) {
    return x.dtype() == DType.FLOAT64 ? 10 : 3;
  }

  /// A function of real numbers that is computed in float32 or float64.
  private static OpDef real(String name, UnaryOperator<Tensor> body) {
    return Composite.derived(
        name,
        List.of(),
        1,
        in -> {
          DType dtype = in[0].dtype().isFloatingPoint() ? in[0].dtype() : DType.FLOAT32;
          Tensor x = in[0].to(dtype.bytes() == 2 ? DType.FLOAT32 : dtype);
          return body.apply(x).to(dtype);
        });
  }

  /// Negative, or -0, whose reciprocal is negative.
  private static Expr negative(Expr x) {
    return apply(
        ScalarOp.SELECT,
        apply(ScalarOp.EQ, x, lit(0)),
        apply(ScalarOp.LT, apply(ScalarOp.DIV, lit(1), x), lit(0)),
        apply(ScalarOp.LT, x, lit(0)));
  }

  /// The side that a comparison chooses.
  @FunctionalInterface
  private interface Wins {
    Tensor of(Tensor x, Tensor y);
  }

  private static Pointwise choice(String name, ScalarOp fold, Wins wins) {
    Expr isNan = apply(ScalarOp.NE, in(0), in(0));
    Expr otherIsNan = apply(ScalarOp.NE, in(1), in(1));
    return op(
        name,
        Typing.PROMOTE,
        apply(
            ScalarOp.SELECT,
            isNan,
            in(1),
            apply(ScalarOp.SELECT, otherIsNan, in(0), apply(fold, in(0), in(1)))),
        b ->
            Gradient.each(
                () -> Tensor.where(first(b, wins), b.g(), 0),
                () -> Tensor.where(first(b, wins), 0, b.g())));
  }

  private static Tensor first(Gradient.Backward b, Wins wins) {
    return wins.of(b.in(0), b.in(1)).logicalOr(b.in(1).isnan());
  }

  private static Pointwise scale(String name, double factor) {
    return op(
        name,
        Typing.FLOAT,
        apply(ScalarOp.MUL, in(0), lit(factor)),
        b -> Gradient.each(() -> b.g().mul(factor)));
  }

  /// Every constant of this table.
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
}
