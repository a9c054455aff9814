package dev.javelin.conformance;

import static dev.javelin.conformance.Domain.REAL;

import dev.javelin.Tensor;
import dev.javelin.engine.Engine;
import dev.javelin.engine.Value;
import dev.javelin.kernels.DType;
import dev.javelin.ops.AttentionOps;
import dev.javelin.ops.AttentionOps.Mask;
import dev.javelin.ops.OpDef;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Attention, in one kernel and by way of its weights.
final class AttentionSamples {
  private static final List<DType> SINGLE_AND_DOUBLE = List.of(DType.FLOAT32, DType.FLOAT64);

  private AttentionSamples() {}

  static List<OpSample> all() {
    List<OpSample> rows = new ArrayList<>();
    fused(rows, false);
    fused(rows, true);
    weights(rows);
    return rows;
  }

  // ---- in one kernel ----

  private static void fused(List<OpSample> rows, boolean causal) {
    double scale = 0.125;
    String name = "scaled_dot_product_attention" + (causal ? ", causal" : "");
    OpDef op = AttentionOps.scaledDotProductAttention(scale, causal);
    Sees sees = (i, j) -> !causal || j <= i;
    rows.add(
        OpSample.of(
                name, in -> Tensor.call(op, in), in -> probabilities(in, scale, sees).matmul(in[2]))
            .covering("AttentionOps.scaledDotProductAttention")
            .within(Tolerance.sum(130))
            .on(
                List.of(
                    inputs(2, 3, 5, 4, 4),
                    inputs(1, 1, 1, 1, 1),
                    inputs(2, 7, 3, 1, 3),
                    inputs(1, 33, 65, 7, 33),
                    inputs(1, 65, 33, 65, 7),
                    inputs(1, 3, 66, 130, 131),
                    inputs(1, 2, 0, 3, 3)))
            .smooth(List.of(inputs(1, 3, 4, 2, 3), inputs(2, 2, 1, 1, 1))));
    rows.add(
        OpSample.of(
                name + ", gradients",
                in -> slopes(op, new OpDef.AttentionBackward(scale, causal), in),
                in -> slopes(in, scale, sees))
            .within(new Tolerance(64, 32))
            .on(
                List.of(
                    withSlope(2, 3, 5, 4, 4),
                    withSlope(1, 1, 1, 1, 1),
                    withSlope(2, 7, 3, 1, 3),
                    withSlope(1, 33, 65, 7, 33),
                    withSlope(1, 65, 33, 65, 7),
                    withSlope(1, 3, 66, 130, 131))));
  }

  private static List<Input> inputs(int batch, int queries, int keys, int size, int width) {
    return List.of(
        Input.of(REAL, batch, 2, queries, size),
        Input.of(REAL, batch, 2, keys, size),
        Input.of(REAL, batch, 2, keys, width));
  }

  private static List<Input> withSlope(int batch, int queries, int keys, int size, int width) {
    List<Input> inputs = new ArrayList<>(inputs(batch, queries, keys, size, width));
    inputs.add(Input.of(REAL, batch, 2, queries, width));
    return inputs;
  }

  private static Nd transposed(Nd x) {
    return x.permute(0, 1, 3, 2);
  }

  private static Nd probabilities(Nd[] in, double scale, Sees sees) {
    return weights(in[0].matmul(transposed(in[1])).times(scale), sees);
  }

  /// The gradients of q, k and v, one after the other.
  private static Tensor slopes(OpDef forward, OpDef backward, Tensor[] in) {
    Value[] outputs = Engine.callAll(forward, in[0], in[1], in[2]);
    Tensor lse = (Tensor) outputs[1];
    Tensor delta = ((Tensor) outputs[0]).to(lse.dtype()).mul(in[3]).sum(-1);
    Value[] slopes = Engine.callAll(backward, in[0], in[1], in[2], in[3], lse, delta);
    List<Tensor> flat = new ArrayList<>();
    for (Value slope : slopes) {
      flat.add(((Tensor) slope).reshape(-1));
    }
    return Tensor.cat(flat, 0);
  }

  private static Nd slopes(Nd[] in, double scale, Sees sees) {
    Nd p = probabilities(in, scale, sees);
    Nd slope = p.times(in[3].matmul(transposed(in[2])));
    Nd ds = slope.minus(p.times(slope.sum(true, -1))).times(scale);
    Nd[] parts = {ds.matmul(in[1]), transposed(ds).matmul(in[0]), transposed(p).matmul(in[3])};
    int count = parts[0].numel() + parts[1].numel() + parts[2].numel();
    double[] all = new double[count];
    int at = 0;
    for (Nd part : parts) {
      System.arraycopy(part.data(), 0, all, at, part.numel());
      at += part.numel();
    }
    return new Nd(all, count);
  }

  // ---- by way of the weights ----

  private static OpSample row(String name, OpDef op, Function<Nd[], Nd> reference) {
    return OpSample.of(name, in -> Tensor.call(op, in), reference)
        .covering("AttentionOps.attentionWeights")
        .within(Tolerance.STEPS);
  }

  private static void weights(List<OpSample> rows) {
    Input scores = Input.of(REAL, 2, 3, 5);
    rows.add(
        row(
                "attention_weights, causal",
                AttentionOps.attentionWeights(0.5, Mask.NONE, true),
                in -> weights(in[0].times(0.5), (i, j) -> j <= i))
            .on(List.of(List.of(scores), List.of(Input.of(REAL, 2, 33, 33))))
            .smooth(List.of(List.of(Input.of(REAL, 1, 3, 3)))));
    // The first query sees nothing.
    double[] seen = {0, 0, 0, 0, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0};
    Input mask = new Input(Domain.fixed(seen), Optional.of(DType.BOOL), 3, 5);
    rows.add(
        row(
                "attention_weights, mask of truth values",
                AttentionOps.attentionWeights(2, Mask.BOOL, false),
                in -> weights(in[0].times(2), (i, j) -> in[1].at(i, j) != 0))
            .types(SINGLE_AND_DOUBLE)
            .with(scores, mask)
            .smooth());
    rows.add(
        row(
                "attention_weights, mask of numbers",
                AttentionOps.attentionWeights(1, Mask.ADDED, false),
                in -> weights(in[0].plus(in[1]), (i, j) -> true))
            .types(SINGLE_AND_DOUBLE)
            .with(scores, Input.of(REAL, 3, 5))
            .smooth());
  }

  private interface Sees {
    boolean key(int query, int key);
  }

  private static Nd weights(Nd scores, Sees sees) {
    int queries = scores.rank() - 2;
    Nd e =
        Nd.build(
            scores.shape(), i -> sees.key(i[queries], i[queries + 1]) ? Math.exp(scores.at(i)) : 0);
    return e.over(e.sum(true, -1).map(sum -> sum == 0 ? 1 : sum));
  }
}
