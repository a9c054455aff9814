package dev.javelin.conformance;

import static dev.javelin.conformance.Domain.POSITIVE;
import static dev.javelin.conformance.Domain.REAL;
import static dev.javelin.conformance.NeuralSamples.number;
import static dev.javelin.conformance.UpdateSamples.before;
import static dev.javelin.conformance.UpdateSamples.clones;
import static dev.javelin.conformance.UpdateSamples.flat;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.ops.OpDef;
import dev.javelin.ops.OptimOps;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// Steps of the rarer optimisers: a parameter, its gradient and two tensors of state.
final class OptimizerSamples {
  private OptimizerSamples() {}

  static List<OpSample> all() {
    List<OpSample> rows = new ArrayList<>();
    rows.add(
        row(
            "adadelta",
            OptimOps.adadelta(1, 0.75, 1e-3, 0.1, true),
            in -> {
              Nd g = in[0].times(0.1).minus(in[1]);
              Nd square = in[2].times(0.75).plus(g.times(g).times(0.25));
              Nd scale = in[3].zip(square, (a, s) -> Math.sqrt(a + 1e-3) / Math.sqrt(s + 1e-3));
              Nd step = scale.times(g);
              Nd steps = in[3].times(0.75).plus(step.times(step).times(0.25));
              return flat(List.of(in[0].minus(step.times(0.5)), square, steps));
            }));
    rows.add(
        row(
            "adamax",
            OptimOps.adamax(1, 0.75, 0.5, 1e-3, 0.1, false),
            in -> {
              Nd g = in[0].times(0.1).plus(in[1]);
              Nd mean = in[2].times(0.75).plus(g.times(0.25));
              Nd largest = in[3].zip(g, (l, x) -> Math.max(l * 0.5, Math.abs(x) + 1e-3));
              return flat(List.of(in[0].minus(mean.over(largest).times(0.5)), mean, largest));
            }));
    for (boolean divides : new boolean[] {false, true}) {
      rows.add(
          row(
              "radam",
              OptimOps.radam(1, 0.75, 0.5, 1e-3, 0.1, divides),
              in -> {
                Nd g = in[0].times(0.1).plus(in[1]);
                Nd mean = in[2].times(0.75).plus(g.times(0.25));
                Nd square = in[3].times(0.5).plus(g.times(g).times(0.5));
                Nd step = divides ? mean.over(square.map(x -> Math.sqrt(x) + 1e-3)) : mean;
                return flat(List.of(in[0].minus(step.times(0.5)), mean, square));
              }));
    }
    return rows;
  }

  private static OpSample row(String name, OpDef op, Function<Nd[], Nd> reference) {
    return OpSample.of(
            name,
            in -> {
              Tensor[] all = clones(in);
              Tensor.call(op, before(all, number(0.5)));
              return flat(all[0], all[2], all[3]);
            },
            reference)
        .covering("OptimOps." + name)
        .within(Tolerance.STEPS)
        .types(List.of(DType.FLOAT32, DType.FLOAT64))
        .with(Input.of(REAL, 7), Input.of(REAL, 7), Input.of(POSITIVE, 7), Input.of(POSITIVE, 7));
  }
}
