package dev.javelin.conformance;

import static dev.javelin.conformance.Domain.REAL;

import dev.javelin.Linalg;
import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// Linear algebra: references by elimination, or by what the factors must multiply to.
final class LinalgSamples {
  private static final List<DType> FEW = List.of(DType.FLOAT32, DType.FLOAT64);

  private LinalgSamples() {}

  static List<OpSample> all() {
    List<OpSample> rows = new ArrayList<>();
    inverses(rows);
    factors(rows);
    norms(rows);
    return rows;
  }

  private static OpSample row(
      String name, Function<Tensor[], Tensor> call, Function<Nd[], Nd> reference, Input... inputs) {
    return OpSample.of("linalg." + name, call, reference)
        .types(FEW)
        .within(new Tolerance(4096, 1024))
        .with(inputs)
        .smooth();
  }

  private static Input real(int... shape) {
    return Input.of(REAL, shape);
  }

  // ---- references ----

  private static Nd eye(int n) {
    return Nd.build(new int[] {n, n}, i -> i[0] == i[1] ? 1 : 0);
  }

  /// Far enough from singular.
  private static Tensor regular(Tensor x) {
    return x.add(eyeLike(x).mul(5));
  }

  private static Nd regular(Nd x) {
    return x.plus(eye(x.size(-1)).times(5));
  }

  private static Tensor eyeLike(Tensor x) {
    return Tensor.eye(x.size(-1), x.size(-1), x.dtype(), x.device());
  }

  /// Far enough from columns that depend on each other.
  private static Tensor tall(Tensor x) {
    return x.add(Tensor.eye(x.size(0), x.size(1), x.dtype(), x.device()).mul(5));
  }

  private static Nd tall(Nd x) {
    return Nd.build(x.shape(), i -> x.at(i) + (i[0] == i[1] ? 5 : 0));
  }

  /// Symmetric, with eigenvalues of at least 1.
  private static Tensor positive(Tensor x) {
    return x.matmul(x.transpose(-1, -2)).add(eyeLike(x));
  }

  private static Nd positive(Nd x) {
    return x.matmul(x.t()).plus(eye(x.size(0)));
  }

  /// The solution of `A X = B` by elimination with pivots; the determinant is the product of the pivots.
  private static Nd solve(Nd a, Nd b, double[] determinant) {
    int n = a.size(0);
    int k = b.size(1);
    double[][] rows = new double[n][n + k];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n + k; j++) {
        rows[i][j] = j < n ? a.at(i, j) : b.at(i, j - n);
      }
    }
    determinant[0] = 1;
    for (int c = 0; c < n; c++) {
      int pivot = c;
      for (int i = c + 1; i < n; i++) {
        pivot = Math.abs(rows[i][c]) > Math.abs(rows[pivot][c]) ? i : pivot;
      }
      double[] top = rows[pivot];
      rows[pivot] = rows[c];
      rows[c] = top;
      determinant[0] *= pivot == c ? top[c] : -top[c];
      double scale = top[c];
      for (int j = 0; j < n + k; j++) {
        top[j] /= scale;
      }
      for (int i = 0; i < n; i++) {
        double factor = rows[i][c];
        for (int j = 0; i != c && j < n + k; j++) {
          rows[i][j] -= factor * top[j];
        }
      }
    }
    return Nd.build(new int[] {n, k}, i -> rows[i[0]][n + i[1]]);
  }

  private static double det(Nd a) {
    double[] determinant = new double[1];
    solve(a, eye(a.size(0)), determinant);
    return determinant[0];
  }

  private static Nd inverse(Nd a) {
    return solve(a, eye(a.size(0)), new double[1]);
  }

  private static Nd page(Nd batch, int i) {
    return batch.slice(0, i, 1, 1).reshape(batch.size(1), batch.size(2));
  }

  // ---- rows ----

  private static void inverses(List<OpSample> rows) {
    rows.add(
        row(
                "inv",
                in -> Linalg.inv(regular(in[0])),
                in ->
                    Nd.build(
                        in[0].shape(), i -> inverse(regular(page(in[0], i[0]))).at(i[1], i[2])),
                real(2, 3, 3))
            .covering("LinalgOps.inv"));
    rows.add(
        row(
                "solve",
                in -> Linalg.solve(regular(in[0]), in[1]),
                in -> solve(regular(in[0]), in[1], new double[1]),
                real(3, 3),
                real(3, 2))
            .covering("LinalgOps.solve"));
    rows.add(
        row(
            "solve of a vector",
            in -> Linalg.solve(regular(in[0]), in[1]),
            in -> solve(regular(in[0]), in[1].reshape(3, 1), new double[1]).reshape(3),
            real(3, 3),
            real(3)));
    rows.add(
        row(
                "det",
                in -> Linalg.det(regular(in[0])),
                in -> Nd.scalar(det(regular(in[0]))),
                real(3, 3))
            .covering("LinalgOps.det"));
    rows.add(
        row(
                "slogdet",
                in -> Linalg.slogdet(regular(in[0])).logabsdet(),
                in -> Nd.scalar(Math.log(Math.abs(det(regular(in[0]))))),
                real(3, 3))
            .covering("LinalgOps.slogdet"));
    rows.add(
        row(
            "pinv",
            in -> Linalg.pinv(tall(in[0])),
            in -> {
              Nd a = tall(in[0]);
              return inverse(a.t().matmul(a)).matmul(a.t());
            },
            real(4, 2)));
  }

  private static void factors(List<OpSample> rows) {
    rows.add(
        row(
                "cholesky",
                in -> Linalg.cholesky(positive(in[0])),
                in -> {
                  Nd a = positive(in[0]);
                  double[] l = new double[9];
                  for (int i = 0; i < 3; i++) {
                    for (int j = 0; j <= i; j++) {
                      double rest = a.at(i, j);
                      for (int k = 0; k < j; k++) {
                        rest -= l[3 * i + k] * l[3 * j + k];
                      }
                      l[3 * i + j] = i == j ? Math.sqrt(rest) : rest / l[3 * j + j];
                    }
                  }
                  return new Nd(l, 3, 3);
                },
                real(3, 3))
            .covering("LinalgOps.cholesky"));
    // |R|, whose rows are unique but for signs, is that of the Cholesky factor; Q = A R^-1.
    rows.add(
        row(
                "qr",
                in -> {
                  Linalg.QR qr = Linalg.qr(tall(in[0]));
                  return qr.r().transpose(-1, -2).matmul(qr.r()).add(qr.q().abs().sum());
                },
                in -> {
                  Nd a = tall(in[0]);
                  Nd square = a.t().matmul(a);
                  double r00 = Math.sqrt(square.at(0, 0));
                  double r01 = square.at(0, 1) / r00;
                  double r11 = Math.sqrt(square.at(1, 1) - r01 * r01);
                  double sum = 0;
                  for (int i = 0; i < 3; i++) {
                    double q0 = a.at(i, 0) / r00;
                    sum += Math.abs(q0) + Math.abs((a.at(i, 1) - q0 * r01) / r11);
                  }
                  double total = sum;
                  return square.map(x -> x + total);
                },
                real(3, 2))
            .covering("LinalgOps.qr"));
    // V diag(w^3) V^T is the third power.
    rows.add(
        row(
                "eigh",
                in -> {
                  Linalg.Eigh eigh = Linalg.eigh(positive(in[0]));
                  Tensor v = eigh.vectors();
                  return v.mul(eigh.values().pow(3).unsqueeze(-2)).matmul(v.transpose(-1, -2));
                },
                in -> {
                  Nd a = positive(in[0]);
                  return a.matmul(a).matmul(a);
                },
                real(3, 3))
            .covering("LinalgOps.eigh"));
    rows.add(
        row(
            "eigvalsh",
            in -> Linalg.eigvalsh(positive(in[0])),
            in -> {
              Nd a = positive(in[0]);
              double mean = (a.at(0, 0) + a.at(1, 1)) / 2;
              double root = Math.sqrt(mean * mean - det(a));
              return new Nd(new double[] {mean - root, mean + root}, 2);
            },
            real(2, 2)));
    // U diag(s^3) V^T is A A^T A.
    for (int[] shape : new int[][] {{3, 2}, {2, 3}}) {
      rows.add(
          row(
                  "svd of [" + shape[0] + ", " + shape[1] + "]",
                  in -> {
                    Linalg.SVD svd = Linalg.svd(in[0]);
                    return svd.u().mul(svd.s().pow(3).unsqueeze(-2)).matmul(svd.vh());
                  },
                  in -> in[0].matmul(in[0].t()).matmul(in[0]),
                  real(shape))
              .covering("LinalgOps.svd"));
    }
  }

  private static void norms(List<OpSample> rows) {
    for (String which : List.of("fro", "nuc", "2", "1", "inf")) {
      rows.add(
          row(
              "matrix_norm(" + which + ")",
              in -> Linalg.matrixNorm(in[0], which),
              in -> {
                Nd square = in[0].t().matmul(in[0]);
                double trace = square.at(0, 0) + square.at(1, 1);
                double root = Math.sqrt(trace * trace / 4 - det(square));
                double high = Math.sqrt(trace / 2 + root);
                double low = Math.sqrt(trace / 2 - root);
                return switch (which) {
                  case "fro" -> Nd.scalar(Math.sqrt(trace));
                  case "nuc" -> Nd.scalar(high + low);
                  case "2" -> Nd.scalar(high);
                  case "1" -> in[0].map(Math::abs).sum(false, 0).max(false);
                  default -> in[0].map(Math::abs).sum(false, 1).max(false);
                };
              },
              real(3, 2)));
    }
    rows.add(
        row(
            "vector_norm",
            in -> Linalg.vectorNorm(in[0], 3, 1),
            in ->
                in[0]
                    .map(x -> Math.pow(Math.abs(x), 3))
                    .sum(false, 1)
                    .map(x -> Math.pow(x, 1.0 / 3)),
            real(2, 3)));
    rows.add(
        row(
                "matrix_rank",
                in -> Linalg.matrixRank(in[0].unsqueeze(1).mul(in[0])),
                in -> Nd.scalar(1),
                real(3))
            .giving(OpSample::position)
            .smooth(List.of()));
  }
}
