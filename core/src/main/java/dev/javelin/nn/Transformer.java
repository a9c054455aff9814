package dev.javelin.nn;

import dev.javelin.Parameter;
import dev.javelin.Tensor;
import dev.javelin.kernels.Shape;
import java.util.Arrays;
import java.util.List;

/// An encoder and a decoder (Vaswani et al., arXiv 1706.03762): `call(source, target)`; [#run] takes masks.
public final class Transformer extends Module {
  private final TransformerEncoder encoder;
  private final TransformerDecoder decoder;

  /// What is not to be looked at.
  ///
  /// @param source of the source, in the encoder
  /// @param target of the target, in the decoder
  /// @param memory of the encoder's output, in the decoder
  public record Masks(
      MultiheadAttention.Masks source,
      MultiheadAttention.Masks target,
      MultiheadAttention.Masks memory) {
    /// The target sees nothing that comes after it, all else is looked at.
    public static final Masks CAUSAL =
        new Masks(
            MultiheadAttention.Masks.NONE,
            MultiheadAttention.Masks.CAUSAL,
            MultiheadAttention.Masks.NONE);
  }

  /// Encoder and decoder; every matrix is Xavier-uniform at first.
  ///
  /// @param dModel the size of the last dimension
  /// @param nhead how many heads
  /// @param encoderLayers how many layers the encoder has
  /// @param decoderLayers how many layers the decoder has
  /// @param options the settings of all layers
  public Transformer(
      long dModel,
      int nhead,
      int encoderLayers,
      int decoderLayers,
      TransformerEncoderLayer.Options options) {
    this.encoder =
        new TransformerEncoder(
            new TransformerEncoderLayer(dModel, nhead, options),
            encoderLayers,
            new LayerNorm(Shape.of(dModel), options.layerNormEps(), true));
    this.decoder =
        new TransformerDecoder(
            new TransformerDecoderLayer(dModel, nhead, options),
            decoderLayers,
            new LayerNorm(Shape.of(dModel), options.layerNormEps(), true));
    for (Parameter parameter : parameters()) {
      if (parameter.dim() > 1) {
        Init.xavierUniform_(parameter, 1);
      }
    }
  }

  @Override
  protected Tensor forward(Tensor source, Tensor target) {
    return decoder.call(target, encoder.call(source));
  }

  /// Runs encoder and decoder with masks.
  ///
  /// @param source what is read
  /// @param target what is being written
  /// @param masks what is not to be looked at
  /// @return the output, of the target's shape
  public Tensor run(Tensor source, Tensor target, Masks masks) {
    return callAs(
            Arrays.asList(source, target),
            in -> {
              Tensor memory = encoder.encode(in.get(0), masks.source);
              return List.of(decoder.decode(in.get(1), memory, masks.target, masks.memory));
            })
        .getFirst();
  }
}
