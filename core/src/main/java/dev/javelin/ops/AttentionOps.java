package dev.javelin.ops;

import dev.javelin.Tensor;
import dev.javelin.engine.Engine;
import dev.javelin.engine.Value;
import dev.javelin.ops.OpDef.Attention;
import dev.javelin.ops.OpDef.AttentionBackward;
import java.util.List;

/// Attention: in one kernel, or by way of its weights where there is a mask or dropout.
public final class AttentionOps {
  private AttentionOps() {}

  // ---- in one kernel ----

  /// `softmax(scale q k^T) v`; the weights `[..., l, s]` are never in memory. Inputs q `[..., l, e]`, k `[..., s, e]`, v
  /// `[..., s, f]`, of one batch; output `[..., l, f]`. Hidden output: what the gradient needs of each row of weights. A second
  /// derivative is taken of the composition, weights in memory.
  ///
  /// @param scale by which scores are multiplied
  /// @param causal whether query i sees keys 0 to i only
  /// @return the op
  public static OpDef scaledDotProductAttention(double scale, boolean causal) {
    Attention kernel = new Attention(scale, causal);
    return Composite.several(
        kernel.name(), List.of(scale, causal), 1, in -> results(kernel, in), kernel.gradient());
  }

  private static Tensor[] results(OpDef op, Tensor... in) {
    Value[] outputs = Engine.callAll(op, in);
    Tensor[] results = new Tensor[outputs.length];
    for (int i = 0; i < results.length; i++) {
      results[i] = (Tensor) outputs[i];
    }
    return results;
  }

  static Gradient gradient(Attention op) {
    return b -> {
      AttentionBackward backward = new AttentionBackward(op.scale(), op.causal());
      Tensor[][] once = new Tensor[1][];
      return Gradient.each(
          () -> slope(b, backward, once, 0),
          () -> slope(b, backward, once, 1),
          () -> slope(b, backward, once, 2));
    };
  }

  private static Tensor slope(
      Gradient.Backward b, AttentionBackward op, Tensor[][] once, int input) {
    if (once[0] == null) {
      Tensor y = b.out(0).to(b.out(1).dtype());
      Tensor delta = y.mul(b.g(0)).sum(-1); // [..., l]
      once[0] = results(op, b.in(0), b.in(1), b.in(2), b.g(0), b.out(1), delta);
    }
    return once[0][input];
  }

  /// The gradient of the gradient: that of the same gradient by way of the weights. What follows from q, k, v and g (inputs lse and
  /// delta) gets none of its own.
  static Gradient gradient(AttentionBackward op) {
    return Composite.derived(
            op.name(), List.of(op.scale(), op.causal()), 4, 3, in -> composed(op, in))
        .gradient();
  }

  /// The gradients of q, k and v of these and the gradient of the output.
  private static Tensor[] composed(AttentionBackward op, Tensor[] in) {
    OpDef softmax = attentionWeights(op.scale(), Mask.NONE, op.causal());
    Tensor p = Tensor.call(softmax, in[0].matmul(in[1].transpose(-2, -1))); // [..., l, s]
    Tensor slope = p.mul(in[3].matmul(in[2].transpose(-2, -1)));
    Tensor ds = slope.sub(p.mul(slope.sum(-1, true))).mul(op.scale());
    return new Tensor[] {
      ds.matmul(in[1]), ds.transpose(-2, -1).matmul(in[0]), p.transpose(-2, -1).matmul(in[3])
    };
  }

  // ---- by way of the weights ----

  /// How a mask of attention is given.
  public enum Mask {
    /// There is none.
    NONE,
    /// Truth values: whether a key counts for a query.
    BOOL,
    /// Numbers added to the scores.
    ADDED
  }

  /// What a query gives to each key: softmax of `scores * scale`, masked, along the last dimension. Inputs scores `[..., l, s]` and
  /// the mask, broadcast to them, if there is one. A query with no key gives 0 to all.
  ///
  /// @param scale by which scores are multiplied
  /// @param mask how a mask is given
  /// @param causal whether query i sees keys 0 to i only
  /// @return the op
  public static OpDef attentionWeights(double scale, Mask mask, boolean causal) {
    return Composite.of(
        "softmax",
        List.of("attention", scale, mask, causal),
        in -> {
          Tensor scores = in[0].mul(scale);
          double none = Double.NEGATIVE_INFINITY;
          scores =
              switch (mask) {
                case NONE -> scores;
                case BOOL -> Tensor.where(in[1], scores, none);
                case ADDED -> scores.add(in[1]);
              };
          scores = causal ? Tensor.where(past(scores), scores, none) : scores;
          Tensor largest = scores.amax(-1, true);
          Tensor e = scores.sub(Tensor.where(largest.eq(none), 0, largest)).exp();
          Tensor sum = e.sum(-1, true);
          return e.div(Tensor.where(sum.eq(0), 1, sum));
        },
        b -> Gradient.each(() -> slope(b).mul(scale), mask == Mask.ADDED ? () -> slope(b) : null));
  }

  private static Tensor slope(Gradient.Backward b) {
    Tensor gy = b.g().mul(b.out());
    return gy.sub(b.out().mul(gy.sum(-1, true)));
  }

  /// Whether a key is not after its query, `[l, s]`.
  private static Tensor past(Tensor scores) {
    Tensor queries = Tensor.arange(scores.size(-2), scores.device()).unsqueeze(1);
    return queries.ge(Tensor.arange(scores.size(-1), scores.device()));
  }
}
