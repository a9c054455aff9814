package dev.javelin.conformance;

import static dev.javelin.conformance.Domain.REAL;
import static dev.javelin.conformance.Domain.SMOOTH;

import dev.javelin.Tensor;
import dev.javelin.engine.Engine;
import dev.javelin.engine.Value;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel.Window;
import dev.javelin.ops.LayerOps;
import dev.javelin.ops.OpDef;
import dev.javelin.ops.RecurrentOps;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// What layers compute in one region each: norms, embedding, transposed convolution, recurrent steps.
final class LayerSamples {
  private static final List<DType> SINGLE_AND_DOUBLE = List.of(DType.FLOAT32, DType.FLOAT64);

  private LayerSamples() {}

  static List<OpSample> all() {
    List<OpSample> rows = new ArrayList<>();
    activations(rows);
    norms(rows);
    embedding(rows);
    convTranspose2d(rows);
    recurrent(rows);
    return rows;
  }

  private static OpSample row(String name, OpDef op, String factory, Function<Nd[], Nd> reference) {
    return OpSample.of(name, in -> Tensor.call(op, in), reference)
        .covering("LayerOps." + factory)
        .within(Tolerance.STEPS);
  }

  // ---- activations ----

  private static void activations(List<OpSample> rows) {
    rows.add(
        row(
                "hardswish",
                LayerOps.hardswish(),
                "hardswish",
                in -> in[0].map(x -> x * Math.min(Math.max(x + 3, 0), 6) / 6))
            .on(Cases.each(Domain.between(-5, 5), new int[] {33}, new int[] {5, 7}))
            .smooth(Cases.each(SMOOTH, new int[] {2, 3})));
    List<Input> one = List.of(Input.of(SMOOTH, 3, 2, 2), Input.of(REAL, 1));
    List<Input> each = List.of(Input.of(SMOOTH, 3, 2, 2), Input.of(REAL, 2));
    rows.add(
        row(
                "prelu",
                LayerOps.prelu(),
                "prelu",
                in ->
                    Nd.build(
                        in[0].shape(),
                        i -> {
                          double x = in[0].at(i);
                          return x > 0 ? x : x * in[1].at(i[1]);
                        }))
            .types(SINGLE_AND_DOUBLE)
            .on(List.of(one, each))
            .smooth(List.of(one, each)));
  }

  // ---- norms ----

  private static Nd channel(Nd values, Nd x) {
    int[] sizes = new int[x.rank()];
    Arrays.fill(sizes, 1);
    sizes[1] = x.size(1);
    return values.reshape(sizes);
  }

  private static Nd groupNorm(Nd[] in, int groups, double eps) {
    Nd rows = in[0].reshape(in[0].size(0) * groups, in[0].numel() / in[0].size(0) / groups);
    Nd centred = rows.minus(rows.mean(true, 1));
    Nd var = centred.times(centred).mean(true, 1);
    Nd normal = centred.over(var.map(v -> Math.sqrt(v + eps))).reshape(in[0].shape());
    return in.length == 1
        ? normal
        : normal.times(channel(in[1], in[0])).plus(channel(in[2], in[0]));
  }

  private static void norms(List<OpSample> rows) {
    Input four = Input.of(REAL, 4);
    rows.add(
        row(
                "group_norm",
                LayerOps.groupNorm(2, 1e-3, true),
                "groupNorm",
                in -> groupNorm(in, 2, 1e-3))
            .on(
                List.of(
                    List.of(Input.of(REAL, 3, 4, 5), four, four),
                    List.of(Input.of(REAL, 2, 4, 7, 9), four, four)))
            .smooth(List.of(List.of(Input.of(REAL, 2, 4, 2), four, four))));
    rows.add(
        row(
                "group_norm without weights",
                LayerOps.groupNorm(1, 1e-3, false),
                "groupNorm",
                in -> groupNorm(in, 1, 1e-3))
            .types(SINGLE_AND_DOUBLE)
            .with(Input.of(REAL, 3, 4)));
    rows.add(
        row(
                "rms_norm",
                LayerOps.rmsNorm(1, 1e-3, true),
                "rmsNorm",
                in -> rmsNorm(in[0], 1e-3, -1).times(in[1]))
            .on(
                List.of(
                    List.of(Input.of(REAL, 3, 5), Input.of(REAL, 5)),
                    List.of(Input.of(REAL, 2, 3, 1025), Input.of(REAL, 1025))))
            .smooth(List.of(List.of(Input.of(REAL, 2, 4), Input.of(REAL, 4)))));
    rows.add(
        row(
                "rms_norm without weights, 2 axes",
                LayerOps.rmsNorm(2, 1e-3, false),
                "rmsNorm",
                in -> rmsNorm(in[0], 1e-3, -2, -1))
            .types(SINGLE_AND_DOUBLE)
            .with(Input.of(REAL, 3, 2, 5)));
  }

  private static Nd rmsNorm(Nd x, double eps, int... axes) {
    return x.over(x.times(x).mean(true, axes).map(v -> Math.sqrt(v + eps)));
  }

  // ---- embedding ----

  private static void embedding(List<OpSample> rows) {
    List<Input> small = List.of(Input.of(REAL, 5, 3), Input.index(5, 7));
    rows.add(
        row("embedding", LayerOps.embedding(-1), "embedding", LayerSamples::rows)
            .within(Tolerance.EXACT)
            .on(List.of(small, List.of(Input.of(REAL, 33, 13), Input.index(33, 100))))
            .smooth(List.of(small)));
    // Row 0 is not asked for: its gradient is not that of the function.
    Input kept = new Input(Domain.fixed(1, 4, 2, 4), Optional.of(DType.INT64), 4);
    rows.add(
        row("embedding with padding", LayerOps.embedding(0), "embedding", LayerSamples::rows)
            .types(SINGLE_AND_DOUBLE)
            .with(Input.of(REAL, 5, 3), kept)
            .smooth());
  }

  private static Nd rows(Nd[] in) {
    int[] shape = {in[1].size(0), in[0].size(1)};
    return Nd.build(shape, i -> in[0].at((int) in[1].at(i[0]), i[1]));
  }

  // ---- transposed convolution ----

  private static void convTranspose2d(List<OpSample> rows) {
    Window window = new Window(3, 2, 2, 1, 1, 0, 1, 2, 2);
    // h' = (3 - 1) 2 - 2 + 3 + 1, w' = (4 - 1) 1 + 2 (2 - 1) + 1
    int[] target = {2, 4, 6, 6};
    List<Input> inputs =
        List.of(Input.of(REAL, 2, 2, 3, 4), Input.of(REAL, 2, 2, 3, 2), Input.of(REAL, 4));
    rows.add(
        row(
                "conv_transpose2d",
                LayerOps.convTranspose2d(window, Lay.shape(target), true),
                "convTranspose2d",
                in -> transposed(in, window, target))
            .within(Tolerance.sum(16))
            .on(List.of(inputs))
            .smooth());
    rows.add(
        row(
                "conv_transpose2d without bias",
                LayerOps.convTranspose2d(window, Lay.shape(target), false),
                "convTranspose2d",
                in -> transposed(in, window, target))
            .types(SINGLE_AND_DOUBLE)
            .within(Tolerance.sum(16))
            .on(List.of(inputs.subList(0, 2))));
  }

  /// Each element of the input adds the kernel, times itself, to the output.
  private static Nd transposed(Nd[] in, Window w, int[] target) {
    double[] out = new double[Nd.count(target)];
    int perGroup = in[1].size(1);
    int[] index = new int[4];
    for (int i = 0; i < in[0].numel(); i++) {
      int group = index[1] / (in[0].size(1) / (int) w.groups());
      for (int o = 0; o < perGroup; o++) {
        for (int a = 0; a < w.kernelH(); a++) {
          for (int b = 0; b < w.kernelW(); b++) {
            int y = (int) (index[2] * w.strideH() - w.padH() + a * w.dilationH());
            int x = (int) (index[3] * w.strideW() - w.padW() + b * w.dilationW());
            if (y >= 0 && y < target[2] && x >= 0 && x < target[3]) {
              int channel = group * perGroup + o;
              out[((index[0] * target[1] + channel) * target[2] + y) * target[3] + x] +=
                  in[0].at(index) * in[1].at(index[1], o, a, b);
            }
          }
        }
      }
      Nd.next(index, in[0].shape());
    }
    Nd result = new Nd(out, target);
    return in.length == 2 ? result : result.plus(in[2].reshape(1, target[1], 1, 1));
  }

  // ---- recurrent steps ----

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  private static OpSample recurrent(String name, OpDef op, Function<Nd[], Nd> f) {
    return OpSample.of(
            name,
            in -> {
              Value[] outputs = Engine.callAll(op, (Value[]) in);
              return outputs.length == 1
                  ? (Tensor) outputs[0]
                  : Tensor.cat(List.of((Tensor) outputs[0], (Tensor) outputs[1]), 1);
            },
            f)
        .within(Tolerance.STEPS);
  }

  private static void recurrent(List<OpSample> rows) {
    for (boolean relu : new boolean[] {false, true}) {
      rows.add(
          recurrent(
                  relu ? "rnn_relu_cell" : "rnn_tanh_cell",
                  RecurrentOps.rnnCell(relu),
                  in -> in[0].plus(in[1]).map(x -> relu ? Math.max(x, 0) : Math.tanh(x)))
              .covering("RecurrentOps.rnnCell")
              .types(SINGLE_AND_DOUBLE)
              .with(Input.of(Domain.POSITIVE, 2, 3), Input.of(REAL, 2, 3))
              .smooth(
                  List.of(
                      List.of(Input.of(Domain.POSITIVE, 2, 2), Input.of(Domain.POSITIVE, 2, 2)))));
    }
    rows.add(
        recurrent("lstm_cell", RecurrentOps.lstmCell(), LayerSamples::lstm)
            .covering("RecurrentOps.lstmCell")
            .with(Input.of(REAL, 2, 12), Input.of(REAL, 2, 12), Input.of(REAL, 2, 3))
            .smooth(
                List.of(
                    List.of(Input.of(REAL, 2, 4), Input.of(REAL, 2, 4), Input.of(REAL, 2, 1)))));
    rows.add(
        OpSample.of(
                "unbind",
                in -> {
                  Value[] slices = Engine.callAll(RecurrentOps.unbind(3), in[0]);
                  return ((Tensor) slices[2]).add(((Tensor) slices[0]).mul(2));
                },
                in -> {
                  Nd last = in[0].slice(0, 2, 1, 1).reshape(2, 4);
                  return last.plus(in[0].slice(0, 0, 1, 1).reshape(2, 4).times(2));
                })
            .covering("RecurrentOps.unbind")
            .types(SINGLE_AND_DOUBLE)
            .within(Tolerance.STEPS)
            .with(Input.of(REAL, 3, 2, 4))
            .smooth());
    rows.add(
        recurrent("gru_cell", RecurrentOps.gruCell(), LayerSamples::gru)
            .covering("RecurrentOps.gruCell")
            .types(SINGLE_AND_DOUBLE)
            .with(Input.of(REAL, 2, 9), Input.of(REAL, 2, 9), Input.of(REAL, 2, 3))
            .smooth(
                List.of(
                    List.of(Input.of(REAL, 2, 3), Input.of(REAL, 2, 3), Input.of(REAL, 2, 1)))));
  }

  private static Nd lstm(Nd[] in) {
    int h = in[2].size(1);
    Nd gates = in[0].plus(in[1]);
    return Nd.build(
        new int[] {in[0].size(0), 2 * h},
        i -> {
          int k = i[1] % h;
          double kept = sigmoid(gates.at(i[0], h + k)) * in[2].at(i[0], k);
          double cell = kept + sigmoid(gates.at(i[0], k)) * Math.tanh(gates.at(i[0], 2 * h + k));
          return i[1] < h ? sigmoid(gates.at(i[0], 3 * h + k)) * Math.tanh(cell) : cell;
        });
  }

  private static Nd gru(Nd[] in) {
    int h = in[2].size(1);
    return Nd.build(
        in[2].shape(),
        i -> {
          int n = i[0];
          int k = i[1];
          double reset = sigmoid(in[0].at(n, k) + in[1].at(n, k));
          double update = sigmoid(in[0].at(n, h + k) + in[1].at(n, h + k));
          double fresh = Math.tanh(in[0].at(n, 2 * h + k) + reset * in[1].at(n, 2 * h + k));
          return (1 - update) * fresh + update * in[2].at(n, k);
        });
  }
}
