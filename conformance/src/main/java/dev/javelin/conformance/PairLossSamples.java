package dev.javelin.conformance;

import static dev.javelin.conformance.Domain.REAL;
import static dev.javelin.conformance.Domain.SMOOTH;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.ops.LossOps;
import dev.javelin.ops.LossOps.Elementwise;
import dev.javelin.ops.NeuralOps.LossReduction;
import dev.javelin.ops.OpDef;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.DoubleBinaryOperator;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/// Losses of two tensors or three.
final class PairLossSamples {
  private static final Domain PROBABILITY = Domain.between(0.1, 0.9);
  private static final List<DType> SINGLE_AND_DOUBLE = List.of(DType.FLOAT32, DType.FLOAT64);

  private PairLossSamples() {}

  static List<OpSample> all() {
    List<OpSample> rows = new ArrayList<>();
    mean(rows, Elementwise.L1, 0, REAL, (x, y) -> Math.abs(x - y));
    mean(rows, Elementwise.SMOOTH_L1, 0.5, REAL, (x, y) -> smoothL1(x - y, 0.5));
    mean(rows, Elementwise.HUBER, 1.5, REAL, (x, y) -> huber(x - y));
    mean(
        rows, Elementwise.BINARY_CROSS_ENTROPY_WITH_LOGITS, 0, PROBABILITY, (x, y) -> bce(x, y, 1));
    mean(rows, Elementwise.KL_DIV, 0, PROBABILITY, (x, y) -> y * (Math.log(y) - x));
    mean(rows, Elementwise.KL_DIV_LOG_TARGET, 0, REAL, (x, y) -> Math.exp(y) * (y - x));
    mean(rows, Elementwise.POISSON_NLL_LOSS, 0, PROBABILITY, (x, y) -> Math.exp(x) - y * x);
    mean(
        rows, Elementwise.SOFT_MARGIN_LOSS, 0, PROBABILITY, (x, y) -> Math.log1p(Math.exp(-x * y)));
    margins(rows);
    weighted(rows);
    binaryCrossEntropy(rows);
    vectors(rows);
    return rows;
  }

  private static double smoothL1(double d, double beta) {
    double size = Math.abs(d);
    return size < beta ? d * d / (2 * beta) : size - beta / 2;
  }

  private static double huber(double d) {
    double size = Math.abs(d);
    return size <= 1.5 ? d * d / 2 : 1.5 * (size - 0.75);
  }

  private static double bce(double x, double y, double positive) {
    return y * positive * Math.log1p(Math.exp(-x)) + (1 - y) * (x + Math.log1p(Math.exp(-x)));
  }

  private static OpSample row(String name, OpDef op, String factory, Function<Nd[], Nd> reference) {
    return OpSample.of(name, in -> Tensor.call(op, in), reference)
        .covering("LossOps." + factory)
        .within(Tolerance.STEPS);
  }

  private static void mean(
      List<OpSample> rows, Elementwise kind, double p, Domain second, DoubleBinaryOperator loss) {
    String name = kind.toString().toLowerCase(Locale.ROOT) + "(MEAN)";
    OpDef op = LossOps.elementwise(kind, p, LossReduction.MEAN, false, false);
    rows.add(
        row(name, op, "elementwise", in -> in[0].zip(in[1], loss).mean(false))
            .types(kind == Elementwise.SMOOTH_L1 ? OpSample.FLOATS : SINGLE_AND_DOUBLE)
            .on(
                List.of(
                    List.of(Input.of(REAL, 5, 7), Input.of(second, 5, 7)),
                    List.of(Input.of(REAL, 1025), Input.of(second, 1025))))
            .smooth(List.of(List.of(Input.of(SMOOTH, 2, 3), Input.of(PROBABILITY, 2, 3)))));
  }

  private static void weighted(List<OpSample> rows) {
    rows.add(
        row(
                "smooth_l1(SUM, weighted)",
                LossOps.elementwise(Elementwise.SMOOTH_L1, 1, LossReduction.SUM, false, true),
                "elementwise",
                in -> in[0].zip(in[1], (x, y) -> smoothL1(x - y, 1)).times(in[2]).sum(false))
            .types(SINGLE_AND_DOUBLE)
            .with(Input.of(REAL, 3, 5), Input.of(REAL, 3, 5), Input.of(REAL, 5)));
    rows.add(
        row(
                "binary_cross_entropy_with_logits(NONE, weighted)",
                LossOps.elementwise(
                    Elementwise.BINARY_CROSS_ENTROPY_WITH_LOGITS,
                    0,
                    LossReduction.NONE,
                    true,
                    true),
                "elementwise",
                in ->
                    Nd.build(
                        in[0].shape(),
                        i -> in[3].at(i) * bce(in[0].at(i), in[1].at(i), in[2].at(i))))
            .types(SINGLE_AND_DOUBLE)
            .with(
                Input.of(SMOOTH, 2, 3),
                Input.of(PROBABILITY, 2, 3),
                Input.of(Domain.POSITIVE, 3),
                Input.of(REAL, 2, 1))
            .smooth());
  }

  private static void binaryCrossEntropy(List<OpSample> rows) {
    DoubleBinaryOperator loss = (x, y) -> -y * Math.log(x) - (1 - y) * Math.log(1 - x);
    for (boolean weighted : new boolean[] {false, true}) {
      LossReduction reduction = weighted ? LossReduction.NONE : LossReduction.MEAN;
      List<Input> inputs = new ArrayList<>();
      inputs.add(Input.of(PROBABILITY, 2, 3));
      inputs.add(Input.of(PROBABILITY, 2, 3));
      if (weighted) {
        inputs.add(Input.of(REAL, 3));
      }
      rows.add(
          row(
                  "binary_cross_entropy(" + reduction + ")",
                  LossOps.binaryCrossEntropy(reduction, weighted),
                  "binaryCrossEntropy",
                  in -> {
                    Nd each = in[0].zip(in[1], loss);
                    return weighted ? each.times(in[2]) : each.mean(false);
                  })
              .types(SINGLE_AND_DOUBLE)
              .on(List.of(inputs))
              // The factor gets no gradient, as in PyTorch.
              .smooth(weighted ? List.of() : List.of(inputs)));
    }
  }

  // ---- vectors ----

  private static double distance(Nd x, Nd y, int row, double p) {
    double sum = 0;
    for (int k = 0; k < x.size(1); k++) {
      sum += Math.pow(Math.abs(x.at(row, k) - y.at(row, k) + 1e-6), p);
    }
    return Math.pow(sum, 1 / p);
  }

  private static Nd triplet(Nd[] in, double margin, double p, boolean swap) {
    return Nd.build(
        new int[] {in[0].size(0)},
        i -> {
          double far = distance(in[0], in[2], i[0], p);
          far = swap ? Math.min(far, distance(in[1], in[2], i[0], p)) : far;
          return Math.max(0, distance(in[0], in[1], i[0], p) - far + margin);
        });
  }

  private static Nd cosine(Nd[] in, double margin) {
    return Nd.build(
        new int[] {in[0].size(0)},
        i -> {
          double dot = 0;
          double first = 1e-12;
          double second = 1e-12;
          for (int k = 0; k < in[0].size(1); k++) {
            dot += in[0].at(i[0], k) * in[1].at(i[0], k);
            first += in[0].at(i[0], k) * in[0].at(i[0], k);
            second += in[1].at(i[0], k) * in[1].at(i[0], k);
          }
          double cos = dot / Math.sqrt(first * second);
          return in[2].at(i[0]) == 1 ? 1 - cos : Math.max(0, cos - margin);
        });
  }

  private static void vectors(List<OpSample> rows) {
    Input vectors = Input.of(REAL, 4, 5);
    Input labels = new Input(Domain.fixed(1, -1), Optional.of(DType.INT64), 4);
    rows.add(
        row(
                "cosine_embedding_loss",
                LossOps.cosineEmbedding(-0.9, LossReduction.MEAN),
                "cosineEmbedding",
                in -> cosine(in, -0.9).mean(false))
            .types(SINGLE_AND_DOUBLE)
            .with(vectors, vectors, labels)
            .smooth());
    for (boolean swap : new boolean[] {false, true}) {
      double p = swap ? 3 : 2;
      rows.add(
          row(
                  "triplet_margin_loss" + (swap ? " with swap" : ""),
                  LossOps.tripletMargin(2, p, 1e-6, swap, LossReduction.MEAN),
                  "tripletMargin",
                  in -> triplet(in, 2, p, swap).mean(false))
              .types(SINGLE_AND_DOUBLE)
              .with(vectors, vectors, vectors)
              .smooth());
    }
  }

  // ---- margins ----

  private static OpSample three(
      String name, Elementwise kind, double p, Input third, ToDoubleFunction<double[]> loss) {
    List<Input> inputs = List.of(Input.of(SMOOTH, 2, 3), Input.of(PROBABILITY, 2, 3), third);
    return row(
            name,
            LossOps.elementwise(kind, p, LossReduction.NONE, true, false),
            "elementwise",
            in ->
                Nd.build(
                    in[0].shape(),
                    i -> loss.applyAsDouble(new double[] {in[0].at(i), in[1].at(i), in[2].at(i)})))
        .types(SINGLE_AND_DOUBLE)
        .on(List.of(inputs))
        .smooth();
  }

  private static void margins(List<OpSample> rows) {
    Input signs = new Input(Domain.fixed(1, -1, 1, 1, -1), Optional.of(DType.INT64), 2, 3);
    rows.add(
        three(
            "gaussian_nll_loss",
            Elementwise.GAUSSIAN_NLL_LOSS,
            1e-6,
            Input.of(Domain.POSITIVE, 2, 1),
            v -> (Math.log(v[2]) + (v[0] - v[1]) * (v[0] - v[1]) / v[2]) / 2));
    rows.add(
        three(
            "margin_ranking_loss",
            Elementwise.MARGIN_RANKING_LOSS,
            0.5,
            signs,
            v -> Math.max(0, 0.5 - v[2] * (v[0] - v[1]))));
    List<Input> hinge = List.of(Input.of(SMOOTH, 2, 3), signs);
    rows.add(
        row(
                "hinge_embedding_loss",
                LossOps.elementwise(
                    Elementwise.HINGE_EMBEDDING_LOSS, 1, LossReduction.SUM, false, false),
                "elementwise",
                in -> in[0].zip(in[1], (x, y) -> y == 1 ? x : Math.max(0, 1 - x)).sum(false))
            .types(SINGLE_AND_DOUBLE)
            .on(List.of(hinge))
            .smooth());
    List<Input> rates = List.of(Input.of(Domain.POSITIVE, 2, 3), Input.of(PROBABILITY, 2, 3));
    rows.add(
        row(
                "poisson_nll_loss of rates",
                LossOps.elementwise(
                    Elementwise.POISSON_NLL_LOSS_OF_RATES, 1e-8, LossReduction.SUM, false, false),
                "elementwise",
                in -> in[0].zip(in[1], (x, y) -> x - y * Math.log(x + 1e-8)).sum(false))
            .types(SINGLE_AND_DOUBLE)
            .on(List.of(rates))
            .smooth());
    for (int p : new int[] {1, 2}) {
      boolean weighted = p == 2;
      List<Input> inputs = new ArrayList<>();
      inputs.add(Input.of(Domain.DISTINCT, 4, 3));
      inputs.add(Input.index(3, 4));
      if (weighted) {
        inputs.add(Input.of(REAL, 3));
      }
      rows.add(
          row(
                  "multi_margin_loss(" + p + ")",
                  LossOps.multiMargin(p, 0.55, weighted, LossReduction.NONE),
                  "multiMargin",
                  in -> multiMargin(in, p))
              .types(SINGLE_AND_DOUBLE)
              .on(List.of(inputs))
              .smooth());
    }
  }

  private static Nd multiMargin(Nd[] in, int p) {
    return Nd.build(
        new int[] {in[0].size(0)},
        i -> {
          int right = (int) in[1].at(i[0]);
          double sum = 0;
          for (int c = 0; c < in[0].size(1); c++) {
            double behind = Math.max(0, 0.55 - in[0].at(i[0], right) + in[0].at(i[0], c));
            sum += c == right ? 0 : Math.pow(behind, p);
          }
          return sum / in[0].size(1) * (in.length == 3 ? in[2].at(right) : 1);
        });
  }
}
