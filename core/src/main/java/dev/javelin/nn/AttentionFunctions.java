package dev.javelin.nn;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import dev.javelin.ops.AttentionOps;
import dev.javelin.ops.AttentionOps.Mask;
import dev.javelin.ops.OpDef;
import java.util.Arrays;

/// The part of [Functional] that is attention.
abstract sealed class AttentionFunctions extends ImageFunctions permits Functional {
  /// `softmax(q k^T / sqrt(e)) v`: each query's mean of the values, weighted by how its key fits.
  ///
  /// @param query `[..., l, e]`
  /// @param key `[..., s, e]`
  /// @param value `[..., s, v]`
  /// @return `[..., l, v]`
  public static Tensor scaledDotProductAttention(Tensor query, Tensor key, Tensor value) {
    return scaledDotProductAttention(query, key, value, null, 0, false);
  }

  /// Attention with a mask or dropout; without either it is one kernel, and the weights `[..., l, s]` are never in memory.
  ///
  /// @param query `[..., l, e]`
  /// @param key `[..., s, e]`
  /// @param value `[..., s, v]`
  /// @param mask broadcast to `[..., l, s]`: truth values, true where a key counts, or numbers added to the scores; or null
  /// @param dropoutP with which probability a weight is zeroed; 0 in evaluation
  /// @param causal whether query i sees keys 0 to i only; not together with a mask
  /// @return `[..., l, v]`; 0 for a query that sees no key
  public static Tensor scaledDotProductAttention(
      Tensor query, Tensor key, Tensor value, Tensor mask, double dropoutP, boolean causal) {
    return scaledDotProductAttention(
        query, key, value, mask, dropoutP, causal, attentionScale(query));
  }

  /// Attention with another scale: `softmax(scale q k^T) v`.
  ///
  /// @param query `[..., l, e]`
  /// @param key `[..., s, e]`
  /// @param value `[..., s, v]`
  /// @param mask as above
  /// @param dropoutP as above
  /// @param causal as above
  /// @param scale by which scores are multiplied, `1 / sqrt(e)` elsewhere
  /// @return `[..., l, v]`; 0 for a query that sees no key
  public static Tensor scaledDotProductAttention(
      Tensor query,
      Tensor key,
      Tensor value,
      Tensor mask,
      double dropoutP,
      boolean causal,
      double scale) {
    if (causal && mask != null) {
      throw new IllegalArgumentException(
          "scaledDotProductAttention: Explicit attn_mask should not be set when is_causal=True");
    }
    if (mask == null && dropoutP == 0) {
      checkAttention(query, key);
      OpDef op = AttentionOps.scaledDotProductAttention(scale, causal);
      return Tensor.call(op, broadcast(query, key, value));
    }
    Tensor weights = attentionWeights(query, key, mask, causal, scale);
    return Functional.dropout(weights, dropoutP, dropoutP > 0).matmul(value);
  }

  /// `1 / sqrt(e)`.
  static double attentionScale(Tensor query) {
    return 1 / Math.sqrt(query.dim() == 0 ? 1 : (double) query.size(-1));
  }

  /// What each query gives to each key, `[..., l, s]`.
  static Tensor attentionWeights(
      Tensor query, Tensor key, Tensor mask, boolean causal, double scale) {
    checkAttention(query, key);
    Mask kind = mask == null ? Mask.NONE : mask.dtype() == DType.BOOL ? Mask.BOOL : Mask.ADDED;
    OpDef op = AttentionOps.attentionWeights(scale, kind, causal);
    Tensor scores = query.matmul(key.transpose(-2, -1));
    return mask == null ? Tensor.call(op, scores) : Tensor.call(op, scores, mask);
  }

  private static void checkAttention(Tensor query, Tensor key) {
    if (query.dim() < 2 || key.dim() < 2 || query.size(-1) != key.size(-1)) {
      throw Repr.mismatch("keys of the queries' size, (..., s, " + query.size(-1) + ")", key);
    }
  }

  /// The matrices with their batch dimensions broadcast.
  private static Tensor[] broadcast(Tensor... matrices) {
    int rank = Arrays.stream(matrices).mapToInt(Tensor::dim).max().orElseThrow();
    long[] sizes = new long[rank];
    Arrays.fill(sizes, 1);
    for (Tensor matrix : matrices) {
      for (int i = rank - matrix.dim(); i < rank - 2; i++) {
        long own = matrix.size(i - rank);
        if (own != 1 && sizes[i] != 1 && own != sizes[i]) {
          throw new IllegalArgumentException(
              "scaledDotProductAttention: the batch dimensions of %s, %s and %s do not broadcast"
                  .formatted(
                      Arrays.stream(matrices).map(each -> Repr.tuple(each.shape())).toArray()));
        }
        sizes[i] = own == 1 ? sizes[i] : own;
      }
    }
    Tensor[] results = new Tensor[matrices.length];
    for (int i = 0; i < results.length; i++) {
      sizes[rank - 2] = matrices[i].size(-2);
      sizes[rank - 1] = matrices[i].size(-1);
      Shape shape = Shape.of(sizes);
      results[i] = shape.equals(matrices[i].shape()) ? matrices[i] : matrices[i].expand(shape);
    }
    return results;
  }
}
