package dev.javelin.conformance;

import static dev.javelin.conformance.Domain.REAL;

import dev.javelin.Linalg;
import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// Products of a form of their own, functions of matrices, and matrices put together.
final class ProductSamples {
  private static final List<DType> FEW = List.of(DType.FLOAT32, DType.FLOAT64);

  private ProductSamples() {}

  static List<OpSample> all() {
    List<OpSample> rows = new ArrayList<>();
    products(rows);
    arrangements(rows);
    statistics(rows);
    functions(rows);
    return rows;
  }

  private static OpSample row(
      String name, Function<Tensor[], Tensor> call, Function<Nd[], Nd> reference, int[]... shapes) {
    List<Input> inputs = new ArrayList<>();
    for (int[] shape : shapes) {
      inputs.add(Input.of(REAL, shape));
    }
    return OpSample.of(name, call, reference)
        .covering("Tensor." + name)
        .types(FEW)
        .within(Tolerance.sum(32))
        .on(List.of(inputs))
        .smooth();
  }

  private static int[] of(int... sizes) {
    return sizes;
  }

  private static void products(List<OpSample> rows) {
    rows.add(
        row(
            "kron",
            in -> in[0].kron(in[1]),
            in ->
                Nd.build(
                    of(4, 6), i -> in[0].at(i[0] / 2, i[1] / 3) * in[1].at(i[0] % 2, i[1] % 3)),
            of(2, 2),
            of(2, 3)));
    rows.add(
        row(
            "kron",
            in -> in[0].kron(in[1]),
            in -> Nd.build(of(2, 6), i -> in[0].at(i[1] / 2) * in[1].at(i[0], i[1] % 2)),
            of(3),
            of(2, 2)));
    rows.add(
        row(
            "cross",
            in -> in[0].cross(in[1], 0),
            in ->
                Nd.build(
                    of(3, 2),
                    i -> {
                      int j = (i[0] + 1) % 3;
                      int k = (i[0] + 2) % 3;
                      double plus = in[0].at(j, i[1]) * in[1].at(k, i[1]);
                      return plus - in[0].at(k, i[1]) * in[1].at(j, i[1]);
                    }),
            of(3, 2),
            of(3, 2)));
    rows.add(
        row(
            "tensordot",
            in -> in[0].tensordot(in[1], of(2, 0), of(0, 1)),
            in ->
                Nd.build(
                    of(3, 5),
                    i -> {
                      double sum = 0;
                      for (int a = 0; a < 4; a++) {
                        for (int b = 0; b < 2; b++) {
                          sum += in[0].at(b, i[0], a) * in[1].at(a, b, i[1]);
                        }
                      }
                      return sum;
                    }),
            of(2, 3, 4),
            of(4, 2, 5)));
  }

  private static void arrangements(List<OpSample> rows) {
    for (int times = -1; times < 3; times++) {
      int k = times;
      rows.add(
          row(
              "rot90",
              in -> in[0].rot90(k, 0, 1),
              in ->
                  Nd.build(
                      k % 2 == 0 ? of(2, 3) : of(3, 2),
                      i ->
                          switch (k) {
                            case 0 -> in[0].at(i[0], i[1]);
                            case 1 -> in[0].at(i[1], 2 - i[0]);
                            case 2 -> in[0].at(1 - i[0], 2 - i[1]);
                            default -> in[0].at(1 - i[1], i[0]);
                          }),
              of(2, 3)));
    }
    rows.add(
        row(
            "fliplr",
            in -> in[0].fliplr(),
            in -> Nd.build(of(2, 3), i -> in[0].at(i[0], 2 - i[1])),
            of(2, 3)));
    rows.add(
        row(
            "flipud",
            in -> in[0].flipud(),
            in -> Nd.build(of(2, 3), i -> in[0].at(1 - i[0], i[1])),
            of(2, 3)));
    rows.add(
        row(
            "blockDiag",
            in -> Tensor.blockDiag(List.of(in[0], in[1])),
            in ->
                Nd.build(
                    of(3, 5),
                    i -> {
                      boolean first = i[0] < 2 && i[1] < 3;
                      boolean second = i[0] == 2 && i[1] >= 3;
                      return first ? in[0].at(i[0], i[1]) : second ? in[1].at(i[1] - 3) : 0;
                    }),
            of(2, 3),
            of(2)));
    rows.add(
        row(
            "cartesianProd",
            in -> Tensor.cartesianProd(List.of(in[0], in[1])),
            in -> Nd.build(of(6, 2), i -> i[1] == 0 ? in[0].at(i[0] / 3) : in[1].at(i[0] % 3)),
            of(2),
            of(3)));
    for (boolean lower : new boolean[] {true, false}) {
      rows.add(
          row(
              lower ? "trilIndices" : "triuIndices",
              in -> {
                Tensor at = lower ? Tensor.trilIndices(2, 3, 1) : Tensor.triuIndices(2, 3, 1);
                Tensor place = at.select(0, 0).mul(3).add(at.select(0, 1));
                return in[0].flatten().gather(0, place.to(in[0].device()));
              },
              in -> {
                int[] places = lower ? of(0, 1, 3, 4, 5) : of(1, 2, 5);
                return Nd.build(of(places.length), i -> in[0].data()[places[i[0]]]);
              },
              of(2, 3)));
    }
  }

  private static Nd covariance(Nd x) {
    Nd centred = x.minus(x.mean(true, 1));
    return centred.matmul(centred.t()).times(1.0 / (x.size(1) - 1));
  }

  private static void statistics(List<OpSample> rows) {
    rows.add(row("cov", in -> in[0].cov(), in -> covariance(in[0]), of(3, 5)));
    // Its diagonal is 1 whatever x is, which rounding hides from differences.
    rows.add(
        row(
            "corrcoef",
            in -> in[0].corrcoef(),
            in -> {
              Nd c = covariance(in[0]);
              return Nd.build(
                  of(3, 3), i -> c.at(i) / Math.sqrt(c.at(i[0], i[0]) * c.at(i[1], i[1])));
            },
            of(3, 5)));
  }

  // ---- functions of matrices ----

  private static Nd power(Nd x, int n) {
    Nd product = Nd.build(of(3, 3), i -> i[0] == i[1] ? 1 : 0);
    for (int i = 0; i < n; i++) {
      product = product.matmul(x);
    }
    return product;
  }

  private static Nd exponential(Nd x) {
    Nd sum = power(x, 0);
    Nd term = sum;
    for (int k = 1; k < 60; k++) {
      term = term.matmul(x).times(1.0 / k);
      sum = sum.plus(term);
    }
    return sum;
  }

  private static void functions(List<OpSample> rows) {
    Tolerance wide = new Tolerance(1024, 1024);
    for (int n : of(0, 1, 5)) {
      rows.add(
          row(
                  "linalg.matrix_power(" + n + ")",
                  in -> Linalg.matrixPower(in[0], n),
                  in -> power(in[0], n),
                  of(3, 3))
              .covering()
              .within(wide)
              // To the power of 0 it is a constant.
              .smooth(n == 0 ? List.of() : Cases.each(REAL, of(3, 3))));
    }
    rows.add(
        row(
                "linalg.matrix_power(-2)",
                in ->
                    Linalg.matrixPower(in[0].add(eye(in[0]).mul(9)), -2)
                        .matmul(Linalg.matrixPower(in[0].add(eye(in[0]).mul(9)), 2)),
                in -> power(in[0], 0),
                of(3, 3))
            .covering()
            .smooth(List.of())
            .within(wide));
    rows.add(
        row("linalg.matrix_exp", in -> Linalg.matrixExp(in[0]), in -> exponential(in[0]), of(3, 3))
            .covering()
            .within(wide));
    rows.add(
        row(
                "linalg.matrix_exp of a batch",
                in -> Linalg.matrixExp(in[0].reshape(2, 1, 1)),
                in -> in[0].map(Math::exp).reshape(2, 1, 1),
                of(2))
            .covering()
            .within(wide));
    rows.add(
        row(
                "logdet",
                in -> Linalg.logdet(in[0].matmul(in[0].t()).add(eye(in[0]))),
                in -> {
                  Nd a = in[0].matmul(in[0].t()).plus(power(in[0], 0));
                  double minor = a.at(1, 1) * a.at(2, 2) - a.at(1, 2) * a.at(2, 1);
                  double second = a.at(1, 0) * a.at(2, 2) - a.at(1, 2) * a.at(2, 0);
                  double third = a.at(1, 0) * a.at(2, 1) - a.at(1, 1) * a.at(2, 0);
                  double det = a.at(0, 0) * minor - a.at(0, 1) * second + a.at(0, 2) * third;
                  return Nd.scalar(Math.log(det));
                },
                of(3, 3))
            .covering()
            .within(wide));
    rows.add(
        row(
                "linalg.lstsq",
                in -> {
                  Tensor a = in[0].add(Tensor.eye(4, 2, in[0].dtype(), in[0].device()).mul(5));
                  Tensor rest = a.matmul(Linalg.lstsq(a, in[1])).sub(in[1]);
                  // What is left is at right angles to the columns.
                  return a.t().matmul(rest).add(1);
                },
                in -> new Nd(new double[] {1, 1}, 2, 1),
                of(4, 2),
                of(4, 1))
            .covering()
            .within(new Tolerance(1024, 1024))
            .types(List.of(DType.FLOAT64)));
  }

  private static Tensor eye(Tensor x) {
    return Tensor.eye(x.size(-1), x.size(-1), x.dtype(), x.device());
  }
}
