package dev.javelin.conformance;

import static dev.javelin.conformance.Domain.DISTINCT;
import static dev.javelin.conformance.Domain.NONZERO;
import static dev.javelin.conformance.Domain.REAL;
import static dev.javelin.conformance.Domain.SMOOTH;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BinaryOperator;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/// Signs, NaN, steps, the gamma function; running extrema, places among sorted numbers, counts.
final class SpecialSamples {
  private static final List<DType> FEW = List.of(DType.FLOAT32, DType.FLOAT64);
  private static final List<DType> SOME = List.of(DType.FLOAT32, DType.FLOAT64, DType.INT64);
  private static final double NAN = Double.NaN;

  /// Numbers that every dtype holds exactly, and PyTorch's `lgamma`, `digamma` of them in float64.
  private static final double[] GAMMA_AT = {
    0.5, 1, 1.5, 2.25, 3, 7, 20, -0.75, -2.5, 0.125, -5.25, 100
  };

  private static final double[] LGAMMA = {
    0.5723649429247001,
    0.0,
    -0.12078223763524522,
    0.1248717148923966,
    0.6931471805599453,
    6.579251212010101,
    39.339884187199495,
    1.5757045971498584,
    -0.05624371649767405,
    2.0194183575537963,
    -3.7283005108608567,
    359.1342053695754
  };

  private static final double[] DIGAMMA = {
    -1.9635100260214229,
    -0.5772156649015328,
    0.036489973978576194,
    0.5725464666237343,
    0.922784335098467,
    1.872784335098467,
    2.970523992242149,
    -2.8941202000429316,
    1.1031566406452433,
    -8.388492663295857,
    4.892046180473529,
    4.600161852738088
  };

  private SpecialSamples() {}

  static List<OpSample> all() {
    List<OpSample> rows = new ArrayList<>();
    unary(rows);
    gamma(rows);
    binary(rows);
    running(rows);
    places(rows);
    counts(rows);
    return rows;
  }

  private static OpSample one(
      String name, UnaryOperator<Tensor> call, DoubleUnaryOperator reference, Domain domain) {
    return OpSample.of(name, in -> call.apply(in[0]), in -> in[0].map(reference))
        .covering("Tensor." + name, "SpecialOps." + name)
        .types(FEW)
        .on(Cases.each(domain, new int[] {33}, new int[] {}))
        .smooth(Cases.each(domain, new int[] {4}));
  }

  private static void unary(List<OpSample> rows) {
    rows.add(
        one("deg2rad", Tensor::deg2rad, Math::toRadians, REAL)
            .covering("Tensor.deg2rad", "SpecialOps.DEG2RAD"));
    rows.add(
        one("rad2deg", Tensor::rad2deg, Math::toDegrees, REAL)
            .covering("Tensor.rad2deg", "SpecialOps.RAD2DEG"));
    rows.add(
        one(
                "signbit",
                Tensor::signbit,
                x -> Double.doubleToRawLongBits(x) < 0 ? 1 : 0,
                Domain.fixed(-0.0, 0.0, -1, 2, Double.NEGATIVE_INFINITY))
            .covering("Tensor.signbit", "SpecialOps.SIGNBIT")
            .giving(OpSample::truth)
            .smooth(List.of()));
    DoubleUnaryOperator sinc = x -> x == 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    rows.add(one("sinc", Tensor::sinc, sinc, SMOOTH).within(Tolerance.STEPS));
    rows.add(
        one("sinc", Tensor::sinc, sinc, Domain.fixed(0, 1e-3, -2e-3, 3e-3, 4e-3))
            .within(Tolerance.STEPS));
  }

  private static DoubleUnaryOperator table(double[] values) {
    return x -> values[Arrays.stream(GAMMA_AT).boxed().toList().indexOf(x)];
  }

  private static void gamma(List<OpSample> rows) {
    Domain at = Domain.fixed(GAMMA_AT);
    Domain smooth = Domain.fixed(0.7, 3.3, -1.4, 11.5);
    Tolerance wide = new Tolerance(32, 4);
    rows.add(
        one("lgamma", Tensor::lgamma, table(LGAMMA), at)
            .within(wide)
            .on(Cases.each(at, new int[] {12}))
            .smooth(Cases.each(smooth, new int[] {4})));
    rows.add(
        one("digamma", Tensor::digamma, table(DIGAMMA), at)
            .within(wide)
            .on(Cases.each(at, new int[] {12}))
            .smooth(Cases.each(smooth, new int[] {4})));
    double inf = Double.POSITIVE_INFINITY;
    rows.add(
        one(
                "lgamma",
                Tensor::lgamma,
                x -> Double.isNaN(x) ? NAN : inf,
                Domain.fixed(0, -1, -2, inf, NAN))
            .smooth(List.of()));
  }

  private static OpSample two(
      String name,
      String constant,
      BinaryOperator<Tensor> call,
      DoubleBinaryOperator reference,
      Domain first,
      Domain second) {
    return OpSample.of(name, in -> call.apply(in[0], in[1]), in -> in[0].zip(in[1], reference))
        .covering("Tensor." + name, "SpecialOps." + constant)
        .types(FEW)
        .within(Tolerance.EXACT)
        .on(
            List.of(
                List.of(Input.of(first, 3, 7), Input.of(second, 3, 7)),
                List.of(Input.of(first, 3, 1), Input.of(second, 4))))
        .smooth(List.of(List.of(Input.of(first, 2, 2), Input.of(second, 2))));
  }

  private static void binary(List<OpSample> rows) {
    Domain holes = Domain.fixed(NAN, 1, 5, -3, NAN);
    Domain others = Domain.fixed(2, NAN, 7, -8, NAN);
    for (Domain[] pair : new Domain[][] {{SMOOTH, NONZERO}, {holes, others}}) {
      boolean smooth = pair[0] == SMOOTH;
      OpSample larger =
          two(
              "fmax",
              "FMAX",
              Tensor::fmax,
              (x, y) -> Double.isNaN(x) ? y : Double.isNaN(y) ? x : Math.max(x, y),
              pair[0],
              pair[1]);
      OpSample smaller =
          two(
              "fmin",
              "FMIN",
              Tensor::fmin,
              (x, y) -> Double.isNaN(x) ? y : Double.isNaN(y) ? x : Math.min(x, y),
              pair[0],
              pair[1]);
      rows.add(smooth ? larger : larger.smooth(List.of()));
      rows.add(smooth ? smaller : smaller.smooth(List.of()));
    }
    rows.add(
        two("copysign", "COPYSIGN", Tensor::copysign, Math::copySign, NONZERO, NONZERO)
            // The signs get none, as in PyTorch: it is 0.
            .smooth(List.of(List.of(Input.of(NONZERO, 2, 2), Input.of(NONZERO, 2)))));
    rows.add(
        two(
                "copysign",
                "COPYSIGN",
                Tensor::copysign,
                Math::copySign,
                Domain.fixed(1, -2, 0),
                Domain.fixed(-0.0, 0.0, -3))
            .smooth(List.of()));
    rows.add(
        two(
                "heaviside",
                "HEAVISIDE",
                Tensor::heaviside,
                (x, y) -> x == 0 ? y : x > 0 ? 1 : 0,
                Domain.fixed(-2, 0, 3, NAN),
                REAL)
            .smooth(List.of()));
    rows.add(
        OpSample.of(
                "dist",
                in -> in[0].dist(in[1], 3),
                in -> {
                  double sum = 0;
                  for (double d : in[0].minus(in[1]).data()) {
                    sum += Math.pow(Math.abs(d), 3);
                  }
                  return Nd.scalar(Math.cbrt(sum));
                })
            .covering("Tensor.dist")
            .types(FEW)
            .within(Tolerance.sum(64))
            .with(Input.of(SMOOTH, 5), Input.of(NONZERO, 5))
            .smooth());
  }

  // ---- along a dimension ----

  /// A running extremum of each row: values, or where they are.
  private static Nd running(Nd x, boolean max, boolean places) {
    double[] result = x.data().clone();
    int n = x.size(-1);
    for (int start = 0; start < result.length; start += n) {
      int best = start;
      for (int i = start; i < start + n; i++) {
        double value = x.data()[i];
        double held = x.data()[best];
        boolean better = max ? value >= held : value <= held;
        best = Double.isNaN(value) || !Double.isNaN(held) && better ? i : best;
        result[i] = places ? best - start : x.data()[best];
      }
    }
    return new Nd(result, x.shape());
  }

  private static void running(List<OpSample> rows) {
    for (boolean max : new boolean[] {true, false}) {
      String name = max ? "cummax" : "cummin";
      Domain ties = Domain.fixed(1, 3, 3, 2, 5, 0, 5, 0);
      rows.add(
          OpSample.of(
                  name,
                  in -> (max ? in[0].cummax(1) : in[0].cummin(1)).values(),
                  in -> running(in[0], max, false))
              .covering("ScanOps.cummaxIndices")
              .types(SOME)
              .within(Tolerance.EXACT)
              .on(Cases.each(REAL, new int[] {3, 130}, new int[] {5, 7}))
              .smooth(Cases.each(DISTINCT, new int[] {2, 4})));
      for (Domain domain : List.of(ties, Domain.fixed(1, 2, NAN, 5))) {
        rows.add(
            OpSample.of(
                    name + ".indices",
                    in -> (max ? in[0].cummax(1) : in[0].cummin(1)).indices(),
                    in -> running(in[0], max, true))
                .types(FEW)
                .giving(OpSample::position)
                .on(Cases.each(domain, new int[] {2, 8}, new int[] {1, 100})));
      }
    }
    rows.add(
        OpSample.of(
                "nanmean",
                in -> in[0].nanmean(1),
                in ->
                    in[0].fold(
                        false,
                        v -> Arrays.stream(v).filter(x -> !Double.isNaN(x)).average().orElse(NAN),
                        1))
            .covering("Tensor.nanmean")
            .types(FEW)
            .on(Cases.each(Domain.fixed(1, NAN, 2, 0.5), new int[] {3, 5}))
            .smooth(Cases.each(REAL, new int[] {2, 3})));
  }

  // ---- places ----

  private static double place(Nd sorted, int row, double value, boolean right) {
    int count = 0;
    for (int i = 0; i < sorted.size(-1); i++) {
      double at = sorted.data()[row * sorted.size(-1) + i];
      count += at < value || right && at == value ? 1 : 0;
    }
    return count;
  }

  private static void places(List<OpSample> rows) {
    Domain ascending = Domain.fixed(-2, 0, 0, 1, 3);
    Domain values = Domain.fixed(0, -3, 1, 2, 9, -2);
    for (boolean right : new boolean[] {false, true}) {
      rows.add(
          OpSample.of(
                  "searchsorted(" + right + ")",
                  in -> in[0].searchsorted(in[1], right),
                  in -> Nd.build(in[1].shape(), i -> place(in[0], i[0], in[1].at(i), right)))
              .covering("Tensor.searchsorted")
              .types(SOME)
              .giving(OpSample::position)
              .with(Input.of(ascending, 2, 5), Input.of(values, 2, 6)));
      rows.add(
          OpSample.of(
                  "bucketize(" + right + ")",
                  in -> in[1].bucketize(in[0], right),
                  in -> in[1].map(x -> place(in[0], 0, x, right)))
              .covering("Tensor.bucketize")
              .types(SOME)
              .giving(OpSample::position)
              .with(Input.of(ascending, 5), Input.of(values, 2, 3)));
    }
    rows.add(
        OpSample.of(
                "isin",
                in -> in[0].isin(in[1]),
                in -> in[0].map(x -> Arrays.stream(in[1].data()).anyMatch(y -> x == y) ? 1 : 0))
            .covering("Tensor.isin")
            .types(SOME)
            .giving(OpSample::truth)
            .with(Input.of(values, 2, 3), Input.of(ascending, 5)));
    Input mask = new Input(Domain.fixed(1, 0, 1, 0, 0, 1), Optional.of(DType.BOOL), 2, 3);
    rows.add(
        OpSample.of(
                "masked_scatter",
                in -> in[0].maskedScatter(in[1], in[2]),
                in -> {
                  double[] result = in[0].data().clone();
                  for (int i = 0, next = 0; i < result.length; i++) {
                    result[i] = in[1].data()[i] != 0 ? in[2].data()[next++] : result[i];
                  }
                  return new Nd(result, in[0].shape());
                })
            .covering("Tensor.maskedScatter")
            .types(SOME)
            .within(Tolerance.EXACT)
            .with(Input.of(REAL, 2, 3), mask, Input.of(REAL, 4))
            .smooth());
  }

  // ---- counts ----

  private static Function<Nd[], Nd> histogram(int bins, double min, double max) {
    return in -> {
      double[] counts = new double[bins];
      for (double x : in[0].data()) {
        if (x >= min && x <= max) {
          counts[Math.min(bins - 1, (int) ((x - min) / (max - min) * bins))]++;
        }
      }
      return new Nd(counts, bins);
    };
  }

  private static void counts(List<OpSample> rows) {
    Domain values = Domain.fixed(1, 2, 1, 4, 3, -1, 0.5);
    rows.add(
        OpSample.of("histc", in -> in[0].histc(4, 0, 3), histogram(4, 0, 3))
            .covering("Tensor.histc")
            .types(FEW)
            .on(Cases.each(values, new int[] {14}, new int[] {2, 7})));
    rows.add(
        OpSample.of("histc of its own ends", in -> in[0].histc(5, 0, 0), histogram(5, -1, 4))
            .types(FEW)
            .on(Cases.each(values, new int[] {14})));
    Domain runs = Domain.fixed(1, 1, 2, 2, 2, 1, 3);
    rows.add(
        OpSample.of(
                "unique_consecutive",
                in ->
                    Tensor.cat(
                        List.of(
                            in[0].uniqueConsecutive().values().toLong(),
                            in[0].uniqueConsecutive().inverse(),
                            in[0].uniqueConsecutive().counts()),
                        0),
                in -> runs(in[0].data()))
            .types(List.of(DType.FLOAT32, DType.INT32))
            .giving(OpSample::position)
            .on(List.of(List.of(Input.of(runs, 7)))));
  }

  /// The runs' values, the run of each element, the runs' lengths.
  private static Nd runs(double[] x) {
    List<Double> values = new ArrayList<>();
    List<Double> lengths = new ArrayList<>();
    List<Double> all = new ArrayList<>();
    for (double each : x) {
      if (values.isEmpty() || values.getLast() != each) {
        values.add(each);
        lengths.add(0.0);
      }
      lengths.set(lengths.size() - 1, lengths.getLast() + 1);
      all.add(values.size() - 1.0);
    }
    all.addAll(0, values);
    all.addAll(lengths);
    return new Nd(all.stream().mapToDouble(Double::doubleValue).toArray(), all.size());
  }
}
