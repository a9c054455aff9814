package dev.javelin.nn;

import dev.javelin.Tensor;
import java.util.OptionalInt;

/// `exp(x) / sum(exp(x))` along a dimension.
public final class Softmax extends Module {
  private final OptionalInt dim;

  /// The layer, along the dimension PyTorch chooses: 0 for 0, 1 or 3 dimensions, else 1.
  public Softmax() {
    this.dim = OptionalInt.empty();
  }

  /// The layer.
  ///
  /// @param dim along which dimension
  public Softmax(int dim) {
    this.dim = OptionalInt.of(dim);
  }

  @Override
  protected Tensor forward(Tensor x) {
    return dim.isPresent() ? Functional.softmax(x, dim.getAsInt()) : Functional.softmax(x);
  }

  @Override
  protected String extraRepr() {
    return "dim=" + (dim.isPresent() ? Integer.toString(dim.getAsInt()) : "None");
  }
}
