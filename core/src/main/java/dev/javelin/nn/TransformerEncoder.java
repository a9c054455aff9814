package dev.javelin.nn;

import dev.javelin.Tensor;
import java.util.Arrays;
import java.util.List;

/// Encoder layers one after the other, and a norm at the end if wanted.
public final class TransformerEncoder extends Module {
  private final ModuleList layers = new ModuleList();
  private final Module norm;

  /// Layers without a norm at the end.
  ///
  /// @param encoderLayer what each layer is a copy of, values included
  /// @param numLayers how many
  public TransformerEncoder(TransformerEncoderLayer encoderLayer, int numLayers) {
    this(encoderLayer, numLayers, null);
  }

  /// Layers.
  ///
  /// @param encoderLayer what each layer is a copy of, values included
  /// @param numLayers how many
  /// @param norm what comes after them, or null
  public TransformerEncoder(TransformerEncoderLayer encoderLayer, int numLayers, Module norm) {
    for (int i = 0; i < numLayers; i++) {
      layers.append(encoderLayer.copy());
    }
    this.norm = norm;
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

  /// Runs the layers with masks.
  ///
  /// @param x the input
  /// @param masks what is not to be looked at
  /// @return the output, of its shape
  public Tensor encode(Tensor x, MultiheadAttention.Masks masks) {
    return callAs(Arrays.asList(x), in -> List.of(encoded(in.getFirst(), masks))).getFirst();
  }

  private Tensor encoded(Tensor x, MultiheadAttention.Masks masks) {
    Tensor result = x;
    for (Module layer : layers) {
      result = ((TransformerEncoderLayer) layer).encode(result, masks);
    }
    return norm == null ? result : norm.call(result);
  }
}
