package dev.javelin.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/// Some samples of a data set.
public final class Subset implements Dataset {
  /// How far the sum of fractions may be from 1: what rounding does to it.
  private static final double TOLERANCE = 1e-9;

  private final Dataset dataset;
  private final int[] indices;

  /// A subset.
  ///
  /// @param dataset the data set
  /// @param indices which of its samples, in order
  public Subset(Dataset dataset, int... indices) {
    for (int index : indices) {
      if (index < 0 || index >= dataset.size()) {
        throw new IllegalArgumentException(
            "Subset: there is no sample %s among %s".formatted(index, dataset.size()));
      }
    }
    this.dataset = dataset;
    this.indices = indices.clone();
  }

  /// Deals the samples of a data set out at random.
  ///
  /// @param dataset the data set
  /// @param seed decides which sample goes where
  /// @param lengths how many samples each part gets: all of them together
  /// @return the parts
  public static List<Subset> randomSplit(Dataset dataset, long seed, int... lengths) {
    if (Arrays.stream(lengths).asLongStream().sum() != dataset.size()
        || Arrays.stream(lengths).anyMatch(length -> length < 0)) {
      throw new IllegalArgumentException(
          "randomSplit: the lengths %s do not add up to the %s samples there are"
              .formatted(Arrays.toString(lengths), dataset.size()));
    }
    int[] order = shuffled(dataset.size(), SplitMix.stream(seed, 0));
    List<Subset> parts = new ArrayList<>();
    int start = 0;
    for (int length : lengths) {
      parts.add(new Subset(dataset, Arrays.copyOfRange(order, start, start + length)));
      start += length;
    }
    return parts;
  }

  /// Deals the samples of a data set out at random, by fractions.
  ///
  /// A part gets `floor(fraction * size)` samples; what is left over goes one by one to the parts in order, as in PyTorch.
  ///
  /// @param dataset the data set
  /// @param seed decides which sample goes where
  /// @param fractions how much each part gets, 0 to 1, together 1
  /// @return the parts
  public static List<Subset> randomSplit(Dataset dataset, long seed, double... fractions) {
    if (!(Math.abs(Arrays.stream(fractions).sum() - 1) <= TOLERANCE)
        || Arrays.stream(fractions).anyMatch(fraction -> fraction < 0)) {
      throw new IllegalArgumentException(
          "randomSplit: expected fractions from 0 to 1 that add up to 1, got "
              + Arrays.toString(fractions));
    }
    int[] lengths =
        Arrays.stream(fractions).mapToInt(part -> (int) (dataset.size() * part)).toArray();
    int left = dataset.size() - Arrays.stream(lengths).sum();
    for (int i = 0; i < left; i++) {
      lengths[i % lengths.length]++;
    }
    return randomSplit(dataset, seed, lengths);
  }

  /// The numbers from 0 to below `count` in random order.
  static int[] shuffled(int count, RandomGenerator random) {
    int[] order = IntStream.range(0, count).toArray();
    for (int i = count - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      int swap = order[i];
      order[i] = order[other];
      order[other] = swap;
    }
    return order;
  }

  @Override
  public int size() {
    return indices.length;
  }

  @Override
  public Sample get(int index) {
    return dataset.get(indices[index]);
  }

  @Override
  public Batch batch(int[] wanted, RandomGenerator random) {
    return dataset.batch(Arrays.stream(wanted).map(i -> indices[i]).toArray(), random);
  }
}
