package dev.javelin.conformance;

import static dev.javelin.conformance.Domain.NONZERO;
import static dev.javelin.conformance.Domain.POSITIVE;
import static dev.javelin.conformance.Domain.REAL;
import static dev.javelin.conformance.NeuralSamples.number;

import dev.javelin.Tensor;
import dev.javelin.engine.Engine;
import dev.javelin.engine.Value;
import dev.javelin.kernels.DType;
import dev.javelin.ops.NeuralOps;
import dev.javelin.ops.OptimOps;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.DoubleBinaryOperator;

/// What changes tensors in place: methods with a trailing underscore, and optimiser steps.
final class UpdateSamples {
  private static final List<DType> SIGNED =
      OpSample.NUMBERS.stream().filter(dtype -> dtype != DType.UINT8).toList();

  private UpdateSamples() {}

  static List<OpSample> all() {
    List<OpSample> rows = new ArrayList<>();
    binary(rows, "add_", Tensor::add_, Double::sum, REAL, SIGNED);
    binary(rows, "sub_", Tensor::sub_, (x, y) -> x - y, REAL, SIGNED);
    binary(rows, "mul_", Tensor::mul_, (x, y) -> x * y, REAL, SIGNED);
    binary(rows, "div_", Tensor::div_, (x, y) -> x / y, NONZERO, OpSample.FLOATS);
    binary(rows, "copy_", Tensor::copy_, (x, y) -> y, REAL, OpSample.ALL);
    unary(rows, "add_(2)", x -> x.add_(2), x -> x + 2);
    unary(rows, "sub_(2)", x -> x.sub_(2), x -> x - 2);
    unary(rows, "mul_(2)", x -> x.mul_(2), x -> x * 2);
    unary(rows, "fill_(3)", x -> x.fill_(3), x -> 3);
    unary(rows, "zero_", Tensor::zero_, x -> 0);
    unary(rows, "relu_", Tensor::relu_, x -> x <= 0 ? 0 : x);
    sgd(rows);
    adam(rows);
    amsgrad(rows);
    rmsprop(rows);
    adagrad(rows);
    rows.addAll(OptimizerSamples.all());
    unscale(rows);
    runningStatistics(rows);
    return rows;
  }

  private static void binary(
      List<OpSample> rows,
      String name,
      BiConsumer<Tensor, Tensor> call,
      DoubleBinaryOperator reference,
      Domain second,
      List<DType> dtypes) {
    rows.add(
        OpSample.of(
                name,
                in -> {
                  Tensor copy = in[0].clone();
                  call.accept(copy, in[1]);
                  return copy;
                },
                in -> in[0].zip(in[1], reference))
            .covering("Tensor." + name)
            .types(dtypes)
            .within(Tolerance.EXACT)
            .on(
                List.of(
                    List.of(Input.of(REAL, 33), Input.of(second, 33)),
                    List.of(Input.of(REAL, 0), Input.of(second, 0)),
                    List.of(Input.of(REAL, 5, 7), Input.of(second, 7)),
                    List.of(Input.of(REAL, 5, 7), Input.of(second, 5, 1)),
                    List.of(Input.of(REAL, 5, 7), Input.of(second))))
            .smooth(
                List.of(
                    List.of(Input.of(REAL, 2, 3), Input.of(second, 2, 3)),
                    List.of(Input.of(REAL, 2, 3), Input.of(second, 3)))));
    rows.add(
        OpSample.of(
                name + " with a column",
                in -> {
                  Tensor copy = in[0].mul(1);
                  call.accept(copy.select(1, 1), in[1]);
                  return copy;
                },
                in ->
                    Nd.build(
                        in[0].shape(),
                        i ->
                            i[1] == 1
                                ? Nd.rounded(
                                    DType.FLOAT64,
                                    reference.applyAsDouble(in[0].at(i), in[1].at(i[0])))
                                : in[0].at(i)))
            .types(List.of(DType.FLOAT32, DType.FLOAT64))
            .within(Tolerance.EXACT)
            .on(List.of(List.of(Input.of(REAL, 5, 7), Input.of(second, 5))))
            .smooth(List.of(List.of(Input.of(REAL, 2, 3), Input.of(second, 2)))));
  }

  private static void unary(
      List<OpSample> rows,
      String name,
      Consumer<Tensor> call,
      java.util.function.DoubleUnaryOperator reference) {
    String method = name.contains("(") ? name.substring(0, name.indexOf('(')) : name;
    rows.add(
        OpSample.of(
                name,
                in -> {
                  Tensor copy = in[0].clone();
                  call.accept(copy);
                  return copy;
                },
                in -> in[0].map(reference))
            .covering("Tensor." + method)
            .types(SIGNED)
            .within(Tolerance.EXACT)
            .on(Cases.each(REAL, new int[] {33}, new int[] {5, 7}, new int[] {}, new int[] {0}))
            .smooth(Cases.smoothUnary(NONZERO)));
  }

  // ---- optimisers ----

  private static void sgd(List<OpSample> rows) {
    for (boolean first : new boolean[] {true, false}) {
      for (boolean nesterov : new boolean[] {false, true}) {
        double momentum = 0.9;
        double decay = 0.1;
        double dampening = nesterov ? 0 : 0.2;
        rows.add(
            OpSample.of(
                    "sgd" + (first ? ", first step" : "") + (nesterov ? ", nesterov" : ""),
                    in -> {
                      Tensor[] all = clones(in);
                      Tensor.call(
                          OptimOps.sgd(2, true, dampening, decay, nesterov, false, first),
                          before(all, number(0.05), number(momentum)));
                      return flat(all[0], all[2], all[3], all[5]);
                    },
                    in -> {
                      List<Nd> results = new ArrayList<>();
                      for (int i = 0; i < 6; i += 3) {
                        Nd slope = in[i + 1].plus(in[i].times(decay));
                        Nd buffer =
                            first
                                ? slope
                                : in[i + 2].times(momentum).plus(slope.times(1 - dampening));
                        Nd step = nesterov ? slope.plus(buffer.times(momentum)) : buffer;
                        results.add(in[i].minus(step.times(0.05)));
                        results.add(buffer);
                      }
                      return flat(results);
                    })
                .covering("OptimOps.sgd")
                .within(Tolerance.STEPS)
                .types(List.of(DType.FLOAT32, DType.FLOAT64))
                .on(List.of(three(3, 33), three(0, 7))));
      }
    }
    rows.add(
        OpSample.of(
                "sgd without momentum",
                in -> {
                  Tensor[] all = clones(in);
                  Tensor.call(
                      OptimOps.sgd(1, false, 0, 0, false, false, false), before(all, number(0.5)));
                  return all[0];
                },
                in -> in[0].minus(in[1].times(0.5)))
            .within(Tolerance.STEPS)
            .types(OpSample.FLOATS)
            .on(List.of(List.of(Input.of(REAL, 5, 7), Input.of(REAL, 5, 7)))));
  }

  private static List<Input> three(int a, int b) {
    List<Input> inputs = new ArrayList<>();
    for (int size : new int[] {a, b}) {
      for (int i = 0; i < 3; i++) {
        inputs.add(Input.of(REAL, size));
      }
    }
    return inputs;
  }

  private static void adam(List<OpSample> rows) {
    double lr = 0.01;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double eps = 1e-8;
    int step = 3;
    double size = lr / (1 - Math.pow(beta1, step));
    double root = Math.sqrt(1 - Math.pow(beta2, step));
    for (boolean decoupled : new boolean[] {false, true}) {
      for (double decay : new double[] {0, 0.1}) {
        rows.add(
            OpSample.of(
                    (decoupled ? "adamw" : "adam") + ", decay " + decay,
                    in -> {
                      Tensor[] all = clones(in);
                      Tensor.call(
                          OptimOps.adam(2, beta2, eps, decay, decoupled, false, false),
                          before(all, number(lr), number(size), number(root), number(1 - beta1)));
                      return flat(all[0], all[2], all[3], all[4], all[6], all[7]);
                    },
                    in -> {
                      List<Nd> results = new ArrayList<>();
                      for (int i = 0; i < 8; i += 4) {
                        Nd p = decoupled ? in[i].times(1 - lr * decay) : in[i];
                        Nd g = decoupled ? in[i + 1] : in[i + 1].plus(p.times(decay));
                        Nd mean = in[i + 2].times(beta1).plus(g.times(1 - beta1));
                        Nd square = in[i + 3].times(beta2).plus(g.times(g).times(1 - beta2));
                        Nd bottom = square.map(x -> Math.sqrt(x) / root + eps);
                        results.add(p.minus(mean.over(bottom).times(size)));
                        results.add(mean);
                        results.add(square);
                      }
                      return flat(results);
                    })
                .covering("OptimOps.adam")
                .within(Tolerance.STEPS)
                .types(List.of(DType.FLOAT32, DType.FLOAT64))
                .on(List.of(four(3, 33), four(0, 7))));
      }
    }
  }

  private static void amsgrad(List<OpSample> rows) {
    rows.add(
        OpSample.of(
                "adam, amsgrad, maximised",
                in -> {
                  Tensor[] all = clones(in);
                  Tensor.call(
                      OptimOps.adam(1, 0.99, 1e-3, 0.1, false, true, true),
                      before(all, number(0.01), number(0.02), number(0.5), number(1 - 0.9)));
                  return flat(all[0], all[2], all[3], all[4]);
                },
                in -> {
                  Nd g = in[0].times(0.1).minus(in[1]);
                  Nd mean = in[2].times(0.9).plus(g.times(0.1));
                  Nd square = in[3].times(0.99).plus(g.times(g).times(0.01));
                  Nd largest = square.zip(in[4], Math::max);
                  Nd bottom = largest.map(x -> Math.sqrt(x) / 0.5 + 1e-3);
                  return flat(
                      List.of(in[0].minus(mean.over(bottom).times(0.02)), mean, square, largest));
                })
            .within(Tolerance.STEPS)
            .types(List.of(DType.FLOAT32, DType.FLOAT64))
            .with(
                Input.of(REAL, 7),
                Input.of(REAL, 7),
                Input.of(REAL, 7),
                Input.of(POSITIVE, 7),
                Input.of(POSITIVE, 7)));
  }

  private static void rmsprop(List<OpSample> rows) {
    rows.add(
        OpSample.of(
                "rmsprop",
                in -> {
                  Tensor[] all = clones(in);
                  Tensor.call(
                      OptimOps.rmsprop(1, 0.9, 1e-3, 0, false, false, false),
                      before(all, number(0.05)));
                  return flat(all[0], all[2]);
                },
                in -> {
                  Nd square = in[2].times(0.9).plus(in[1].times(in[1]).times(0.1));
                  Nd step = in[1].over(square.map(x -> Math.sqrt(x) + 1e-3));
                  return flat(List.of(in[0].minus(step.times(0.05)), square));
                })
            .covering("OptimOps.rmsprop")
            .within(Tolerance.STEPS)
            .types(List.of(DType.FLOAT32, DType.FLOAT64))
            .with(Input.of(REAL, 7), Input.of(REAL, 7), Input.of(POSITIVE, 7)));
    Domain large = Domain.between(5, 9); // above the square of the mean
    Domain small = Domain.between(-1, 1);
    rows.add(
        OpSample.of(
                "rmsprop, centred, with momentum and decay",
                in -> {
                  Tensor[] all = clones(in);
                  Tensor.call(
                      OptimOps.rmsprop(1, 0.9, 1e-3, 0.1, true, true, true),
                      before(all, number(0.05), number(0.8)));
                  return flat(all[0], all[2], all[3], all[4]);
                },
                in -> {
                  Nd g = in[0].times(0.1).minus(in[1]);
                  Nd square = in[2].times(0.9).plus(g.times(g).times(0.1));
                  Nd mean = in[4].times(0.9).plus(g.times(0.1));
                  Nd spread = square.minus(mean.times(mean));
                  Nd step = in[3].times(0.8).plus(g.over(spread.map(x -> Math.sqrt(x) + 1e-3)));
                  return flat(List.of(in[0].minus(step.times(0.05)), square, step, mean));
                })
            .within(Tolerance.STEPS)
            .types(List.of(DType.FLOAT32, DType.FLOAT64))
            .with(
                Input.of(REAL, 7),
                Input.of(small, 7),
                Input.of(large, 7),
                Input.of(REAL, 7),
                Input.of(small, 7)));
  }

  private static void adagrad(List<OpSample> rows) {
    rows.add(
        OpSample.of(
                "adagrad",
                in -> {
                  Tensor[] all = clones(in);
                  Tensor.call(OptimOps.adagrad(1, 1e-3, 0.1, true), before(all, number(0.05)));
                  return flat(all[0], all[2]);
                },
                in -> {
                  Nd g = in[0].times(0.1).minus(in[1]);
                  Nd sum = in[2].plus(g.times(g));
                  Nd step = g.over(sum.map(x -> Math.sqrt(x) + 1e-3));
                  return flat(List.of(in[0].minus(step.times(0.05)), sum));
                })
            .covering("OptimOps.adagrad")
            .within(Tolerance.STEPS)
            .types(List.of(DType.FLOAT32, DType.FLOAT64))
            .with(Input.of(REAL, 7), Input.of(REAL, 7), Input.of(POSITIVE, 7)));
  }

  private static void unscale(List<OpSample> rows) {
    rows.add(
        OpSample.of(
                "amp_unscale",
                in -> {
                  Tensor[] all = clones(in);
                  Value[] outputs = Engine.callAll(OptimOps.unscale(2), before(all, number(0.25)));
                  Tensor found = ((Tensor) outputs[2]).to(in[0].dtype());
                  return flat(all[0], all[1], found.reshape(1));
                },
                in -> {
                  double broken =
                      Arrays.stream(in[1].data()).filter(x -> !Double.isFinite(x)).count();
                  return flat(List.of(in[0].times(0.25), in[1].times(0.25), Nd.scalar(broken)));
                })
            .covering("OptimOps.unscale")
            .within(Tolerance.STEPS)
            .with(
                Input.of(REAL, 5),
                Input.of(Domain.fixed(1, Double.POSITIVE_INFINITY, -2, Double.NaN), 4)));
  }

  private static void runningStatistics(List<OpSample> rows) {
    rows.add(
        OpSample.of(
                "batch_norm_statistics",
                in -> {
                  Tensor[] all = clones(in);
                  Tensor.call(NeuralOps.runningStatistics(), before(all, number(0.1)));
                  return flat(all[0], all[1], all[2].to(in[0].dtype()));
                },
                in -> {
                  Nd mean = in[0].times(0.9).plus(in[3].reshape(3).times(0.1));
                  Nd variance = in[1].times(0.9).plus(in[4].reshape(3).times(0.1));
                  return flat(List.of(mean, variance, in[2].map(x -> x + 1).reshape(1)));
                })
            .covering("NeuralOps.runningStatistics")
            .within(Tolerance.STEPS)
            .types(List.of(DType.FLOAT32, DType.FLOAT64))
            .with(
                Input.of(REAL, 3),
                Input.of(POSITIVE, 3),
                Input.index(100, 1),
                Input.of(REAL, 1, 3, 1, 1),
                Input.of(POSITIVE, 1, 3, 1, 1)));
  }

  private static List<Input> four(int a, int b) {
    List<Input> inputs = new ArrayList<>();
    for (int size : new int[] {a, b}) {
      for (int i = 0; i < 3; i++) {
        inputs.add(Input.of(REAL, size));
      }
      inputs.add(Input.of(POSITIVE, size));
    }
    return inputs;
  }

  static Tensor[] clones(Tensor[] in) {
    return Arrays.stream(in).map(Tensor::clone).toArray(Tensor[]::new);
  }

  static Tensor[] before(Tensor[] all, Tensor... numbers) {
    Tensor[] result = Arrays.copyOf(numbers, numbers.length + all.length);
    System.arraycopy(all, 0, result, numbers.length, all.length);
    return result;
  }

  static Tensor flat(Tensor... parts) {
    return Tensor.cat(List.of(parts), 0);
  }

  static Nd flat(List<Nd> parts) {
    double[] all = parts.stream().flatMapToDouble(part -> Arrays.stream(part.data())).toArray();
    return new Nd(all, all.length);
  }
}
