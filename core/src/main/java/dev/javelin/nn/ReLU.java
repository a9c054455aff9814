package dev.javelin.nn;

import dev.javelin.Tensor;

/// `max(x, 0)`, element by element.
public final class ReLU extends Module {
  private final boolean inplace;

  /// The layer.
  public ReLU() {
    this(false);
  }

  /// The layer, perhaps in place.
  ///
  /// @param inplace whether to overwrite the input
  public ReLU(boolean inplace) {
    this.inplace = inplace;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return inplace ? x.relu_() : Functional.relu(x);
  }

  @Override
  protected String extraRepr() {
    return inplace ? "inplace=True" : "";
  }
}
