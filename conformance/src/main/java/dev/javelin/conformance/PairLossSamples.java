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
}
