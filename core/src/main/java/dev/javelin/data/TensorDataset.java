package dev.javelin.data;

import dev.javelin.Tensor;
import dev.javelin.engine.ScopeState;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/// Samples that lie in two tensors, along their first dimension.
public final class TensorDataset implements Dataset {
  private final Tensor x;
  private final Tensor y;

  /// A data set.
  ///
  /// @param x what goes into a model, `[n, ...]`
  /// @param y what is to come out of it, `[n, ...]`
  public TensorDataset(Tensor x, Tensor y) {
    if (x.dim() == 0 || y.dim() == 0 || x.size(0) != y.size(0)) {
      throw new IllegalArgumentException(
          "Size mismatch between tensors: " + x.shape() + " and " + y.shape());
    }
    this.x = x;
    this.y = y;
  }

  @Override
  public int size() {
    return Math.toIntExact(x.size(0));
  }

  @Override
  public Sample get(int index) {
    return new Sample(x.select(0, index), y.select(0, index));
  }

  @Override
  public Batch batch(int[] indices, RandomGenerator random) {
    try (ScopeState scope = ScopeState.openFor("the data set")) {
      Tensor index = Tensor.of(Arrays.stream(indices).asLongStream().toArray());
      Tensor chosenX = x.indexSelect(0, index.to(x.device()));
      Tensor chosenY = y.indexSelect(0, index.to(y.device()));
      scope.keep(chosenX);
      scope.keep(chosenY);
      return new Batch(chosenX, chosenY);
    }
  }
}
