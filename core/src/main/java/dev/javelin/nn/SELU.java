package dev.javelin.nn;

import dev.javelin.Tensor;

/// x where positive, else `1.6733 (e^x - 1)`, all times 1.0507 (Klambauer et al., arXiv 1706.02515).
public final class SELU extends Module {
  /// The layer; it has no settings.
  public SELU() {}

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.selu(x);
  }
}
