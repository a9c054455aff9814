package dev.javelin.conformance;

import static dev.javelin.conformance.Domain.DISTINCT;
import static dev.javelin.conformance.Domain.NONZERO;
import static dev.javelin.conformance.Domain.POSITIVE;
import static dev.javelin.conformance.Domain.REAL;
import static dev.javelin.conformance.Domain.SMOOTH;

import dev.javelin.Tensor;
import dev.javelin.autograd.Pointwise;
import dev.javelin.kernels.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BinaryOperator;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongUnaryOperator;
import java.util.function.UnaryOperator;

/// The rarer elementwise functions, and functions that change their tensor.
final class FunctionSamples {
  private static final List<DType> FEW = List.of(DType.FLOAT32, DType.FLOAT64);
  private static final Domain INSIDE = Domain.between(-0.9, 0.9);

  private static final Pointwise MISH =
      Pointwise.define("mish", x -> x.mul(x.exp().add(1).log().tanh()));
  private static final Pointwise MISH_TIMES =
      Pointwise.define("mish_times", (x, y) -> x.mul(x.exp().add(1).log().tanh()).mul(y));

  private FunctionSamples() {}

  static List<OpSample> all() {
    List<OpSample> rows = new ArrayList<>();
    unary(rows);
    special(rows);
    erfinv(rows);
    binary(rows);
    ternary(rows);
    bits(rows);
    inPlace(rows);
    defined(rows);
    return rows;
  }

  private static void erfinv(List<OpSample> rows) {
    rows.add(
        one("erfinv", Tensor::erfinv, Series::erfinv, INSIDE)
            .covering("FunctionOps.erfinv", "Tensor.erfinv")
            .types(OpSample.FLOATS)
            .within(Tolerance.STEPS)
            .smooth(Cases.each(INSIDE, new int[] {4})));
    rows.add(
        one(
                "erfinv at the ends",
                Tensor::erfinv,
                x -> x == 0 ? 0 : Math.abs(x) == 1 ? x * Double.POSITIVE_INFINITY : Double.NaN,
                Domain.fixed(-1, 1, 0, 1.5))
            .within(Tolerance.STEPS));
  }

  /// What users define by an expression.
  private static void defined(List<OpSample> rows) {
    rows.add(
        one("Pointwise mish", MISH::apply, FunctionSamples::mish, REAL)
            .smooth(Cases.each(SMOOTH, new int[] {4})));
    rows.add(
        OpSample.of(
                "Pointwise of two",
                in -> MISH_TIMES.apply(in[0], in[1]),
                in -> in[0].zip(in[1], (x, y) -> mish(x) * y))
            .types(FEW)
            .on(
                List.of(
                    List.of(Input.of(REAL, 33), Input.of(REAL, 33)),
                    List.of(Input.of(REAL, 3, 1), Input.of(REAL, 1, 4))))
            .smooth(Cases.smoothBinary(SMOOTH, SMOOTH)));
  }

  private static double mish(double x) {
    return x * Math.tanh(Math.log(Math.exp(x) + 1));
  }

  private static OpSample one(
      String name, UnaryOperator<Tensor> call, DoubleUnaryOperator reference, Domain domain) {
    return OpSample.of(name, in -> call.apply(in[0]), in -> in[0].map(reference))
        .types(FEW)
        .on(Cases.each(domain, new int[] {33}, new int[] {}));
  }

  private static void unary(
      List<OpSample> rows,
      String name,
      UnaryOperator<Tensor> call,
      DoubleUnaryOperator reference,
      Domain domain) {
    rows.add(
        one(name, call, reference, domain)
            .covering("FunctionOps." + name.toUpperCase(Locale.ROOT), "Tensor." + name)
            .types(List.of(DType.FLOAT32, DType.FLOAT64, DType.FLOAT16))
            .smooth(Cases.each(domain, new int[] {4})));
  }

  private static double asinh(double x) {
    double a = Math.abs(x);
    return Math.signum(x) * Math.log(a + Math.sqrt(a * a + 1));
  }

  private static void unary(List<OpSample> rows) {
    unary(rows, "asin", Tensor::asin, Math::asin, INSIDE);
    unary(rows, "acos", Tensor::acos, Math::acos, INSIDE);
    unary(rows, "sinh", Tensor::sinh, Math::sinh, REAL);
    unary(rows, "cosh", Tensor::cosh, Math::cosh, REAL);
    unary(rows, "asinh", Tensor::asinh, FunctionSamples::asinh, REAL);
    unary(
        rows,
        "acosh",
        Tensor::acosh,
        x -> Math.log(x + Math.sqrt(x * x - 1)),
        Domain.between(1.5, 9));
    unary(rows, "atanh", Tensor::atanh, x -> 0.5 * Math.log((1 + x) / (1 - x)), INSIDE);
    unary(rows, "log2", Tensor::log2, x -> Math.log(x) / Math.log(2), POSITIVE);
    unary(rows, "log10", Tensor::log10, Math::log10, POSITIVE);
    unary(rows, "exp2", Tensor::exp2, x -> Math.pow(2, x), REAL);
    unary(rows, "frac", Tensor::frac, x -> x - (long) x, SMOOTH);
    rows.add(
        one("logit", Tensor::logit, x -> Math.log(x / (1 - x)), Domain.between(0.1, 0.9))
            .covering("Tensor.logit")
            .smooth(Cases.each(Domain.between(0.1, 0.9), new int[] {3})));
    rows.add(
        one(
            "asinh of large",
            x -> x.asinh(),
            FunctionSamples::asinh,
            Domain.fixed(1e20, -1e30, 0)));
    rows.add(one("sinh of large", x -> x.sinh(), Math::sinh, Domain.fixed(-80, 80, 1e-6)));
  }

  private static void special(List<OpSample> rows) {
    double inf = Double.POSITIVE_INFINITY;
    Domain special = Domain.fixed(1, Double.NaN, inf, -inf, 0);
    rows.add(
        one("isinf", Tensor::isinf, x -> Double.isInfinite(x) ? 1 : 0, special)
            .covering("Tensor.isinf")
            .types(List.of(DType.FLOAT32, DType.FLOAT16))
            .giving(OpSample::truth));
    rows.add(
        one("isfinite", Tensor::isfinite, x -> Double.isFinite(x) ? 1 : 0, special)
            .covering("Tensor.isfinite")
            .types(List.of(DType.FLOAT32, DType.FLOAT64))
            .giving(OpSample::truth));
    rows.add(
        one(
                "nan_to_num",
                x -> x.nanToNum(7),
                x ->
                    Double.isNaN(x)
                        ? 7
                        : Double.isInfinite(x) ? Math.signum(x) * Float.MAX_VALUE : x,
                special)
            .covering("Tensor.nanToNum")
            .types(List.of(DType.FLOAT32))
            .within(Tolerance.EXACT)
            .smooth(Cases.each(REAL, new int[] {3})));
    rows.add(
        OpSample.of(
                "isclose",
                in -> in[0].isclose(in[1], 0.1, 0.01),
                in ->
                    in[0].zip(
                        in[1],
                        (x, y) ->
                            x == y
                                    || Double.isFinite(y)
                                        && Math.abs(x - y) <= 0.01 + 0.1 * Math.abs(y)
                                ? 1
                                : 0))
            .covering("LogicOps.isclose", "Tensor.isclose")
            .types(FEW)
            .giving(OpSample::truth)
            .with(
                Input.of(Domain.fixed(1, 2, inf, inf, 0, 5, -inf), 7),
                Input.of(Domain.fixed(1.05, 2.5, inf, 1, 0.005, inf, inf), 7)));
  }

  private static OpSample two(
      String name,
      BinaryOperator<Tensor> call,
      DoubleBinaryOperator reference,
      Domain first,
      Domain second) {
    return OpSample.of(name, in -> call.apply(in[0], in[1]), in -> in[0].zip(in[1], reference))
        .types(FEW)
        .on(
            List.of(
                List.of(Input.of(first, 3, 7), Input.of(second, 3, 7)),
                List.of(Input.of(first, 3, 1), Input.of(second, 4))))
        .smooth(List.of(List.of(Input.of(first, 2, 2), Input.of(second, 2))));
  }

  private static void binary(List<OpSample> rows) {
    rows.add(
        two("atan2", Tensor::atan2, Math::atan2, NONZERO, NONZERO)
            .covering("FunctionOps.ATAN2", "Tensor.atan2"));
    rows.add(
        two("hypot", Tensor::hypot, Math::hypot, NONZERO, REAL)
            .covering("FunctionOps.HYPOT", "Tensor.hypot"));
    rows.add(
        two(
                "logaddexp",
                Tensor::logaddexp,
                (x, y) -> Math.log(Math.exp(x) + Math.exp(y)),
                REAL,
                REAL)
            .covering("FunctionOps.LOGADDEXP", "Tensor.logaddexp"));
    rows.add(
        two("xlogy", Tensor::xlogy, (x, y) -> x == 0 ? 0 : x * Math.log(y), REAL, POSITIVE)
            .covering("FunctionOps.XLOGY", "Tensor.xlogy"));
    rows.add(
        two("fmod", Tensor::fmod, (x, y) -> x % y, Domain.fixed(5.3, -5.3, 7.9, -0.4), NONZERO)
            .covering("FunctionOps.FMOD", "Tensor.fmod")
            .types(List.of(DType.FLOAT32, DType.FLOAT64, DType.INT32)));
    rows.add(
        one("fmod(2)", x -> x.fmod(2), x -> x % 2, Domain.fixed(5, -5, 7, -2))
            .types(List.of(DType.FLOAT32, DType.INT64))
            .within(Tolerance.EXACT));
  }

  private static List<Input> three(Domain last) {
    return List.of(Input.of(REAL, 3, 4), Input.of(REAL, 4), Input.of(last, 3, 1));
  }

  private static void ternary(List<OpSample> rows) {
    rows.add(
        OpSample.of(
                "addcmul",
                in -> in[0].addcmul(in[1], in[2], 0.5),
                in -> in[0].plus(in[1].times(in[2]).times(0.5)))
            .covering("FunctionOps.ADDCMUL", "Tensor.addcmul")
            .types(FEW)
            .on(List.of(three(REAL)))
            .smooth());
    rows.add(
        OpSample.of(
                "addcdiv",
                in -> in[0].addcdiv(in[1], in[2], 0.5),
                in -> in[0].plus(in[1].over(in[2]).times(0.5)))
            .covering("FunctionOps.ADDCDIV", "Tensor.addcdiv")
            .types(FEW)
            .on(List.of(three(NONZERO)))
            .smooth());
    rows.add(
        OpSample.of(
                "lerp of a tensor",
                in -> in[0].lerp(in[1], in[2]),
                in -> in[0].plus(in[1].minus(in[0]).times(in[2])))
            .covering("FunctionOps.LERP", "Tensor.lerp")
            .types(FEW)
            .on(List.of(three(REAL)))
            .smooth());
    rows.add(two("lerp", (x, y) -> x.lerp(y, 0.25), (x, y) -> x + 0.25 * (y - x), REAL, REAL));
    rows.add(
        OpSample.of(
                "clamp to tensors",
                in -> in[0].clamp(in[1], in[2]),
                in ->
                    Nd.build(
                        in[0].shape(),
                        i -> Math.min(Math.max(in[0].at(i), in[1].at(i)), in[2].at(i))))
            .types(FEW)
            .with(
                Input.of(DISTINCT, 3, 4),
                Input.of(Domain.between(-1.5, -0.5), 4),
                Input.of(Domain.between(0.5, 1.5), 3, 1))
            .smooth());
  }

  private static void bits(List<OpSample> rows) {
    record Kind(String name, UnaryOperator<Tensor> call, LongUnaryOperator f) {}
    for (Kind kind :
        List.of(
            new Kind("bitwiseNot", Tensor::bitwiseNot, x -> ~x),
            new Kind("bitwiseAnd", x -> x.bitwiseAnd(6), x -> x & 6),
            new Kind("bitwiseOr", x -> x.bitwiseOr(6), x -> x | 6),
            new Kind("bitwiseXor", x -> x.bitwiseXor(6), x -> x ^ 6),
            new Kind("bitwiseLeftShift", x -> x.bitwiseLeftShift(3), x -> x << 3),
            new Kind("bitwiseRightShift", x -> x.bitwiseRightShift(2), x -> x >> 2))) {
      rows.add(
          one(
                  kind.name(),
                  kind.call(),
                  x -> kind.f().applyAsLong((long) x),
                  Domain.between(-15, 15))
              .covering("Tensor." + kind.name(), "LogicOps.shift")
              .types(List.of(DType.INT64, DType.INT8))
              .within(Tolerance.EXACT));
    }
  }

  // ---- in place ----

  private static void inPlace(
      List<OpSample> rows,
      String name,
      UnaryOperator<Tensor> call,
      DoubleUnaryOperator reference,
      Domain domain) {
    rows.add(
        OpSample.of(name + "_", in -> call.apply(in[0].clone()), in -> in[0].map(reference))
            .covering("Tensor." + name + "_")
            .types(List.of(DType.FLOAT32))
            .on(Cases.each(domain, new int[] {5, 7}))
            .smooth(Cases.each(domain, new int[] {3})));
  }

  private static void inPlace(List<OpSample> rows) {
    inPlace(rows, "neg", Tensor::neg_, x -> -x, REAL);
    inPlace(rows, "abs", Tensor::abs_, Math::abs, NONZERO);
    inPlace(rows, "exp", Tensor::exp_, Math::exp, REAL);
    inPlace(rows, "log", Tensor::log_, Math::log, POSITIVE);
    inPlace(rows, "sqrt", Tensor::sqrt_, Math::sqrt, POSITIVE);
    inPlace(rows, "rsqrt", Tensor::rsqrt_, x -> 1 / Math.sqrt(x), POSITIVE);
    inPlace(rows, "square", Tensor::square_, x -> x * x, REAL);
    inPlace(rows, "reciprocal", Tensor::reciprocal_, x -> 1 / x, NONZERO);
    inPlace(rows, "sin", Tensor::sin_, Math::sin, REAL);
    inPlace(rows, "cos", Tensor::cos_, Math::cos, REAL);
    inPlace(rows, "tanh", Tensor::tanh_, Math::tanh, REAL);
    inPlace(rows, "sigmoid", Tensor::sigmoid_, x -> 1 / (1 + Math.exp(-x)), REAL);
    inPlace(rows, "floor", Tensor::floor_, Math::floor, SMOOTH);
    inPlace(rows, "ceil", Tensor::ceil_, Math::ceil, SMOOTH);
    inPlace(rows, "round", Tensor::round_, Math::rint, SMOOTH);
    inPlace(rows, "trunc", Tensor::trunc_, x -> (double) (long) x, SMOOTH);
    inPlace(rows, "sign", Tensor::sign_, Math::signum, NONZERO);
    inPlace(rows, "pow", x -> x.pow_(3), x -> x * x * x, REAL);
    inPlace(rows, "remainder", x -> x.remainder_(2), x -> x - 2 * Math.floor(x / 2), SMOOTH);
    inPlace(rows, "clamp", x -> x.clamp_(-1, 1), x -> Math.clamp(x, -1, 1), DISTINCT);
    inPlace(rows, "clampMin", x -> x.clampMin_(0.01), x -> Math.max(x, 0.01), DISTINCT);
    inPlace(rows, "clampMax", x -> x.clampMax_(0.01), x -> Math.min(x, 0.01), DISTINCT);
    rows.add(
        one("floorDivide_", x -> x.clone().floorDivide_(2), x -> Math.floor(x / 2), REAL)
            .covering("Tensor.floorDivide_")
            .types(List.of(DType.FLOAT32, DType.INT64)));
    rows.add(
        two("lerp_", (x, y) -> x.clone().lerp_(y, 0.25), (x, y) -> x + 0.25 * (y - x), REAL, REAL)
            .covering("Tensor.lerp_")
            .types(List.of(DType.FLOAT32))
            .on(List.of(List.of(Input.of(REAL, 3, 7), Input.of(REAL, 7)))));
    rows.add(
        OpSample.of(
                "addcmul_ and addcdiv_",
                in -> in[0].clone().addcmul_(in[1], in[2], 2).addcdiv_(in[1], in[2], 3),
                in -> in[0].plus(in[1].times(in[2]).times(2)).plus(in[1].over(in[2]).times(3)))
            .covering("Tensor.addcmul_", "Tensor.addcdiv_")
            .types(List.of(DType.FLOAT32))
            .within(Tolerance.STEPS)
            .on(List.of(three(NONZERO)))
            .smooth());
  }
}
