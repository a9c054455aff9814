package dev.javelin.nn;

import dev.javelin.Tensor;
import dev.javelin.kernels.Shape;
import java.util.Arrays;
import java.util.List;

/// Self-attention, attention to the encoder's output and a two-layer network, each with dropout, a sum with its input and a layer norm
/// (Vaswani et al., arXiv 1706.03762): `call(target, memory)`, `[l, n, d]` and `[s, n, d]`, or n first with batchFirst; [#decode]
/// takes masks.
public final class TransformerDecoderLayer extends Module {
  private final MultiheadAttention selfAttn;
  private final MultiheadAttention multiheadAttn;
  private final Linear linear1;
  private final Dropout dropout;
  private final Linear linear2;
  private final LayerNorm norm1;
  private final LayerNorm norm2;
  private final LayerNorm norm3;
  private final Dropout dropout1;
  private final Dropout dropout2;
  private final Dropout dropout3;
  private final long dModel;
  private final int nhead;
  private final TransformerEncoderLayer.Options options;

  /// A layer with PyTorch's settings.
  ///
  /// @param dModel the size of the last dimension
  /// @param nhead how many heads
  public TransformerDecoderLayer(long dModel, int nhead) {
    this(dModel, nhead, TransformerEncoderLayer.Options.DEFAULT);
  }

  /// A layer.
  ///
  /// @param dModel the size of the last dimension
  /// @param nhead how many heads
  /// @param options the settings, the same as an encoder's
  public TransformerDecoderLayer(long dModel, int nhead, TransformerEncoderLayer.Options options) {
    this.dModel = dModel;
    this.nhead = nhead;
    this.options = options;
    MultiheadAttention.Options attention =
        MultiheadAttention.Options.DEFAULT
            .withDropout(options.dropout())
            .withBatchFirst(options.batchFirst());
    this.selfAttn = new MultiheadAttention(dModel, nhead, attention);
    this.multiheadAttn = new MultiheadAttention(dModel, nhead, attention);
    this.linear1 = new Linear(dModel, options.dimFeedforward());
    this.dropout = new Dropout(options.dropout());
    this.linear2 = new Linear(options.dimFeedforward(), dModel);
    this.norm1 = new LayerNorm(Shape.of(dModel), options.layerNormEps(), true);
    this.norm2 = new LayerNorm(Shape.of(dModel), options.layerNormEps(), true);
    this.norm3 = new LayerNorm(Shape.of(dModel), options.layerNormEps(), true);
    this.dropout1 = new Dropout(options.dropout());
    this.dropout2 = new Dropout(options.dropout());
    this.dropout3 = new Dropout(options.dropout());
  }

  /// A layer of the same settings and values.
  TransformerDecoderLayer copy() {
    TransformerDecoderLayer copy = new TransformerDecoderLayer(dModel, nhead, options);
    copy.loadStateDict(stateDict());
    return copy;
  }

  @Override
  protected Tensor forward(Tensor target, Tensor memory) {
    MultiheadAttention.Masks none = MultiheadAttention.Masks.NONE;
    return decoded(target, memory, none, none);
  }

  /// Runs the layer with masks.
  ///
  /// @param target what is being written
  /// @param memory the encoder's output
  /// @param targetMasks what of the target is not to be looked at
  /// @param memoryMasks what of the memory is not to be looked at
  /// @return the output, of the target's shape
  public Tensor decode(
      Tensor target,
      Tensor memory,
      MultiheadAttention.Masks targetMasks,
      MultiheadAttention.Masks memoryMasks) {
    return callAs(
            Arrays.asList(target, memory),
            in -> List.of(decoded(in.get(0), in.get(1), targetMasks, memoryMasks)))
        .getFirst();
  }

  private Tensor decoded(
      Tensor x,
      Tensor memory,
      MultiheadAttention.Masks targetMasks,
      MultiheadAttention.Masks memoryMasks) {
    if (options.normFirst()) {
      Tensor normal = norm1.call(x);
      Tensor own = x.add(dropout1.call(attended(selfAttn, normal, normal, targetMasks)));
      Tensor both =
          own.add(dropout2.call(attended(multiheadAttn, norm2.call(own), memory, memoryMasks)));
      return both.add(fed(norm3.call(both)));
    }
    Tensor own = norm1.call(x.add(dropout1.call(attended(selfAttn, x, x, targetMasks))));
    Tensor both =
        norm2.call(own.add(dropout2.call(attended(multiheadAttn, own, memory, memoryMasks))));
    return norm3.call(both.add(fed(both)));
  }

  private static Tensor attended(
      MultiheadAttention attention, Tensor x, Tensor to, MultiheadAttention.Masks masks) {
    return attention.attend(x, to, to, masks, MultiheadAttention.Weights.NONE).output();
  }

  private Tensor fed(Tensor x) {
    Tensor active = options.activation().apply(linear1.call(x));
    return dropout3.call(linear2.call(dropout.call(active)));
  }

  @Override
  String brief() {
    return "TransformerDecoderLayer(" + dModel + ", " + nhead + ")";
  }
}
