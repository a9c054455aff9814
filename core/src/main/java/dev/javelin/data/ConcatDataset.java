package dev.javelin.data;

import dev.javelin.Tensor;
import dev.javelin.engine.ScopeState;
import dev.javelin.kernels.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/// Several data sets one after the other.
public final class ConcatDataset implements Dataset {
  private final List<Dataset> datasets;

  /// Where each data set begins, and in the end how many samples there are.
  private final int[] starts;

  /// All samples of several data sets.
  ///
  /// @param datasets the data sets in order, one at least
  public ConcatDataset(Dataset... datasets) {
    if (datasets.length == 0) {
      throw new IllegalArgumentException("ConcatDataset: expected at least one data set");
    }
    this.datasets = List.of(datasets);
    this.starts = new int[datasets.length + 1];
    for (int i = 0; i < datasets.length; i++) {
      starts[i + 1] = Math.addExact(starts[i], datasets[i].size());
    }
  }

  @Override
  public int size() {
    return starts[datasets.size()];
  }

  @Override
  public Sample get(int index) {
    int number = numberOf(index);
    return datasets.get(number).get(index - starts[number]);
  }

  /// Which data set a sample belongs to.
  private int numberOf(int index) {
    Objects.checkIndex(index, size());
    int number = 0;
    while (index >= starts[number + 1]) {
      number++;
    }
    return number;
  }

  @Override
  public Batch batch(int[] indices, RandomGenerator random) {
    int[] numbers = Arrays.stream(indices).map(this::numberOf).toArray();
    // places: of the batch, those of one data set after those of another
    List<Integer> places = new ArrayList<>();
    List<Batch> parts = new ArrayList<>();
    int[] used = Arrays.stream(numbers).distinct().sorted().toArray();
    try (ScopeState scope = ScopeState.openFor("the data set")) {
      for (int number : used) {
        int[] own = IntStream.range(0, indices.length).filter(i -> numbers[i] == number).toArray();
        Arrays.stream(own).forEach(places::add);
        int[] there = Arrays.stream(own).map(i -> indices[i] - starts[number]).toArray();
        parts.add(datasets.get(number).batch(there, random));
        requireAlike(used[0], parts.getFirst(), number, parts.getLast());
      }
      // order: [n], where in the parts each sample of the batch lies
      long[] order = new long[indices.length];
      for (int i = 0; i < order.length; i++) {
        order[places.get(i)] = i;
      }
      Tensor index = Tensor.of(order);
      Tensor x = ordered(parts.stream().map(Batch::x).toList(), index);
      Tensor y = ordered(parts.stream().map(Batch::y).toList(), index);
      scope.keep(x);
      scope.keep(y);
      return new Batch(x, y);
    }
  }

  private static Tensor ordered(List<Tensor> parts, Tensor index) {
    Tensor all = Tensor.cat(parts, 0);
    return all.indexSelect(0, index.to(all.device()));
  }

  private static void requireAlike(int first, Batch one, int second, Batch other) {
    if (!sample(one.x()).equals(sample(other.x())) || !sample(one.y()).equals(sample(other.y()))) {
      throw new IllegalArgumentException(
          "ConcatDataset: the samples of a batch must be alike, but data set %s gives %s and %s and data set %s gives %s and %s"
              .formatted(
                  first,
                  sample(one.x()),
                  sample(one.y()),
                  second,
                  sample(other.x()),
                  sample(other.y())));
    }
  }

  private static Shape sample(Tensor batch) {
    long[] sizes = batch.shape().toArray();
    return Shape.of(Arrays.copyOfRange(sizes, 1, sizes.length));
  }
}
