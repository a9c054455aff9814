package dev.javelin.nn;

import dev.javelin.Tensor;
import dev.javelin.kernels.Shape;
import java.util.Arrays;
import java.util.List;

/// Self-attention and a two-layer network, each with dropout, a sum with its input and a layer norm (Vaswani et al., arXiv
/// 1706.03762): `[l, n, d]`, or `[n, l, d]` with batchFirst, stays of that shape.
///
/// `call(x)`, `call(x, attentionMask)`, `call(x, attentionMask, keyPaddingMask)`; [#encode] takes a causal mask without making one.
public final class TransformerEncoderLayer extends Module {
  /// What stands between the two layers of the network.
  public enum Activation {
    /// `max(x, 0)`.
    RELU,
    /// `x Phi(x)`.
    GELU;

    Tensor apply(Tensor x) {
      return switch (this) {
        case RELU -> Functional.relu(x);
        case GELU -> Functional.gelu(x);
      };
    }
  }

  /// The settings.
  ///
  /// @param dimFeedforward the size between the two layers of the network
  /// @param dropout the probability of being zeroed
  /// @param activation what stands between the two layers
  /// @param layerNormEps added to variances
  /// @param batchFirst whether n comes first
  /// @param normFirst whether norms come before attention and network rather than after the sums
  public record Options(
      long dimFeedforward,
      double dropout,
      Activation activation,
      double layerNormEps,
      boolean batchFirst,
      boolean normFirst) {
    /// 2048 between, dropout 0.1, ReLU, eps 1e-5, n second, norms last.
    public static final Options DEFAULT =
        new Options(2048, 0.1, Activation.RELU, 1e-5, false, false);

    /// These settings with another size between.
    ///
    /// @param newDimFeedforward the size between the two layers of the network
    /// @return a copy
    public Options withDimFeedforward(long newDimFeedforward) {
      return new Options(
          newDimFeedforward, dropout, activation, layerNormEps, batchFirst, normFirst);
    }

    /// These settings with another dropout.
    ///
    /// @param newDropout the probability of being zeroed
    /// @return a copy
    public Options withDropout(double newDropout) {
      return new Options(
          dimFeedforward, newDropout, activation, layerNormEps, batchFirst, normFirst);
    }

    /// These settings with another activation.
    ///
    /// @param newActivation what stands between the two layers
    /// @return a copy
    public Options withActivation(Activation newActivation) {
      return new Options(
          dimFeedforward, dropout, newActivation, layerNormEps, batchFirst, normFirst);
    }

    /// These settings with n first or second.
    ///
    /// @param newBatchFirst whether n comes first
    /// @return a copy
    public Options withBatchFirst(boolean newBatchFirst) {
      return new Options(
          dimFeedforward, dropout, activation, layerNormEps, newBatchFirst, normFirst);
    }

    /// These settings with norms first or last.
    ///
    /// @param newNormFirst whether norms come before attention and network
    /// @return a copy
    public Options withNormFirst(boolean newNormFirst) {
      return new Options(
          dimFeedforward, dropout, activation, layerNormEps, batchFirst, newNormFirst);
    }
  }

  private final MultiheadAttention selfAttn;
  private final Linear linear1;
  private final Dropout dropout;
  private final Linear linear2;
  private final LayerNorm norm1;
  private final LayerNorm norm2;
  private final Dropout dropout1;
  private final Dropout dropout2;
  private final long dModel;
  private final int nhead;
  private final Options options;

  /// A layer with PyTorch's settings.
  ///
  /// @param dModel the size of the last dimension
  /// @param nhead how many heads
  public TransformerEncoderLayer(long dModel, int nhead) {
    this(dModel, nhead, Options.DEFAULT);
  }

  /// A layer.
  ///
  /// @param dModel the size of the last dimension
  /// @param nhead how many heads
  /// @param options the settings
  public TransformerEncoderLayer(long dModel, int nhead, Options options) {
    this.dModel = dModel;
    this.nhead = nhead;
    this.options = options;
    this.selfAttn =
        new MultiheadAttention(
            dModel,
            nhead,
            MultiheadAttention.Options.DEFAULT
                .withDropout(options.dropout)
                .withBatchFirst(options.batchFirst));
    this.linear1 = new Linear(dModel, options.dimFeedforward);
    this.dropout = new Dropout(options.dropout);
    this.linear2 = new Linear(options.dimFeedforward, dModel);
    this.norm1 = new LayerNorm(Shape.of(dModel), options.layerNormEps, true);
    this.norm2 = new LayerNorm(Shape.of(dModel), options.layerNormEps, true);
    this.dropout1 = new Dropout(options.dropout);
    this.dropout2 = new Dropout(options.dropout);
  }

  /// A layer of the same settings and values.
  TransformerEncoderLayer copy() {
    TransformerEncoderLayer copy = new TransformerEncoderLayer(dModel, nhead, options);
    copy.loadStateDict(stateDict());
    return copy;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return encoded(x, MultiheadAttention.Masks.NONE);
  }

  @Override
  protected Tensor forward(Tensor x, Tensor attentionMask) {
    return encoded(x, new MultiheadAttention.Masks(attentionMask, null, false));
  }

  @Override
  protected Tensor forward(Tensor x, Tensor attentionMask, Tensor keyPaddingMask) {
    return encoded(x, new MultiheadAttention.Masks(attentionMask, keyPaddingMask, false));
  }

  /// Runs the layer with masks.
  ///
  /// @param x the input
  /// @param masks what is not to be looked at
  /// @return the output, of its shape
  public Tensor encode(Tensor x, MultiheadAttention.Masks masks) {
    return callAs(Arrays.asList(x), in -> List.of(encoded(in.getFirst(), masks))).getFirst();
  }

  private Tensor encoded(Tensor x, MultiheadAttention.Masks masks) {
    if (options.normFirst) {
      Tensor looked = x.add(attended(norm1.call(x), masks));
      return looked.add(fed(norm2.call(looked)));
    }
    Tensor looked = norm1.call(x.add(attended(x, masks)));
    return norm2.call(looked.add(fed(looked)));
  }

  private Tensor attended(Tensor x, MultiheadAttention.Masks masks) {
    MultiheadAttention.Weights none = MultiheadAttention.Weights.NONE;
    return dropout1.call(selfAttn.attend(x, x, x, masks, none).output());
  }

  private Tensor fed(Tensor x) {
    Tensor active = options.activation.apply(linear1.call(x));
    return dropout2.call(linear2.call(dropout.call(active)));
  }

  @Override
  String brief() {
    return "TransformerEncoderLayer(" + dModel + ", " + nhead + ")";
  }
}
