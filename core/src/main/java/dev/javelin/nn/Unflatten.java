package dev.javelin.nn;

import dev.javelin.Tensor;
import java.util.Arrays;
import java.util.stream.Collectors;

/// One dimension becomes several: the reverse of [Flatten].
public final class Unflatten extends Module {
  private final int dim;
  private final long[] unflattenedSize;

  /// The layer.
  ///
  /// @param dim which dimension
  /// @param unflattenedSize the sizes it becomes; one of them may be -1
  public Unflatten(int dim, long... unflattenedSize) {
    this.dim = dim;
    this.unflattenedSize = unflattenedSize.clone();
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.unflatten(x, dim, unflattenedSize);
  }

  @Override
  protected String extraRepr() {
    String sizes =
        Arrays.stream(unflattenedSize).mapToObj(Long::toString).collect(Collectors.joining(", "));
    String last = unflattenedSize.length == 1 ? ",)" : ")";
    return "dim=" + dim + ", unflattened_size=(" + sizes + last;
  }
}
