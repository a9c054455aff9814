package dev.javelin.conformance;

import static dev.javelin.conformance.Domain.DISTINCT;
import static dev.javelin.conformance.Domain.REAL;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/// Running folds, sorting, order statistics, norms.
final class OrderSamples {
  private static final List<DType> SOME = List.of(DType.FLOAT32, DType.FLOAT64, DType.INT64);
  private static final List<DType> FEW = List.of(DType.FLOAT32, DType.FLOAT64);
  private static final Domain NEAR_ONE = Domain.between(0.8, 1.25);
  private static final Domain TIES = Domain.fixed(3, 1, 2, 1, 3, 0, 2);

  private OrderSamples() {}

  static List<OpSample> all() {
    List<OpSample> rows = new ArrayList<>();
    running(rows);
    sorts(rows);
    statistics(rows);
    extrema(rows);
    norms(rows);
    folds(rows);
    return rows;
  }

  // ---- lines ----

  /// What a function makes of each line along an axis.
  private static Nd lines(Nd x, int axis, UnaryOperator<double[]> f) {
    if (x.numel() == 0) {
      return x;
    }
    Nd moved = axis == x.rank() - 1 ? x : x.permute(1, 0);
    int n = moved.size(-1);
    double[] result = new double[0];
    for (int start = 0; start < moved.numel(); start += n) {
      double[] line = f.apply(Arrays.copyOfRange(moved.data(), start, start + n));
      int before = result.length;
      result = Arrays.copyOf(result, before + line.length);
      System.arraycopy(line, 0, result, before, line.length);
    }
    int[] shape = moved.shape().clone();
    shape[shape.length - 1] = result.length / (moved.numel() / n);
    Nd all = new Nd(result, shape);
    return axis == x.rank() - 1 ? all : all.permute(1, 0);
  }

  private static UnaryOperator<double[]> scan(DoubleBinaryOperator f) {
    return line -> {
      double[] result = line.clone();
      for (int i = 1; i < result.length; i++) {
        result[i] = f.applyAsDouble(result[i - 1], line[i]);
      }
      return result;
    };
  }

  private static void running(
      List<OpSample> rows,
      String name,
      Function<Tensor, Tensor> call,
      int axis,
      DoubleBinaryOperator f,
      Domain domain,
      int... shape) {
    rows.add(
        OpSample.of(name, in -> call.apply(in[0]), in -> lines(in[0], axis, scan(f)))
            .types(SOME)
            .giving(OpSample::total)
            .within(Tolerance.sum(1025))
            .on(Cases.each(domain, shape, new int[] {5, 7}, new int[] {2, 0}))
            .smooth(Cases.each(domain, new int[] {3, 3})));
  }

  private static void running(List<OpSample> rows) {
    DoubleBinaryOperator plus = Double::sum;
    DoubleBinaryOperator times = (x, y) -> x * y;
    running(rows, "cumsum(1)", x -> x.cumsum(1), 1, plus, REAL, 2, 130);
    running(rows, "cumsum(0)", x -> x.cumsum(0), 0, plus, REAL, 130, 2);
    running(rows, "cumprod(1)", x -> x.cumprod(1), 1, times, NEAR_ONE, 2, 130);
    covers(rows, 3, "ScanOps.cumsum", "ScanOps.cumprod", "Tensor.cumsum", "Tensor.cumprod");
    rows.add(
        OpSample.of("cumsum of 5000", in -> in[0].cumsum(0), in -> lines(in[0], 0, scan(plus)))
            .types(List.of(DType.FLOAT32))
            .within(Tolerance.sum(5000))
            .on(Cases.each(REAL, new int[] {5000})));
    for (Domain zeros : List.of(Domain.fixed(2, 0, 3, 5), Domain.fixed(2, 0, 3, 0))) {
      rows.add(
          OpSample.of(
                  "cumprod with zeros " + zeros.draw(null, 4)[3],
                  in -> in[0].cumprod(0),
                  in -> lines(in[0], 0, scan(times)))
              .types(FEW)
              .within(Tolerance.EXACT)
              .on(Cases.each(zeros, new int[] {4}))
              .smooth()
              .once());
    }
    DoubleBinaryOperator exponentials =
        (x, y) -> Math.max(x, y) + Math.log1p(Math.exp(-Math.abs(x - y)));
    running(rows, "logcumsumexp(1)", x -> x.logcumsumexp(1), 1, exponentials, REAL, 2, 130);
    OpSample last = rows.removeLast();
    rows.add(
        last.covering("ScanOps.logcumsumexp", "Tensor.logcumsumexp")
            .types(FEW)
            .giving(UnaryOperator.identity()));
  }

  private static void covers(List<OpSample> rows, int count, String... names) {
    for (int i = rows.size() - count; i < rows.size(); i++) {
      rows.set(i, rows.get(i).covering(names));
    }
  }

  // ---- sorting ----

  /// Where the elements of a line in order come from; equal ones stay as they are.
  private static double[] order(double[] line, boolean descending) {
    return IntStream.range(0, line.length)
        .boxed()
        .sorted(
            (i, j) ->
                descending ? Double.compare(line[j], line[i]) : Double.compare(line[i], line[j]))
        .mapToDouble(Integer::doubleValue)
        .toArray();
  }

  private static UnaryOperator<double[]> sorted(boolean descending) {
    return line -> Arrays.stream(order(line, descending)).map(i -> line[(int) i] + 0.0).toArray();
  }

  private static void sorts(List<OpSample> rows) {
    for (boolean descending : new boolean[] {false, true}) {
      for (int dim : new int[] {0, 1}) {
        rows.add(
            OpSample.of(
                    "sort(" + dim + ", " + descending + ")",
                    in -> in[0].sort(dim, descending).values(),
                    in -> lines(in[0], dim, sorted(descending)))
                .covering("SortOps.argsort", "IndexOps.pick", "Tensor.sort")
                .types(dim == 1 ? OpSample.ALL : List.of(DType.FLOAT32))
                .within(Tolerance.EXACT)
                .on(
                    List.of(
                        List.of(Input.of(REAL, 5, 7)),
                        List.of(Input.of(TIES, 3, 8)),
                        List.of(Input.of(REAL, 2, 0))))
                .smooth(Cases.each(DISTINCT, new int[] {3, 3})));
      }
      rows.add(
          OpSample.of(
                  "sort of long rows (" + descending + ")",
                  in -> in[0].sort(-1, descending).values(),
                  in -> lines(in[0], 1, sorted(descending)))
              .types(OpSample.ALL)
              .within(Tolerance.EXACT)
              .on(Cases.each(REAL, new int[] {2, 260}, new int[] {3, 5000})));
      rows.add(
          OpSample.of(
                  "argsort(" + descending + ")",
                  in -> in[0].argsort(-1, descending),
                  in -> lines(in[0], 0, line -> order(line, descending)))
              .covering("Tensor.argsort")
              .types(List.of(DType.FLOAT32, DType.INT32))
              .giving(OpSample::position)
              .on(Cases.each(TIES, new int[] {7}, new int[] {300})));
    }
    rows.add(
        OpSample.of(
                "argsort with NaN",
                in -> in[0].argsort(0, true),
                in -> lines(in[0], 0, line -> order(line, true)))
            .types(FEW)
            .giving(OpSample::position)
            .on(
                Cases.each(
                    Domain.fixed(1, Double.NaN, Double.NEGATIVE_INFINITY, Double.NaN, 2, 1e9),
                    new int[] {6},
                    new int[] {260})));
    for (boolean largest : new boolean[] {false, true}) {
      rows.add(
          OpSample.of(
                  "topk(2, " + largest + ")",
                  in -> in[0].topk(2, 1, largest).values(),
                  in -> lines(in[0], 1, line -> Arrays.copyOf(sorted(largest).apply(line), 2)))
              .covering("Tensor.topk")
              .types(SOME)
              .within(Tolerance.EXACT)
              .on(Cases.each(REAL, new int[] {3, 7}, new int[] {1, 300}))
              .smooth(Cases.each(DISTINCT, new int[] {2, 4})));
    }
    rows.add(
        OpSample.of(
                "topk(3).indices",
                in -> in[0].topk(3).indices(),
                in -> lines(in[0], 1, line -> Arrays.copyOf(order(line, true), 3)))
            .types(FEW)
            .giving(OpSample::position)
            .on(Cases.each(TIES, new int[] {2, 7})));
  }

  private static OpSample statistic(
      String name, Function<Tensor, Tensor> call, ToDoubleFunction<double[]> reference) {
    return OpSample.of(name, in -> call.apply(in[0]), in -> in[0].fold(false, reference, 1))
        .types(FEW)
        .within(Tolerance.sum(8))
        .on(Cases.each(DISTINCT, new int[] {3, 7}, new int[] {2, 8}))
        .smooth(Cases.each(DISTINCT, new int[] {2, 4}));
  }

  private static double at(double[] line, double place) {
    double[] sorted = sorted(false).apply(line);
    int below = (int) place;
    double high = sorted[Math.min(below + 1, sorted.length - 1)];
    return sorted[below] + (high - sorted[below]) * (place - below);
  }

  private static double sum(double[] values) {
    return Arrays.stream(values).sum();
  }

  private static double[] distinct(double[] values) {
    return Arrays.stream(values).sorted().distinct().toArray();
  }

  private static void statistics(List<OpSample> rows) {
    rows.add(
        statistic(
                "median(1)",
                x -> x.median(1, false).values(),
                v -> at(v, Math.floorDiv(v.length - 1, 2)))
            .covering("Tensor.median"));
    rows.add(
        statistic("kthvalue(2)", x -> x.kthvalue(2, 1, false).values(), v -> at(v, 1))
            .covering("Tensor.kthvalue"));
    rows.add(
        statistic("quantile(0.4)", x -> x.quantile(0.4, 1, false), v -> at(v, 0.4 * (v.length - 1)))
            .covering("Tensor.quantile"));
    rows.add(
        OpSample.of(
                "median with NaN",
                in -> in[0].median(),
                in -> in[0].fold(false, v -> Double.isNaN(sum(v)) ? Double.NaN : v[0]))
            .types(FEW)
            .on(Cases.each(Domain.fixed(1, Double.NaN, 2), new int[] {3})));
    rows.add(
        OpSample.of(
                "unique",
                in -> in[0].unique(),
                in -> {
                  double[] values = distinct(in[0].data());
                  return new Nd(values, values.length);
                })
            .covering("Tensor.unique")
            .types(SOME)
            .within(Tolerance.EXACT)
            .on(Cases.each(TIES, new int[] {3, 3}, new int[] {0}, new int[] {1})));
    rows.add(
        OpSample.of(
                "unique, inverse and counts",
                in ->
                    Tensor.cat(
                        List.of(
                            in[0].uniqueInverse().inverse().flatten(),
                            in[0].uniqueInverse().counts()),
                        0),
                in -> {
                  double[] values = distinct(in[0].data());
                  double[] all = Arrays.copyOf(in[0].data(), in[0].numel() + values.length);
                  for (int i = 0; i < in[0].numel(); i++) {
                    int at = Arrays.binarySearch(values, in[0].data()[i]);
                    all[i] = at;
                    all[in[0].numel() + at]++;
                  }
                  return new Nd(all, all.length);
                })
            .types(List.of(DType.FLOAT32))
            .giving(OpSample::position)
            .on(Cases.each(TIES, new int[] {3, 3}, new int[] {1})));
    rows.add(
        OpSample.of(
                "bincount",
                in -> in[0].bincount(5),
                in -> {
                  double[] counts = new double[5];
                  Arrays.stream(in[0].data()).forEach(x -> counts[(int) x]++);
                  return new Nd(counts, 5);
                })
            .covering("Tensor.bincount")
            .types(List.of(DType.INT64, DType.INT32))
            .giving(OpSample::position)
            .on(Cases.each(TIES, new int[] {9}, new int[] {0})));
  }

  private static void extrema(List<OpSample> rows) {
    record Kind(String name, Function<Tensor, Tensor> call, boolean max) {}
    for (Kind kind :
        List.of(
            new Kind("max(1)", x -> x.max(1).values(), true),
            new Kind("min(1)", x -> x.min(1).values(), false))) {
      rows.add(
          statistic(kind.name(), kind.call(), v -> at(v, kind.max() ? v.length - 1 : 0))
              .types(SOME)
              .within(Tolerance.EXACT));
    }
    rows.add(
        statistic("max(1).indices", x -> x.max(1).indices(), v -> order(v, true)[0])
            .giving(OpSample::position)
            .smooth(List.of())
            .once());
  }

  // ---- folds ----

  private static double norm(double[] values, double p) {
    return p == Double.POSITIVE_INFINITY
        ? Arrays.stream(values).map(Math::abs).max().orElseThrow()
        : p == 0
            ? Arrays.stream(values).filter(x -> x != 0).count()
            : Math.pow(Arrays.stream(values).map(x -> Math.pow(Math.abs(x), p)).sum(), 1 / p);
  }

  private static void norms(List<OpSample> rows) {
    for (double p : new double[] {0, 1, 2, 3, Double.POSITIVE_INFINITY}) {
      rows.add(
          statistic("norm(" + p + ", 1)", x -> x.norm(p, 1), v -> norm(v, p))
              .covering("ReduceOps.norm", "Tensor.norm")
              .within(Tolerance.sum(64)));
    }
    rows.add(statistic("norm of zeros", x -> x.mul(0).norm(2, 1), v -> 0).within(Tolerance.EXACT));
    rows.add(
        statistic(
                "std(1, 0)",
                x -> x.std(new int[] {1}, 0, false),
                v -> {
                  double mean = Arrays.stream(v).average().orElseThrow();
                  return Math.sqrt(
                      Arrays.stream(v).map(x -> (x - mean) * (x - mean)).sum() / v.length);
                })
            .covering("ReduceOps.std")
            .within(Tolerance.sum(64)));
    rows.add(
        statistic(
                "var_mean",
                x -> x.varMean(1).get(0).add(x.varMean(1).get(1)),
                v -> {
                  double mean = Arrays.stream(v).average().orElseThrow();
                  return mean
                      + Arrays.stream(v).map(x -> (x - mean) * (x - mean)).sum() / (v.length - 1);
                })
            .covering("Tensor.varMean")
            .within(Tolerance.sum(64)));
    rows.add(
        statistic(
                "std_mean", x -> x.stdMean(1).get(1), v -> Arrays.stream(v).average().orElseThrow())
            .covering("Tensor.stdMean")
            .within(Tolerance.sum(64)));
  }

  private static void folds(List<OpSample> rows) {
    rows.add(
        statistic(
                "prod(1, false)",
                x -> x.prod(1, false),
                v -> Arrays.stream(v).reduce(1, (x, y) -> x * y))
            .within(Tolerance.sum(64)));
    rows.add(
        statistic(
                "logsumexp([0, 1])",
                x -> x.logsumexp(new int[] {1}, false),
                v -> Math.log(Arrays.stream(v).map(Math::exp).sum()))
            .within(Tolerance.sum(64)));
    rows.add(
        statistic("amin([1])", x -> x.amin(new int[] {1}, false), v -> at(v, 0))
            .within(Tolerance.EXACT));
    Domain holes = Domain.fixed(1, Double.NaN, 2, 0);
    rows.add(
        statistic(
                "nansum",
                x -> x.nansum(1),
                v -> Arrays.stream(v).filter(x -> !Double.isNaN(x)).sum())
            .covering("Tensor.nansum")
            .on(Cases.each(holes, new int[] {2, 4}))
            .smooth(List.of()));
    rows.add(
        statistic("count_nonzero", x -> x.countNonzero(1), v -> norm(v, 0))
            .covering("Tensor.countNonzero")
            .types(OpSample.ALL)
            .giving(OpSample::position)
            .on(Cases.each(Domain.fixed(0, 1, 1), new int[] {2, 4}))
            .smooth(List.of()));
    rows.add(
        statistic("any(1)", x -> x.any(1, false), v -> norm(v, 0) > 0 ? 1 : 0)
            .giving(OpSample::truth)
            .on(Cases.each(Domain.fixed(0, 0, 1, 0, 0), new int[] {3, 2}))
            .smooth(List.of()));
    rows.add(
        statistic("all(1)", x -> x.all(1, false), v -> norm(v, 0) == v.length ? 1 : 0)
            .giving(OpSample::truth)
            .on(Cases.each(Domain.fixed(1, 1, 0), new int[] {3, 2}))
            .smooth(List.of()));
    rows.add(
        statistic("argmin(1, false)", x -> x.argmin(1, false), v -> order(v, false)[0])
            .giving(OpSample::position)
            .smooth(List.of()));
    rows.add(
        OpSample.of(
                "argmin", in -> in[0].argmin(), in -> in[0].fold(false, v -> order(v, false)[0]))
            .types(FEW)
            .giving(OpSample::position)
            .on(Cases.each(DISTINCT, new int[] {2, 4})));
  }
}
