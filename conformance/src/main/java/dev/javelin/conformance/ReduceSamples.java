package dev.javelin.conformance;

import static dev.javelin.conformance.Domain.DISTINCT;
import static dev.javelin.conformance.Domain.NONZERO;
import static dev.javelin.conformance.Domain.REAL;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/// Folds over dimensions and what is composed of them.
final class ReduceSamples {
  private static final Domain NEAR_ONE = Domain.between(0.8, 1.25);

  private ReduceSamples() {}

  static List<OpSample> all() {
    List<OpSample> rows = new ArrayList<>();
    sums(rows);
    extrema(rows);
    statistics(rows);
    return rows;
  }

  /// Whole tensors of every size.
  private static List<List<Input>> whole(Domain domain, boolean empty) {
    List<List<Input>> cases = new ArrayList<>();
    for (List<Input> inputs : Cases.unary(domain)) {
      if (empty || Nd.count(inputs.getFirst().shape()) > 0) {
        cases.add(inputs);
      }
    }
    return cases;
  }

  private static OpSample fold(
      String name,
      Function<Tensor, Tensor> call,
      boolean keep,
      ToDoubleFunction<double[]> reference,
      int... axes) {
    return OpSample.of(name, in -> call.apply(in[0]), in -> in[0].fold(keep, reference, axes))
        .within(Tolerance.sum(1025));
  }

  private static double sum(double[] values) {
    return Arrays.stream(values).sum();
  }

  private static double product(double[] values) {
    return Arrays.stream(values).reduce(1, (x, y) -> x * y);
  }

  private static double max(double[] values) {
    return Arrays.stream(values).max().orElseThrow();
  }

  private static double min(double[] values) {
    return Arrays.stream(values).min().orElseThrow();
  }

  private static void sums(List<OpSample> rows) {
    rows.add(
        fold("sum", x -> x.sum(), false, ReduceSamples::sum)
            .covering("FoldOp.SUM", "Tensor.sum")
            .types(OpSample.ALL)
            .giving(OpSample::total)
            .on(whole(REAL, true))
            .smooth(Cases.smoothUnary(REAL)));
    for (int dim : new int[] {0, 1}) {
      for (boolean keep : new boolean[] {false, true}) {
        rows.add(
            fold(
                    "sum(" + dim + ", " + keep + ")",
                    x -> x.sum(dim, keep),
                    keep,
                    ReduceSamples::sum,
                    dim)
                .types(
                    List.of(DType.FLOAT32, DType.FLOAT64, DType.FLOAT16, DType.INT8, DType.INT64))
                .giving(OpSample::total)
                .on(Cases.rows(REAL))
                .smooth(Cases.each(REAL, new int[] {2, 3})));
      }
    }
    rows.add(
        fold("sum(0, 2)", x -> x.sum(0, 2), false, ReduceSamples::sum, 0, 2)
            .on(
                Cases.each(
                    REAL,
                    new int[] {3, 5, 7},
                    new int[] {3, 0, 7},
                    new int[] {0, 5, 7},
                    new int[] {2, 33, 4}))
            .smooth(Cases.each(REAL, new int[] {2, 3, 2})));
    rows.add(
        fold("sum(1) of 4 axes", x -> x.sum(1, true), true, ReduceSamples::sum, 1)
            .on(Cases.each(REAL, new int[] {2, 13, 3, 8}, new int[] {1, 31, 1, 33}))
            .smooth(Cases.each(REAL, new int[] {1, 2, 2, 2})));
    rows.add(
        fold("prod", x -> x.prod(), false, ReduceSamples::product)
            .covering("FoldOp.PROD", "Tensor.prod")
            .types(OpSample.FLOATS)
            .on(whole(NEAR_ONE, true))
            .smooth(Cases.smoothUnary(NONZERO)));
    rows.add(
        fold("prod(1)", x -> x.prod(1), false, ReduceSamples::product, 1)
            .types(List.of(DType.FLOAT32, DType.FLOAT64, DType.INT32, DType.BOOL))
            .giving(OpSample::total)
            .on(Cases.each(Domain.between(-2, 2), new int[] {5, 7}, new int[] {33, 13}))
            .smooth(Cases.each(NONZERO, new int[] {2, 3})));
    rows.add(
        fold("prod with a zero", x -> x.prod(), false, ReduceSamples::product)
            .on(Cases.each(Domain.fixed(2, 0, 3), new int[] {3}))
            .smooth()
            .once());
    rows.add(
        OpSample.of(
                "norm",
                in -> in[0].norm(),
                in -> Nd.scalar(Math.sqrt(in[0].map(x -> x * x).sum(false).at())))
            .covering("Tensor.norm")
            .within(Tolerance.sum(1025))
            .on(Cases.each(REAL, new int[] {1025}, new int[] {5, 7}))
            .smooth(Cases.smoothUnary(NONZERO)));
  }

  private static void extremum(
      List<OpSample> rows,
      String name,
      Function<Tensor, Tensor> call,
      boolean keep,
      ToDoubleFunction<double[]> reference,
      List<List<Input>> cases,
      String covers,
      int... axes) {
    rows.add(
        fold(name, call, keep, reference, axes)
            .covering(covers, "FoldOp." + (name.contains("max") ? "MAX" : "MIN"))
            .types(OpSample.ALL)
            .within(Tolerance.EXACT)
            .on(cases)
            .smooth(
                Cases.each(DISTINCT, axes.length > 1 ? new int[] {2, 3, 2} : new int[] {2, 3})));
  }

  private static void extrema(List<OpSample> rows) {
    List<List<Input>> whole = whole(DISTINCT, false);
    extremum(rows, "max", x -> x.max(), false, ReduceSamples::max, whole, "Tensor.max");
    extremum(rows, "min", x -> x.min(), false, ReduceSamples::min, whole, "Tensor.min");
    for (int dim : new int[] {0, 1}) {
      List<List<Input>> matrices = Cases.rows(DISTINCT);
      extremum(
          rows,
          "amax(" + dim + ")",
          x -> x.amax(dim, true),
          true,
          ReduceSamples::max,
          matrices,
          "Tensor.amax",
          dim);
      extremum(
          rows,
          "amin(" + dim + ")",
          x -> x.amin(dim, false),
          false,
          ReduceSamples::min,
          matrices,
          "Tensor.amin",
          dim);
      search(
          rows,
          "argmax(" + dim + ")",
          x -> x.argmax(dim),
          v -> first(v, max(v)),
          matrices,
          "Tensor.argmax",
          dim);
      search(
          rows,
          "argmin(" + dim + ")",
          x -> x.argmin(dim),
          v -> first(v, min(v)),
          matrices,
          "Tensor.argmin",
          dim);
    }
    extremum(
        rows,
        "amax(0, 2)",
        x -> x.amax(new int[] {0, 2}, false),
        false,
        ReduceSamples::max,
        Cases.each(DISTINCT, new int[] {3, 5, 7}),
        "Tensor.amax",
        0,
        2);
    search(rows, "argmax", x -> x.argmax(), v -> first(v, max(v)), whole, "Tensor.argmax");
    List<List<Input>> ties = Cases.each(Domain.fixed(1, 3, 0, 3, 0), new int[] {5}, new int[] {33});
    search(rows, "argmax with ties", x -> x.argmax(), v -> first(v, max(v)), ties, "Tensor.argmax");
    search(
        rows,
        "argmin with ties",
        x -> x.argmin(0),
        v -> first(v, min(v)),
        ties,
        "Tensor.argmin",
        0);
    rows.add(
        fold("any", x -> x.any(), false, v -> max(v) != 0 || min(v) != 0 ? 1 : 0)
            .covering("Tensor.any")
            .types(OpSample.ALL)
            .giving(OpSample::truth)
            .on(Cases.each(Domain.fixed(0, 0, 1), new int[] {2}, new int[] {7}, new int[] {4, 5})));
    rows.add(
        fold("all", x -> x.all(), false, v -> Arrays.stream(v).allMatch(x -> x != 0) ? 1 : 0)
            .covering("Tensor.all")
            .types(OpSample.ALL)
            .giving(OpSample::truth)
            .on(Cases.each(Domain.fixed(1, 1, 0), new int[] {2}, new int[] {7}, new int[] {4, 5})));
  }

  private static void search(
      List<OpSample> rows,
      String name,
      Function<Tensor, Tensor> call,
      ToDoubleFunction<double[]> reference,
      List<List<Input>> cases,
      String covers,
      int... axes) {
    rows.add(
        fold(name, call, false, reference, axes)
            .covering(covers, "FoldOp." + (name.contains("max") ? "ARGMAX" : "ARGMIN"))
            .types(OpSample.NUMBERS)
            .giving(OpSample::position)
            .on(cases));
  }

  private static double first(double[] values, double wanted) {
    int i = 0;
    while (values[i] != wanted) {
      i++;
    }
    return i;
  }

  private static double var(double[] values, double correction) {
    double mean = sum(values) / values.length;
    return Arrays.stream(values).map(x -> (x - mean) * (x - mean)).sum()
        / (values.length - correction);
  }

  private static void statistics(List<OpSample> rows) {
    rows.add(
        fold("mean", x -> x.mean(), false, v -> sum(v) / v.length)
            .covering("ReduceOps.mean", "Tensor.mean")
            .on(whole(REAL, false))
            .smooth(Cases.smoothUnary(REAL)));
    for (int dim : new int[] {0, 1}) {
      rows.add(
          fold("mean(" + dim + ", true)", x -> x.mean(dim, true), true, v -> sum(v) / v.length, dim)
              .on(Cases.rows(REAL))
              .smooth(Cases.each(REAL, new int[] {2, 3})));
      rows.add(
          fold(
                  "var(" + dim + ", 0, true)",
                  x -> x.var(new int[] {dim}, 0, true),
                  true,
                  v -> var(v, 0),
                  dim)
              .covering("ReduceOps.var", "Tensor.var")
              .within(Tolerance.sum(4096))
              .on(Cases.rows(REAL))
              .smooth(Cases.each(REAL, new int[] {2, 3})));
      rows.add(
          OpSample.of(
                  "logsumexp(" + dim + ")",
                  in -> in[0].logsumexp(dim, false),
                  in ->
                      in[0].fold(
                          false,
                          v -> {
                            double max = max(v);
                            return max
                                + Math.log(Arrays.stream(v).map(x -> Math.exp(x - max)).sum());
                          },
                          dim))
              .covering("ReduceOps.logsumexp", "Tensor.logsumexp")
              .within(Tolerance.sum(1025))
              .on(Cases.rows(Domain.between(-30, 30)))
              .smooth(Cases.each(REAL, new int[] {2, 3})));
    }
    List<List<Input>> several =
        Cases.each(REAL, new int[] {7}, new int[] {33, 3}, new int[] {1025});
    rows.add(
        fold("var", x -> x.var(), false, v -> var(v, 1))
            .within(Tolerance.sum(4096))
            .on(several)
            .smooth(Cases.each(REAL, new int[] {4}, new int[] {2, 3})));
    rows.add(
        fold("std", x -> x.std(), false, v -> Math.sqrt(var(v, 1)))
            .covering("Tensor.std")
            .within(Tolerance.sum(4096))
            .on(several)
            .smooth(Cases.each(DISTINCT, new int[] {4}, new int[] {2, 3})));
  }
}
