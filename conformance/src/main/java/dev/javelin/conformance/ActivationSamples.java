package dev.javelin.conformance;

import static dev.javelin.conformance.Domain.SMOOTH;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.ops.ActivationOps;
import dev.javelin.ops.ActivationOps.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;

/// Activations that are put together from other ops.
final class ActivationSamples {
  private ActivationSamples() {}

  static List<OpSample> all() {
    List<OpSample> rows = new ArrayList<>();
    row(rows, Kind.HARDTANH, -0.75, 1.75, x -> Math.clamp(x, -0.75, 1.75));
    row(rows, Kind.HARDSIGMOID, 0, 0, x -> Math.clamp(x + 3, 0, 6) / 6);
    row(rows, Kind.MISH, 0, 0, x -> x * Math.tanh(Math.log1p(Math.exp(x))));
    row(rows, Kind.CELU, 1.5, 0, x -> x > 0 ? x : 1.5 * Math.expm1(x / 1.5));
    row(
        rows,
        Kind.SELU,
        0,
        0,
        x -> 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)));
    row(rows, Kind.LOG_SIGMOID, 0, 0, x -> -Math.log1p(Math.exp(-x)));
    row(rows, Kind.SOFTSIGN, 0, 0, x -> x / (1 + Math.abs(x)));
    row(rows, Kind.TANHSHRINK, 0, 0, x -> x - Math.tanh(x));
    row(rows, Kind.SOFTSHRINK, 0.5, 0, x -> Math.abs(x) > 0.5 ? x - Math.signum(x) / 2 : 0);
    row(rows, Kind.HARDSHRINK, 0.5, 0, x -> Math.abs(x) > 0.5 ? x : 0);
    row(rows, Kind.THRESHOLD, 0.5, 20, x -> x > 0.5 ? x : 20);
    rows.add(
        OpSample.of(
                "glu",
                in -> Tensor.call(ActivationOps.activation(Kind.GLU, 1, 0), in[0]),
                in ->
                    Nd.build(
                        new int[] {3, 4},
                        i -> in[0].at(i) / (1 + Math.exp(-in[0].at(i[0], i[1] + 4)))))
            .within(Tolerance.STEPS)
            .on(Cases.each(SMOOTH, new int[] {3, 8}))
            .smooth());
    // Far out nothing may overflow.
    rows.add(
        OpSample.of(
                "log_sigmoid far out",
                in -> Tensor.call(ActivationOps.activation(Kind.LOG_SIGMOID, 0, 0), in[0]),
                in -> in[0].map(x -> x < 0 ? x : 0))
            .types(List.of(DType.FLOAT32))
            .on(Cases.each(Domain.fixed(-1e6, 1e6, -500, 500), new int[] {4})));
    return rows;
  }

  private static void row(
      List<OpSample> rows, Kind kind, double a, double b, DoubleUnaryOperator f) {
    rows.add(
        OpSample.of(
                kind.toString().toLowerCase(Locale.ROOT),
                in -> Tensor.call(ActivationOps.activation(kind, a, b), in[0]),
                in -> in[0].map(f))
            .covering("ActivationOps.activation")
            .within(Tolerance.STEPS)
            .on(Cases.each(SMOOTH, new int[] {33}, new int[] {5, 7}))
            .smooth(Cases.each(SMOOTH, new int[] {2, 3})));
  }
}
