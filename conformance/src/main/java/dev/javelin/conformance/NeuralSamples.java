package dev.javelin.conformance;

import static dev.javelin.conformance.Domain.REAL;

import dev.javelin.Tensor;
import dev.javelin.engine.Engine;
import dev.javelin.ops.NeuralOps;
import dev.javelin.ops.OpDef;
import dev.javelin.ops.PointwiseOps;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;

/// Activations, softmax and normalisation.
final class NeuralSamples {
  private static final Domain CORNER = Domain.fixed(-2.2, 0.7, 1.4, -0.3, 3.1);
  private static final Domain WIDE = Domain.between(-9, 9);

  private NeuralSamples() {}

  static List<OpSample> all() {
    List<OpSample> rows = new ArrayList<>();
    activations(rows);
    softmax(rows);
    layerNorm(rows);
    batchNorm(rows);
    return rows;
  }

  static Tensor number(double value) {
    return (Tensor) Engine.number(value);
  }

  private static void activation(
      List<OpSample> rows,
      String constant,
      OpDef op,
      DoubleUnaryOperator reference,
      double... operands) {
    Function<Tensor[], Tensor> call =
        in -> {
          Tensor[] all = new Tensor[operands.length + 1];
          all[0] = in[0];
          for (int i = 0; i < operands.length; i++) {
            all[i + 1] = number(operands[i]);
          }
          return Tensor.call(op, all);
        };
    rows.add(
        OpSample.of(constant.toLowerCase(Locale.ROOT), call, in -> in[0].map(reference))
            .covering("PointwiseOps." + constant)
            .within(Tolerance.SINGLE)
            .on(Cases.unary(WIDE))
            .smooth(Cases.smoothUnary(CORNER)));
  }

  private static void activations(List<OpSample> rows) {
    activation(rows, "RELU", PointwiseOps.RELU, x -> x <= 0 ? 0 : x);
    rows.add(
        OpSample.of("relu of numbers", in -> in[0].relu(), in -> in[0].map(x -> Math.max(x, 0)))
            .covering("Tensor.relu")
            .types(OpSample.NUMBERS)
            .within(Tolerance.EXACT)
            .on(Cases.each(REAL, new int[] {33}, new int[] {2, 3}))
            .smooth(Cases.smoothUnary(CORNER)));
    activation(rows, "GELU", PointwiseOps.GELU, x -> 0.5 * x * (1 + Series.erf(x / Math.sqrt(2))));
    activation(
        rows,
        "GELU_TANH",
        PointwiseOps.GELU_TANH,
        x -> 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))));
    activation(rows, "SILU", PointwiseOps.SILU, x -> x / (1 + Math.exp(-x)));
    activation(
        rows,
        "SOFTPLUS",
        PointwiseOps.SOFTPLUS,
        x -> 2 * x > 5 ? x : Math.log1p(Math.exp(2 * x)) / 2,
        2,
        5);
    activation(rows, "LEAKY_RELU", PointwiseOps.LEAKY_RELU, x -> x > 0 ? x : 0.1 * x, 0.1);
    activation(rows, "ELU", PointwiseOps.ELU, x -> x > 0 ? x : 1.5 * Math.expm1(x), 1.5);
  }

  // ---- softmax ----

  private static void softmax(List<OpSample> rows) {
    for (int dim : new int[] {0, 1}) {
      rows.add(
          OpSample.of("softmax(" + dim + ")", in -> in[0].softmax(dim), in -> softmax(in[0], dim))
              .covering("NeuralOps.softmax", "Tensor.softmax")
              .within(Tolerance.STEPS)
              .on(Cases.rows(WIDE))
              .smooth(Cases.each(REAL, new int[] {3, 4})));
      rows.add(
          OpSample.of(
                  "log_softmax(" + dim + ")",
                  in -> in[0].logSoftmax(dim),
                  in -> softmax(in[0], dim).map(Math::log))
              .covering("NeuralOps.logSoftmax", "Tensor.logSoftmax")
              .within(Tolerance.STEPS)
              .on(Cases.rows(WIDE))
              .smooth(Cases.each(REAL, new int[] {3, 4})));
    }
    rows.add(
        OpSample.of("softmax(1) of 3 axes", in -> in[0].softmax(1), in -> softmax(in[0], 1))
            .within(Tolerance.STEPS)
            .on(Cases.each(WIDE, new int[] {2, 5, 3}, new int[] {2, 1, 3}, new int[] {0, 5, 3}))
            .smooth(Cases.each(REAL, new int[] {2, 3, 2})));
    rows.add(
        OpSample.of("softmax(-1) of 1 axis", in -> in[0].softmax(-1), in -> softmax(in[0], 0))
            .within(Tolerance.STEPS)
            .on(Cases.each(WIDE, new int[] {5}, new int[] {1}, new int[] {1025}))
            .smooth(Cases.each(REAL, new int[] {4})));
  }

  static Nd softmax(Nd x, int dim) {
    Nd e = x.minus(x.max(true, dim)).map(Math::exp);
    return e.over(e.sum(true, dim));
  }

  // ---- layer norm ----

  private static Nd layerNorm(Nd x, int dims, double eps) {
    int[] axes = new int[dims];
    for (int i = 0; i < dims; i++) {
      axes[i] = i - dims;
    }
    Nd centred = x.minus(x.mean(true, axes));
    Nd var = centred.times(centred).mean(true, axes);
    return centred.over(var.map(v -> Math.sqrt(v + eps)));
  }

  private static void layerNorm(List<OpSample> rows) {
    double eps = 1e-5;
    List<List<Input>> cases = new ArrayList<>();
    for (int size : Cases.SIZES) {
      if (size > 1) {
        cases.add(List.of(Input.of(WIDE, 3, size), Input.of(REAL, size), Input.of(REAL, size)));
      }
    }
    cases.add(List.of(Input.of(WIDE, 2, 3, 5), Input.of(REAL, 5), Input.of(REAL, 5)));
    cases.add(List.of(Input.of(WIDE, 0, 5), Input.of(REAL, 5), Input.of(REAL, 5)));
    rows.add(
        OpSample.of(
                "layer_norm",
                in -> Tensor.call(NeuralOps.layerNorm(1, eps, true), in),
                in -> layerNorm(in[0], 1, eps).times(in[1]).plus(in[2]))
            .covering("NeuralOps.layerNorm")
            .within(Tolerance.STEPS)
            .on(cases)
            .smooth(
                List.of(
                    List.of(
                        Input.of(Domain.DISTINCT, 2, 4), Input.of(REAL, 4), Input.of(REAL, 4)))));
    rows.add(
        OpSample.of(
                "layer_norm without weights, 2 axes",
                in -> Tensor.call(NeuralOps.layerNorm(2, 0.1, false), in),
                in -> layerNorm(in[0], 2, 0.1))
            .within(Tolerance.STEPS)
            .on(Cases.each(WIDE, new int[] {2, 5, 7}, new int[] {1, 33, 3}))
            .smooth(Cases.each(REAL, new int[] {2, 2, 2})));
  }

  // ---- batch norm ----

  private static Nd channel(Nd values, Nd x) {
    int[] sizes = new int[x.rank()];
    java.util.Arrays.fill(sizes, 1);
    sizes[1] = x.size(1);
    return values.reshape(sizes);
  }

  private static int[] allButChannel(Nd x) {
    int[] axes = new int[x.rank() - 1];
    for (int i = 1; i < axes.length; i++) {
      axes[i] = i + 1;
    }
    return axes;
  }

  private static Nd batchNorm(Nd[] in, double eps) {
    int[] axes = allButChannel(in[0]);
    Nd centred = in[0].minus(in[0].mean(true, axes));
    Nd var = centred.times(centred).mean(true, axes);
    Nd normal = centred.over(var.map(v -> Math.sqrt(v + eps)));
    return in.length == 1
        ? normal
        : normal.times(channel(in[1], in[0])).plus(channel(in[2], in[0]));
  }

  private static void batchNorm(List<OpSample> rows) {
    double eps = 1e-3;
    Input two = Input.of(REAL, 2);
    rows.add(
        OpSample.of(
                "batch_norm",
                in -> Tensor.call(NeuralOps.batchNorm(eps, true), in),
                in -> batchNorm(in, eps))
            .covering("NeuralOps.batchNorm")
            .within(Tolerance.sum(8192))
            .on(
                List.of(
                    List.of(Input.of(WIDE, 33, 2), two, two),
                    List.of(Input.of(WIDE, 7, 2, 13), two, two),
                    List.of(Input.of(WIDE, 3, 2, 5, 7), two, two),
                    List.of(Input.of(WIDE, 8, 2, 31, 33), two, two)))
            .smooth(
                List.of(
                    List.of(Input.of(REAL, 4, 2), two, two),
                    List.of(Input.of(REAL, 2, 2, 2, 2), two, two))));
    rows.add(
        OpSample.of(
                "batch_norm without weights",
                in -> Tensor.call(NeuralOps.batchNorm(eps, false), in),
                in -> batchNorm(in, eps))
            .within(Tolerance.STEPS)
            .on(Cases.each(WIDE, new int[] {33, 3}, new int[] {3, 4, 5, 5}))
            .smooth(Cases.each(REAL, new int[] {3, 2})));
    Input variance = Input.of(Domain.POSITIVE, 2);
    rows.add(
        OpSample.of(
                "batch_norm_inference",
                in -> Tensor.call(NeuralOps.batchNormInference(eps, true), in),
                in -> inference(in, eps))
            .covering("NeuralOps.batchNormInference")
            .within(Tolerance.STEPS)
            .on(
                List.of(
                    List.of(Input.of(WIDE, 33, 2), two, variance, two, two),
                    List.of(Input.of(WIDE, 0, 2), two, variance, two, two),
                    List.of(Input.of(WIDE, 3, 2, 5, 7), two, variance, two, two))));
    rows.add(
        OpSample.of(
                "batch_norm_inference by constant statistics",
                in -> {
                  Tensor mean =
                      Lay.contiguous(
                          new Nd(new double[] {0.5, -1}, 2), in[0].dtype(), in[0].device());
                  Tensor var =
                      Lay.contiguous(
                          new Nd(new double[] {2, 0.25}, 2), in[0].dtype(), in[0].device());
                  return Tensor.call(
                      NeuralOps.batchNormInference(eps, true), in[0], mean, var, in[1], in[2]);
                },
                in ->
                    inference(
                        new Nd[] {
                          in[0],
                          new Nd(new double[] {0.5, -1}, 2),
                          new Nd(new double[] {2, 0.25}, 2),
                          in[1],
                          in[2]
                        },
                        eps))
            .within(Tolerance.STEPS)
            .with(Input.of(REAL, 3, 2), two, two)
            .smooth());
  }

  private static Nd inference(Nd[] in, double eps) {
    Nd rstd = channel(in[2], in[0]).map(v -> 1 / Math.sqrt(v + eps));
    return in[0]
        .minus(channel(in[1], in[0]))
        .times(rstd)
        .times(channel(in[3], in[0]))
        .plus(channel(in[4], in[0]));
  }
}
