package dev.javelin.nn;

import dev.javelin.Tensor;
import java.util.Arrays;
import java.util.List;

/// Decoder layers one after the other, and a norm at the end if wanted: `call(target, memory)`.
public final class TransformerDecoder extends Module {
  private final ModuleList layers = new ModuleList();
  private final Module norm;

  /// Layers without a norm at the end.
  ///
  /// @param decoderLayer what each layer is a copy of, values included
  /// @param numLayers how many
  public TransformerDecoder(TransformerDecoderLayer decoderLayer, int numLayers) {
    this(decoderLayer, numLayers, null);
  }

  /// Layers.
  ///
  /// @param decoderLayer what each layer is a copy of, values included
  /// @param numLayers how many
  /// @param norm what comes after them, or null
  public TransformerDecoder(TransformerDecoderLayer decoderLayer, int numLayers, Module norm) {
    for (int i = 0; i < numLayers; i++) {
      layers.append(decoderLayer.copy());
    }
    this.norm = norm;
  }

  @Override
  protected Tensor forward(Tensor target, Tensor memory) {
    MultiheadAttention.Masks none = MultiheadAttention.Masks.NONE;
    return decoded(target, memory, none, none);
  }

  /// Runs the layers with masks.
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
      Tensor target,
      Tensor memory,
      MultiheadAttention.Masks targetMasks,
      MultiheadAttention.Masks memoryMasks) {
    Tensor result = target;
    for (Module layer : layers) {
      TransformerDecoderLayer decoder = (TransformerDecoderLayer) layer;
      result = decoder.decode(result, memory, targetMasks, memoryMasks);
    }
    return norm == null ? result : norm.call(result);
  }
}
