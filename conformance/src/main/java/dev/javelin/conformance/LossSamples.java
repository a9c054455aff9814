package dev.javelin.conformance;

import static dev.javelin.conformance.Domain.POSITIVE;
import static dev.javelin.conformance.Domain.REAL;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.ops.NeuralOps;
import dev.javelin.ops.NeuralOps.LossReduction;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Losses.
final class LossSamples {
  private static final long IGNORED = -100;

  private LossSamples() {}

  static List<OpSample> all() {
    List<OpSample> rows = new ArrayList<>();
    for (LossReduction reduction : LossReduction.values()) {
      for (boolean weighted : new boolean[] {false, true}) {
        nll(rows, reduction, weighted);
        for (double smoothing : new double[] {0, 0.3}) {
          crossEntropy(rows, reduction, weighted, smoothing);
        }
      }
      mse(rows, reduction);
    }
    return rows;
  }

  /// Some samples of `classes` classes, the third one ignored.
  private static List<Input> inputs(boolean weighted, int samples, int classes) {
    Domain numbers =
        (random, n) -> {
          double[] values = Domain.index(classes).draw(random, n);
          if (n > 2) {
            values[2] = IGNORED;
          }
          return values;
        };
    List<Input> inputs = new ArrayList<>();
    inputs.add(Input.of(REAL, samples, classes));
    inputs.add(new Input(numbers, Optional.of(DType.INT64), samples));
    if (weighted) {
      inputs.add(Input.of(POSITIVE, classes));
    }
    return inputs;
  }

  private static List<List<Input>> cases(boolean weighted) {
    return List.of(
        inputs(weighted, 4, 3),
        inputs(weighted, 1, 10),
        inputs(weighted, 33, 31),
        inputs(weighted, 7, 1025));
  }

  /// Class weights get no gradient, as in PyTorch, so for differences they are constants.
  private static List<List<Input>> smooth(boolean weighted) {
    return weighted ? List.of() : List.of(inputs(false, 4, 3));
  }

  private static String name(String loss, LossReduction reduction, boolean weighted) {
    return loss + "(" + reduction + (weighted ? ", weighted)" : ")");
  }

  private static void nll(List<OpSample> rows, LossReduction reduction, boolean weighted) {
    rows.add(
        OpSample.of(
                name("nll_loss", reduction, weighted),
                in -> Tensor.call(NeuralOps.nllLoss(reduction, IGNORED, weighted), in),
                in -> loss(in[0], in, reduction, 0))
            .covering("NeuralOps.nllLoss")
            .within(Tolerance.STEPS)
            .on(cases(weighted))
            .smooth(smooth(weighted)));
  }

  private static void crossEntropy(
      List<OpSample> rows, LossReduction reduction, boolean weighted, double smoothing) {
    rows.add(
        OpSample.of(
                name("cross_entropy", reduction, weighted) + (smoothing > 0 ? " smoothed" : ""),
                in ->
                    Tensor.call(
                        NeuralOps.crossEntropy(reduction, IGNORED, weighted, smoothing), in),
                in ->
                    loss(NeuralSamples.softmax(in[0], 1).map(Math::log), in, reduction, smoothing))
            .covering("NeuralOps.crossEntropy")
            .within(Tolerance.STEPS)
            .on(cases(weighted))
            .smooth(smooth(weighted)));
    if (weighted) {
      List<Input> free = inputs(false, 4, 3);
      double[] weights = {0.5, 2, 1.25};
      rows.add(
          OpSample.of(
                  name("cross_entropy", reduction, true)
                      + " by constants"
                      + (smoothing > 0 ? " smoothed" : ""),
                  in ->
                      Tensor.call(
                          NeuralOps.crossEntropy(reduction, IGNORED, true, smoothing),
                          in[0],
                          in[1],
                          Lay.contiguous(new Nd(weights, 3), in[0].dtype(), in[0].device())),
                  in ->
                      loss(
                          NeuralSamples.softmax(in[0], 1).map(Math::log),
                          new Nd[] {in[0], in[1], new Nd(weights, 3)},
                          reduction,
                          smoothing))
              .within(Tolerance.STEPS)
              .on(List.of(free))
              .smooth());
    }
  }

  /// The loss of log-probabilities `p [n, c]`; `in` holds classes and weights from index 1 on.
  private static Nd loss(Nd p, Nd[] in, LossReduction reduction, double smoothing) {
    int n = p.size(0);
    int classes = p.size(1);
    double[] losses = new double[n];
    double total = 0;
    for (int i = 0; i < n; i++) {
      int target = (int) in[1].at(i);
      if (target == IGNORED) {
        continue;
      }
      double weight = in.length > 2 ? in[2].at(target) : 1;
      double spread = 0;
      for (int c = 0; c < classes; c++) {
        spread -= (in.length > 2 ? in[2].at(c) : 1) * p.at(i, c);
      }
      losses[i] = (1 - smoothing) * -p.at(i, target) * weight + smoothing / classes * spread;
      total += weight;
    }
    double sum = 0;
    for (double loss : losses) {
      sum += loss;
    }
    return switch (reduction) {
      case NONE -> new Nd(losses, n);
      case SUM -> Nd.scalar(sum);
      case MEAN -> Nd.scalar(sum / total);
    };
  }

  private static void mse(List<OpSample> rows, LossReduction reduction) {
    rows.add(
        OpSample.of(
                "mse_loss(" + reduction + ")",
                in -> Tensor.call(NeuralOps.mseLoss(reduction), in),
                in -> {
                  Nd square = in[0].minus(in[1]).map(d -> d * d);
                  return switch (reduction) {
                    case NONE -> square;
                    case SUM -> square.sum(false);
                    case MEAN -> square.mean(false);
                  };
                })
            .covering("NeuralOps.mseLoss")
            .within(Tolerance.STEPS)
            .on(
                List.of(
                    List.of(Input.of(REAL, 33), Input.of(REAL, 33)),
                    List.of(Input.of(REAL, 5, 7), Input.of(REAL, 5, 7)),
                    List.of(Input.of(REAL, 1025), Input.of(REAL, 1025))))
            .smooth(
                List.of(
                    List.of(Input.of(REAL, 2, 3), Input.of(REAL, 2, 3)),
                    List.of(Input.of(REAL, 3), Input.of(REAL, 2, 3)))));
  }
}
