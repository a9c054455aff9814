package dev.javelin.conformance;

import static dev.javelin.conformance.Domain.BOOLS;
import static dev.javelin.conformance.Domain.DISTINCT;
import static dev.javelin.conformance.Domain.NONZERO;
import static dev.javelin.conformance.Domain.POSITIVE;
import static dev.javelin.conformance.Domain.REAL;
import static dev.javelin.conformance.Domain.SMOOTH;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.ops.LogicOps;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;

/// The elementwise ops that have a method.
final class PointwiseSamples {
  private static final List<DType> BITS =
      OpSample.ALL.stream().filter(dtype -> !dtype.isFloatingPoint()).toList();

  private PointwiseSamples() {}

  static List<OpSample> all() {
    List<OpSample> rows = new ArrayList<>();
    arithmetic(rows);
    functions(rows);
    comparisons(rows);
    return rows;
  }

  private static OpSample unary(
      String constant,
      UnaryOperator<Tensor> call,
      DoubleUnaryOperator reference,
      Domain domain,
      String method) {
    return OpSample.of(
            constant.toLowerCase(java.util.Locale.ROOT),
            in -> call.apply(in[0]),
            in -> in[0].map(reference))
        .covering("PointwiseOps." + constant, "Tensor." + method)
        .on(Cases.unary(domain));
  }

  private static OpSample binary(
      String constant,
      BinaryOperator<Tensor> call,
      DoubleBinaryOperator reference,
      Domain first,
      Domain second,
      String method) {
    return OpSample.of(
            constant.toLowerCase(java.util.Locale.ROOT),
            in -> call.apply(in[0], in[1]),
            in -> in[0].zip(in[1], reference))
        .covering("PointwiseOps." + constant, "Tensor." + method)
        .on(Cases.binary(first, second));
  }

  private static void arithmetic(List<OpSample> rows) {
    rows.add(
        binary("ADD", Tensor::add, Double::sum, REAL, REAL, "add")
            .types(OpSample.ALL)
            .within(Tolerance.EXACT)
            .smooth(Cases.smoothBinary(REAL, REAL)));
    rows.add(
        binary("SUB", Tensor::sub, (x, y) -> x - y, REAL, REAL, "sub")
            .types(OpSample.NUMBERS)
            .within(Tolerance.EXACT)
            .smooth(Cases.smoothBinary(REAL, REAL)));
    rows.add(
        binary("MUL", Tensor::mul, (x, y) -> x * y, REAL, REAL, "mul")
            .types(OpSample.ALL)
            .within(Tolerance.EXACT)
            .smooth(Cases.smoothBinary(REAL, REAL)));
    rows.add(
        binary("DIV", Tensor::div, (x, y) -> x / y, REAL, NONZERO, "div")
            .types(OpSample.NUMBERS)
            .giving(OpSample::real)
            .within(Tolerance.EXACT)
            .smooth(Cases.smoothBinary(REAL, NONZERO)));
    rows.add(
        binary(
                "REMAINDER",
                Tensor::remainder,
                PointwiseSamples::remainder,
                REAL,
                NONZERO,
                "remainder")
            .types(OpSample.NUMBERS)
            .within(new Tolerance(1, 1))
            .smooth(Cases.smoothBinary(Domain.fixed(2.3, -1.2, 3.9, 0.4), Domain.fixed(0.7, 1.1))));
    rows.add(
        binary(
                "FLOOR_DIVIDE",
                Tensor::floorDivide,
                (x, y) -> Math.floor(x / y),
                REAL,
                NONZERO,
                "floorDivide")
            .types(OpSample.NUMBERS)
            .within(Tolerance.EXACT));
    rows.add(
        binary("POW", Tensor::pow, Math::pow, POSITIVE, REAL, "pow")
            .smooth(Cases.smoothBinary(POSITIVE, SMOOTH)));
    rows.add(
        binary(
                "POW",
                Tensor::pow,
                Math::pow,
                Domain.between(-2.4, 2.4),
                Domain.fixed(2, 3, 0, 1),
                "pow")
            .types(OpSample.NUMBERS));
    rows.add(number("pow(2)", x -> x.pow(2), x -> x * x, REAL, REAL));
    rows.add(number("pow(-1.5)", x -> x.pow(-1.5), x -> Math.pow(x, -1.5), POSITIVE, POSITIVE));
    rows.add(number("pow(0.5)", x -> x.pow(0.5), Math::sqrt, POSITIVE, POSITIVE));
    rows.add(number("add(2.5)", x -> x.add(2.5), x -> x + 2.5, REAL, REAL));
    rows.add(number("sub(0.75)", x -> x.sub(0.75), x -> x - 0.75, REAL, REAL));
    rows.add(number("mul(-1.5)", x -> x.mul(-1.5), x -> x * -1.5, REAL, REAL));
    rows.add(number("div(3)", x -> x.div(3), x -> x / 3, REAL, REAL));
    rows.add(number("maximum(0.25)", x -> x.maximum(0.25), x -> Math.max(x, 0.25), REAL, NONZERO));
    rows.add(number("minimum(0.25)", x -> x.minimum(0.25), x -> Math.min(x, 0.25), REAL, NONZERO));
    rows.add(number("remainder(2)", x -> x.remainder(2), x -> remainder(x, 2), REAL, SMOOTH));
    rows.add(
        unary("NEG", Tensor::neg, x -> -x, REAL, "neg")
            .types(OpSample.NUMBERS)
            .within(Tolerance.EXACT)
            .smooth(Cases.smoothUnary(REAL)));
    rows.add(
        unary("ABS", Tensor::abs, Math::abs, REAL, "abs")
            .types(OpSample.NUMBERS)
            .within(Tolerance.EXACT)
            .smooth(Cases.smoothUnary(NONZERO)));
    rows.add(flat("SIGN", Tensor::sign, Math::signum, "sign"));
    rows.add(flat("FLOOR", Tensor::floor, Math::floor, "floor"));
    rows.add(flat("CEIL", Tensor::ceil, Math::ceil, "ceil"));
    rows.add(flat("ROUND", Tensor::round, Math::rint, "round"));
    rows.add(flat("TRUNC", Tensor::trunc, x -> x < 0 ? Math.ceil(x) : Math.floor(x), "trunc"));
    rows.add(
        unary("RECIPROCAL", Tensor::reciprocal, x -> 1 / x, NONZERO, "reciprocal")
            .types(OpSample.NUMBERS)
            .giving(OpSample::real)
            .within(Tolerance.EXACT)
            .smooth(Cases.smoothUnary(NONZERO)));
    rows.add(
        unary("SQUARE", Tensor::square, x -> x * x, REAL, "square")
            .types(OpSample.NUMBERS)
            .within(Tolerance.EXACT)
            .smooth(Cases.smoothUnary(REAL)));
    rows.add(
        unary("CLONE", Tensor::clone, x -> x, REAL, "clone")
            .types(OpSample.ALL)
            .within(Tolerance.EXACT)
            .smooth(Cases.smoothUnary(REAL)));
  }

  private static OpSample number(
      String name,
      UnaryOperator<Tensor> call,
      DoubleUnaryOperator reference,
      Domain domain,
      Domain smooth) {
    return OpSample.of(name, in -> call.apply(in[0]), in -> in[0].map(reference))
        .on(Cases.each(domain, new int[] {13}, new int[] {2, 3}, new int[] {}))
        .smooth(Cases.smoothUnary(smooth));
  }

  private static OpSample flat(
      String constant, UnaryOperator<Tensor> call, DoubleUnaryOperator reference, String method) {
    return unary(constant, call, reference, REAL, method)
        .types(OpSample.NUMBERS)
        .within(Tolerance.EXACT)
        .smooth(Cases.smoothUnary(SMOOTH));
  }

  static double remainder(double x, double y) {
    double rest = x % y;
    return rest != 0 && rest < 0 != y < 0 ? rest + y : rest;
  }

  private static void functions(List<OpSample> rows) {
    function(rows, "EXP", Tensor::exp, Math::exp, Domain.between(-20, 9), "exp");
    function(rows, "EXPM1", Tensor::expm1, Math::expm1, Domain.between(-2, 2), "expm1");
    function(rows, "LOG", Tensor::log, Math::log, Domain.between(0.01, 900), "log");
    function(rows, "LOG1P", Tensor::log1p, Math::log1p, Domain.between(-0.9, 3), "log1p");
    function(rows, "SQRT", Tensor::sqrt, Math::sqrt, Domain.between(0.01, 900), "sqrt");
    function(
        rows, "RSQRT", Tensor::rsqrt, x -> 1 / Math.sqrt(x), Domain.between(0.05, 90), "rsqrt");
    function(rows, "SIN", Tensor::sin, Math::sin, Domain.between(-9, 9), "sin");
    function(rows, "COS", Tensor::cos, Math::cos, Domain.between(-9, 9), "cos");
    function(rows, "TAN", Tensor::tan, Math::tan, Domain.between(-1.3, 1.3), "tan");
    function(rows, "ATAN", Tensor::atan, Math::atan, Domain.between(-9, 9), "atan");
    function(rows, "TANH", Tensor::tanh, Math::tanh, Domain.between(-5, 5), "tanh");
    function(rows, "ERF", Tensor::erf, Series::erf, Domain.between(-4, 4), "erf");
    function(
        rows,
        "SIGMOID",
        Tensor::sigmoid,
        x -> 1 / (1 + Math.exp(-x)),
        Domain.between(-20, 20),
        "sigmoid");
  }

  private static void function(
      List<OpSample> rows,
      String constant,
      UnaryOperator<Tensor> call,
      DoubleUnaryOperator reference,
      Domain domain,
      String method) {
    Domain small =
        (random, n) -> {
          double[] values = domain.draw(random, n);
          for (int i = 0; i < n; i++) {
            values[i] = values[i] / (1 + 0.3 * Math.abs(values[i]));
          }
          return values;
        };
    rows.add(
        unary(constant, call, reference, domain, method)
            .within(constant.equals("ERF") ? Tolerance.SINGLE : Tolerance.FUNCTION)
            .smooth(Cases.smoothUnary(small)));
    boolean integers = constant.equals("RSQRT") || constant.equals("LOG");
    rows.add(
        OpSample.of(
                constant.toLowerCase(java.util.Locale.ROOT) + " of integers",
                in -> call.apply(in[0]),
                in -> in[0].map(reference))
            .types(OpSample.INTEGERS)
            .giving(OpSample::real)
            .on(Cases.each(integers ? POSITIVE : Domain.between(0, 4), new int[] {9})));
  }

  private static void comparisons(List<OpSample> rows) {
    compare(rows, "EQ", Tensor::eq, (x, y) -> x == y ? 1 : 0, "eq");
    compare(rows, "NE", Tensor::ne, (x, y) -> x != y ? 1 : 0, "ne");
    compare(rows, "LT", Tensor::lt, (x, y) -> x < y ? 1 : 0, "lt");
    compare(rows, "LE", Tensor::le, (x, y) -> x <= y ? 1 : 0, "le");
    compare(rows, "GT", Tensor::gt, (x, y) -> x > y ? 1 : 0, "gt");
    compare(rows, "GE", Tensor::ge, (x, y) -> x >= y ? 1 : 0, "ge");
    rows.add(
        unary(
                "ISNAN",
                Tensor::isnan,
                x -> Double.isNaN(x) ? 1 : 0,
                Domain.fixed(1, Double.NaN, 0),
                "isnan")
            .giving(OpSample::truth));
    rows.add(
        binary("MAXIMUM", Tensor::maximum, Math::max, REAL, REAL, "maximum")
            .types(OpSample.ALL)
            .within(Tolerance.EXACT)
            .smooth(Cases.smoothBinary(Domain.fixed(1, -2, 3), Domain.fixed(-1.5, 2.5))));
    rows.add(
        binary("MINIMUM", Tensor::minimum, Math::min, REAL, REAL, "minimum")
            .types(OpSample.ALL)
            .within(Tolerance.EXACT)
            .smooth(Cases.smoothBinary(Domain.fixed(1, -2, 3), Domain.fixed(-1.5, 2.5))));
    logic(
        rows, "LOGICAL_AND", Tensor::logicalAnd, (x, y) -> x != 0 && y != 0 ? 1 : 0, "logicalAnd");
    logic(rows, "LOGICAL_OR", Tensor::logicalOr, (x, y) -> x != 0 || y != 0 ? 1 : 0, "logicalOr");
    logic(
        rows,
        "LOGICAL_XOR",
        Tensor::logicalXor,
        (x, y) -> x != 0 != (y != 0) ? 1 : 0,
        "logicalXor");
    rows.add(
        unary(
                "LOGICAL_NOT",
                Tensor::logicalNot,
                x -> x == 0 ? 1 : 0,
                Domain.fixed(0, 1, -2, 0.5),
                "logicalNot")
            .types(OpSample.ALL)
            .giving(OpSample::truth));
    bits(rows, "BITWISE_AND", Tensor::bitwiseAnd, (x, y) -> (long) x & (long) y, "bitwiseAnd");
    bits(rows, "BITWISE_OR", Tensor::bitwiseOr, (x, y) -> (long) x | (long) y, "bitwiseOr");
    bits(rows, "BITWISE_XOR", Tensor::bitwiseXor, (x, y) -> (long) x ^ (long) y, "bitwiseXor");
    rows.add(
        OpSample.of("index", in -> Tensor.call(LogicOps.INDEX, in), in -> in[0])
            .covering("LogicOps.INDEX")
            .types(List.of(DType.INT64, DType.INT32))
            .within(Tolerance.EXACT)
            .with(Input.of(Domain.fixed(0, 1, 2, 3), 2, 4), Input.of(Domain.fixed(4), 1)));
    choices(rows);
  }

  private static void compare(
      List<OpSample> rows,
      String constant,
      BinaryOperator<Tensor> call,
      DoubleBinaryOperator reference,
      String method) {
    Domain few = Domain.fixed(1, -2, 3, 0, 2);
    rows.add(
        binary(constant, call, reference, few, Domain.fixed(1, 3, -2, 0), method)
            .types(OpSample.ALL)
            .giving(OpSample::truth));
  }

  private static void logic(
      List<OpSample> rows,
      String constant,
      BinaryOperator<Tensor> call,
      DoubleBinaryOperator reference,
      String method) {
    Domain few = Domain.fixed(0, 0.25, -2, 0, 3);
    rows.add(
        binary(constant, call, reference, few, Domain.fixed(0, 1, 0, 0.5), method)
            .types(OpSample.ALL)
            .giving(OpSample::truth));
  }

  private static void bits(
      List<OpSample> rows,
      String constant,
      BinaryOperator<Tensor> call,
      DoubleBinaryOperator reference,
      String method) {
    Domain patterns = Domain.between(-100, 100);
    rows.add(binary(constant, call, reference, patterns, patterns, method).types(BITS));
  }

  private static void choices(List<OpSample> rows) {
    rows.add(
        OpSample.of(
                "where",
                in -> Tensor.where(in[0], in[1], in[2]),
                in ->
                    Nd.build(
                        Nd.broadcast(in[0].shape(), Nd.broadcast(in[1].shape(), in[2].shape())),
                        i -> in[0].at(i) != 0 ? in[1].at(i) : in[2].at(i)))
            .covering("PointwiseOps.WHERE", "Tensor.where")
            .types(OpSample.ALL)
            .within(Tolerance.EXACT)
            .on(
                List.of(
                    List.of(Input.bools(33), Input.of(REAL, 33), Input.of(REAL, 33)),
                    List.of(Input.bools(3, 1), Input.of(REAL, 1, 5), Input.of(REAL, 5)),
                    List.of(Input.bools(0), Input.of(REAL, 0), Input.of(REAL, 0)),
                    List.of(Input.bools(), Input.of(REAL, 2, 3), Input.of(REAL, 2, 3))))
            .smooth(List.of(List.of(Input.bools(3, 1), Input.of(REAL, 1, 2), Input.of(REAL, 2)))));
    rows.add(
        OpSample.of(
                "masked_fill",
                in -> in[0].maskedFill(in[1], -7),
                in -> in[0].zip(in[1], (x, mask) -> mask != 0 ? -7 : x))
            .covering("Tensor.maskedFill")
            .types(
                List.of(
                    DType.FLOAT32,
                    DType.FLOAT64,
                    DType.FLOAT16,
                    DType.BFLOAT16,
                    DType.INT64,
                    DType.INT8))
            .within(Tolerance.EXACT)
            .on(
                List.of(
                    List.of(Input.of(REAL, 4, 5), Input.bools(4, 5)),
                    List.of(Input.of(REAL, 4, 5), Input.bools(5))))
            .smooth(List.of(List.of(Input.of(REAL, 2, 3), Input.bools(3)))));
    rows.add(
        OpSample.of(
                "clamp",
                in -> in[0].clamp(-1, 1.5),
                in -> in[0].map(x -> Math.min(Math.max(x, -1), 1.5)))
            .covering("PointwiseOps.CLAMP", "Tensor.clamp")
            .within(Tolerance.EXACT)
            .on(Cases.unary(REAL))
            .smooth(Cases.smoothUnary(Domain.fixed(-2.5, 0.3, 2.2, 1.1, -0.7))));
    rows.add(
        OpSample.of("clamp_min", in -> in[0].clampMin(0.5), in -> in[0].map(x -> Math.max(x, 0.5)))
            .covering("Tensor.clampMin")
            .within(Tolerance.EXACT)
            .on(Cases.each(REAL, new int[] {7, 5}))
            .smooth(Cases.smoothUnary(Domain.fixed(-2.5, 0.3, 2.2, 1.1, -0.7))));
    rows.add(
        OpSample.of("clamp_max", in -> in[0].clampMax(0.5), in -> in[0].map(x -> Math.min(x, 0.5)))
            .covering("Tensor.clampMax")
            .within(Tolerance.EXACT)
            .on(Cases.each(DISTINCT, new int[] {7, 5}))
            .smooth(Cases.smoothUnary(Domain.fixed(-2.5, 0.3, 2.2, 1.1, -0.7))));
    rows.add(
        OpSample.of(
                "logical_not of bools",
                in -> in[0].logicalNot(),
                in -> in[0].map(x -> x == 0 ? 1 : 0))
            .types(List.of(DType.BOOL))
            .on(Cases.each(BOOLS, new int[] {9})));
  }
}
