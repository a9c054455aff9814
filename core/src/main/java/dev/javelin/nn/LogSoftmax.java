package dev.javelin.nn;

import dev.javelin.Tensor;
import java.util.OptionalInt;

/// `log(softmax(x))` along a dimension, without overflow.
public final class LogSoftmax extends Module {
  private final OptionalInt dim;

  /// The layer, along the dimension PyTorch chooses: 0 for 0, 1 or 3 dimensions, else 1.
  public LogSoftmax() {
    this.dim = OptionalInt.empty();
  }

  /// The layer.
  ///
  /// @param dim along which dimension
  public LogSoftmax(int dim) {
    this.dim = OptionalInt.of(dim);
  }

  @Override
  protected Tensor forward(Tensor x) {
    return dim.isPresent() ? Functional.logSoftmax(x, dim.getAsInt()) : Functional.logSoftmax(x);
  }

  @Override
  protected String extraRepr() {
    return "dim=" + (dim.isPresent() ? Integer.toString(dim.getAsInt()) : "None");
  }
}
