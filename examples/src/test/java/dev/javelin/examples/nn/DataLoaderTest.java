package dev.javelin.examples.nn;

import static dev.javelin.examples.nn.ModuleTest.floats;
import static dev.javelin.examples.nn.ModuleTest.shape;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Devices;
import dev.javelin.Javelin;
import dev.javelin.Scope;
import dev.javelin.Tensor;
import dev.javelin.TwinDevice;
import dev.javelin.data.Batch;
import dev.javelin.data.ConcatDataset;
import dev.javelin.data.DataLoader;
import dev.javelin.data.Dataset;
import dev.javelin.data.ImageDataset;
import dev.javelin.data.ImageFiles;
import dev.javelin.data.Sample;
import dev.javelin.data.Subset;
import dev.javelin.data.TensorDataset;
import dev.javelin.data.Transforms;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataLoaderTest {
  /// Numbers and their squares, one by one.
  private static class Squares implements Dataset {
    final int size;

    Squares(int size) {
      this.size = size;
    }

    @Override
    public int size() {
      return size;
    }

    @Override
    public Sample get(int index) {
      return new Sample(
          Tensor.of(new float[] {index, (float) index * index}),
          Tensor.of(new long[] {index}).reshape(Shape.SCALAR));
    }
  }

  private static List<List<Float>> labels(DataLoader loader) {
    List<List<Float>> result = new ArrayList<>();
    for (Batch batch : loader) {
      try (Scope scope = batch.scope()) {
        assertSame(batch.x(), scope.keep(batch.x()));
        result.add(floats(batch.y()));
      }
    }
    return result;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3})
  void batchesInOrder(int workers) {
    DataLoader loader = new DataLoader(new Squares(5), 2).withWorkers(workers);
    assertEquals(3, loader.size());
    assertEquals(List.of(List.of(0f, 1f), List.of(2f, 3f), List.of(4f)), labels(loader));
    Batch first = loader.iterator().next();
    assertEquals(List.of(2L, 2L), shape(first.x()));
    assertEquals(List.of(0f, 0f, 1f, 1f), floats(first.x()));
    assertEquals(DType.INT64, first.y().dtype());
    assertEquals(2, first.size());
    DataLoader whole = loader.withDropLast(true);
    assertEquals(2, whole.size());
    assertEquals(List.of(List.of(0f, 1f), List.of(2f, 3f)), labels(whole));
    Iterator<Batch> empty = new DataLoader(new Squares(0), 2).withWorkers(workers).iterator();
    assertFalse(empty.hasNext());
    assertThrows(NoSuchElementException.class, empty::next);
  }

  /// A data set that leaves batches to the interface, and draws.
  private record Noise(int size) implements Dataset {
    @Override
    public Sample get(int index) {
      return new Sample(Tensor.rand(2), Tensor.of(new long[] {index}));
    }
  }

  private static List<List<Object>> noise(DataLoader loader) {
    List<List<Object>> batches = new ArrayList<>();
    loader.forEach(batch -> batches.add(List.of(batch.x().toList(), batch.y().toList())));
    return batches;
  }

  @Test
  void whatASampleDrawsFollowsTheSeed() {
    DataLoader loader = new DataLoader(new Noise(6), 2).withSeed(1);
    Tensor state = Javelin.getRngState();
    List<List<Object>> first = noise(loader);
    assertEquals(state.toList(), Javelin.getRngState().toList());
    assertNotEquals(first, noise(loader), "the next epoch");
    loader.setEpoch(0);
    assertEquals(first, noise(loader));
    assertEquals(first, noise(loader.withWorkers(2)));
    assertNotEquals(first, noise(loader.withSeed(2)));
  }

  @Test
  void orderIsAFunctionOfSeedAndEpoch() {
    DataLoader loader = new DataLoader(new Squares(100), 7).withShuffle(true).withSeed(3);
    List<List<Float>> first = labels(loader);
    List<List<Float>> second = labels(loader);
    assertNotEquals(first, second);
    assertEquals(100, first.stream().flatMap(List::stream).distinct().count());
    for (int workers : new int[] {1, 2, 5}) {
      DataLoader other = loader.withWorkers(workers);
      assertEquals(first, labels(other));
      assertEquals(second, labels(other));
      other.setEpoch(0);
      assertEquals(first, labels(other));
    }
    assertNotEquals(first, labels(loader.withSeed(4)));
  }

  @Test
  void seedFollowsTheGlobalOne() {
    Javelin.manualSeed(5);
    List<List<Float>> first = labels(new DataLoader(new Squares(50), 50).withShuffle(true));
    assertNotEquals(first, labels(new DataLoader(new Squares(50), 50).withShuffle(true)));
    Javelin.manualSeed(5);
    assertEquals(first, labels(new DataLoader(new Squares(50), 50).withShuffle(true)));
  }

  @Test
  void randomTransformsDoNotDependOnTheNumberOfWorkers() {
    ImageDataset images =
        new ImageDataset(
            ImageFiles.generated(true, 60, 1),
            Transforms.compose(
                Transforms.toTensor(),
                Transforms.randomHorizontalFlip(0.5),
                Transforms.randomCrop(24, 2)));
    DataLoader loader = new DataLoader(images, 8).withShuffle(true).withSeed(1);
    List<List<Float>> expected = pixels(loader);
    assertEquals(expected, pixels(loader.withWorkers(1)));
    assertEquals(expected, pixels(loader.withWorkers(3)));
    assertNotEquals(expected, pixels(loader)); // the second epoch
  }

  private static List<List<Float>> pixels(DataLoader loader) {
    List<List<Float>> result = new ArrayList<>();
    loader.forEach(batch -> result.add(floats(batch.x())));
    return result;
  }

  // ---- workers ----

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3})
  void exceptionOfAWorkerReachesTheConsumer(int workers) {
    IllegalStateException broken = new IllegalStateException("sample 5 is broken");
    Dataset dataset =
        new Squares(20) {
          @Override
          public Sample get(int index) {
            if (index == 5) {
              throw broken;
            }
            return super.get(index);
          }
        };
    Iterator<Batch> batches = new DataLoader(dataset, 2).withWorkers(workers).iterator();
    assertEquals(List.of(0f, 1f), floats(batches.next().y()));
    assertEquals(List.of(2f, 3f), floats(batches.next().y()));
    assertSame(broken, assertThrows(IllegalStateException.class, batches::next));
    assertFalse(batches.hasNext());
  }

  @Test
  void abandonedIterationLeavesNothingRunning() throws InterruptedException {
    AtomicInteger made = new AtomicInteger();
    var threads = ConcurrentHashMap.<Thread>newKeySet();
    Dataset dataset =
        new Squares(1000) {
          @Override
          public Sample get(int index) {
            made.incrementAndGet();
            threads.add(Thread.currentThread());
            return super.get(index);
          }
        };
    DataLoader loader = new DataLoader(dataset, 10).withWorkers(2);
    for (Batch batch : loader) {
      assertEquals(10, batch.size());
      break;
    }
    long end = System.nanoTime() + 20_000_000_000L;
    while (threads.stream().anyMatch(Thread::isAlive) && System.nanoTime() < end) {
      Thread.sleep(20);
    }
    assertTrue(threads.stream().noneMatch(Thread::isAlive));
    assertFalse(threads.contains(Thread.currentThread()));
    assertTrue(made.get() <= 60, "only a few batches are made ahead, not " + made);
    // and the loader goes on to work
    assertEquals(100, labels(loader).size());
  }

  @Test
  void severalIterationsAtOnce() {
    DataLoader loader = new DataLoader(new Squares(6), 2).withWorkers(1);
    Iterator<Batch> first = loader.iterator();
    Iterator<Batch> second = loader.iterator();
    while (first.hasNext()) {
      assertEquals(floats(first.next().y()), floats(second.next().y()));
    }
    assertFalse(second.hasNext());
  }

  @Test
  void interruptedConsumer() {
    Dataset slow =
        new Squares(4) {
          @Override
          public Sample get(int index) {
            try {
              Thread.sleep(200);
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
            return super.get(index);
          }
        };
    Iterator<Batch> batches = new DataLoader(slow, 2).withWorkers(1).iterator();
    Thread.currentThread().interrupt();
    assertThrows(IllegalStateException.class, batches::next);
    assertTrue(Thread.interrupted());
  }

  // ---- memory ----

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void batchBelongsToTheScope(int workers) {
    ImageDataset images = new ImageDataset(ImageFiles.generated(true, 40, 0));
    DataLoader loader = new DataLoader(images, 10).withWorkers(workers);
    Batch last = null;
    for (Batch batch : loader) {
      try (Scope scope = batch.scope()) {
        assertEquals(10, batch.x().size(0));
        scope.keep(Tensor.zeros(1));
      }
      assertThrows(IllegalStateException.class, () -> batch.x().toFloatArray());
      last = batch;
    }
    assertEquals(List.of(10L, 1L, 28L, 28L), shape(last.x()));
    Batch kept;
    Iterator<Batch> batches = loader.iterator();
    try (Scope scope = Scope.open()) {
      kept = batches.next();
      scope.keep(kept.y());
    }
    assertEquals(10, kept.y().toLongArray().length);
    assertThrows(IllegalStateException.class, () -> kept.x().toFloatArray());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void memoryOfTheDataSetIsNotFreedWithABatch(int workers) {
    Tensor all = Tensor.arange(6).toFloat();
    Dataset dataset =
        new Dataset() {
          private final Tensor kept = Tensor.ones(3);
          private Tensor made;

          @Override
          public int size() {
            return 6;
          }

          @Override
          public Sample get(int index) {
            throw new AssertionError("batches are made as a whole");
          }

          @Override
          public synchronized Batch batch(int[] indices, RandomGenerator random) {
            // Made in the first batch and kept: it must not be freed with it either.
            made = made == null ? Tensor.ones(3) : made;
            return new Batch(all.narrow(0, indices[0], indices.length), kept.mul(made));
          }
        };
    for (Batch batch : new DataLoader(dataset, 3).withWorkers(workers)) {
      try (Scope scope = batch.scope()) {
        scope.keep(batch.x().add(1));
        assertEquals(List.of(1f, 1f, 1f), floats(batch.y()));
      }
    }
    assertEquals(List.of(0f, 1f, 2f, 3f, 4f, 5f), floats(all));
  }

  @Test
  void workerThreadsUseNoMoreMemoryThanTheirBatches() {
    ImageDataset images = new ImageDataset(ImageFiles.generated(true, 640, 0));
    DataLoader loader = new DataLoader(images, 64).withWorkers(1);
    labels(loader);
    System.gc();
    long before = Devices.cpu().memoryAllocated();
    for (int epoch = 0; epoch < 5; epoch++) {
      for (Batch batch : loader) {
        batch.scope().close();
      }
    }
    long grown = Devices.cpu().memoryAllocated() - before;
    assertTrue(grown < 4 * 64 * 28 * 28 * 4L, "grown by " + grown);
  }

  // ---- data sets ----

  @Test
  void tensorDataset() {
    Tensor x = Tensor.arange(12).toFloat().reshape(4, 3);
    TensorDataset dataset = new TensorDataset(x, Tensor.arange(4));
    assertEquals(List.of(3f, 4f, 5f), floats(dataset.get(1).x()));
    assertEquals(1, dataset.get(1).y().itemLong());
    List<List<Float>> batches = pixels(new DataLoader(dataset, 3));
    assertEquals(9, batches.get(0).size());
    assertEquals(List.of(9f, 10f, 11f), batches.get(1));
    assertThrows(IllegalArgumentException.class, () -> new TensorDataset(x, Tensor.zeros(3)));
  }

  @Test
  void batchMovesToADevice() {
    Batch batch = new DataLoader(new Squares(2), 2).iterator().next();
    assertEquals("twin:0", batch.to(TwinDevice.named("twin:0")).y().device().name());
    assertSame(batch.x(), batch.to(Devices.cpu()).x());
  }

  @Test
  void samplesMustBeAlike() {
    Dataset odd =
        new Squares(2) {
          @Override
          public Sample get(int index) {
            return new Sample(Tensor.zeros(index + 1), Tensor.zeros(1));
          }
        };
    assertEquals(
        "the samples of a batch must be alike, but the first has float32 [1] and number 1 has"
            + " float32 [2]",
        assertThrows(IllegalArgumentException.class, () -> new DataLoader(odd, 2).iterator().next())
            .getMessage());
  }

  @Test
  void subsets() {
    List<Subset> parts = Subset.randomSplit(new Squares(10), 1, 7, 3);
    List<Float> all = new ArrayList<>();
    parts.forEach(part -> labels(new DataLoader(part, 2)).forEach(all::addAll));
    assertEquals(7, parts.get(0).size());
    assertEquals(10, all.stream().distinct().count());
    assertEquals(all.get(7), (float) parts.get(1).get(0).y().itemLong(), 0);
    assertThrows(
        IllegalArgumentException.class, () -> Subset.randomSplit(new Squares(10), 1, 7, 4));
    assertThrows(IllegalArgumentException.class, () -> new Subset(new Squares(2), 2));
  }

  @Test
  void splitByFractions() {
    assertEquals(List.of(4, 3, 3), sizes(Subset.randomSplit(new Squares(10), 1, 0.34, 0.33, 0.33)));
    // What is left over goes to the first parts, one each.
    assertEquals(List.of(4, 4, 3), sizes(Subset.randomSplit(new Squares(11), 1, 0.34, 0.33, 0.33)));
    assertEquals(List.of(7, 2, 1), sizes(Subset.randomSplit(new Squares(10), 1, 0.7, 0.2, 0.1)));
    assertEquals(List.of(1, 1, 0), sizes(Subset.randomSplit(new Squares(2), 1, 0.4, 0.3, 0.3)));
    assertEquals(List.of(5), sizes(Subset.randomSplit(new Squares(5), 1, 1.0)));
    assertEquals(
        labels(new DataLoader(Subset.randomSplit(new Squares(10), 3, 7, 3).get(1), 3)),
        labels(new DataLoader(Subset.randomSplit(new Squares(10), 3, 0.7, 0.3).get(1), 3)));
    assertEquals(
        "randomSplit: expected fractions from 0 to 1 that add up to 1, got [0.5, 0.4]",
        assertThrows(
                IllegalArgumentException.class,
                () -> Subset.randomSplit(new Squares(10), 1, 0.5, 0.4))
            .getMessage());
    for (double[] wrong : new double[][] {{1.5, -0.5}, {Double.NaN}, {}}) {
      assertThrows(
          IllegalArgumentException.class, () -> Subset.randomSplit(new Squares(10), 1, wrong));
    }
  }

  private static List<Integer> sizes(List<Subset> parts) {
    return parts.stream().map(Subset::size).toList();
  }

  @Test
  void concatenatedDataSets() {
    ConcatDataset all =
        new ConcatDataset(new Squares(3), new Squares(0), new Subset(new Squares(9), 8, 7));
    assertEquals(5, all.size());
    assertEquals(7, all.get(4).y().itemLong());
    assertEquals(List.of(List.of(0f, 1f, 2f, 8f), List.of(7f)), labels(new DataLoader(all, 4)));
    Batch mixed = new DataLoader(new Subset(all, 4, 0, 3, 1), 4).iterator().next();
    assertEquals(List.of(7f, 0f, 8f, 1f), floats(mixed.y()));
    assertEquals(List.of(7f, 49f, 0f, 0f, 8f, 64f, 1f, 1f), floats(mixed.x()));
    DataLoader shuffled = new DataLoader(all, 2).withShuffle(true).withSeed(1);
    assertEquals(labels(shuffled), labels(shuffled.withWorkers(2)));
    assertThrows(IndexOutOfBoundsException.class, () -> all.get(5));
    assertThrows(IllegalArgumentException.class, () -> new ConcatDataset());
    TensorDataset other = new TensorDataset(Tensor.zeros(1, 3), Tensor.zeros(1));
    assertEquals(
        "ConcatDataset: the samples of a batch must be alike, but data set 0 gives [2] and [] and"
            + " data set 1 gives [3] and []",
        assertThrows(
                IllegalArgumentException.class,
                () -> new DataLoader(new ConcatDataset(new Squares(1), other), 2).iterator().next())
            .getMessage());
  }

  /// What is random in the transforms of its parts comes from the loader alone.
  @Test
  void concatenatedDataSetsDoNotDependOnTheNumberOfWorkers() {
    ImageDataset images =
        new ImageDataset(
            ImageFiles.generated(true, 20, 1),
            Transforms.compose(Transforms.toTensor(), Transforms.randomCrop(24, 2)));
    DataLoader loader =
        new DataLoader(new ConcatDataset(images, images), 8).withShuffle(true).withSeed(1);
    assertEquals(pixels(loader), pixels(loader.withWorkers(2)));
  }

  @Test
  void refusals() {
    assertThrows(IllegalArgumentException.class, () -> new DataLoader(new Squares(2), 0));
    DataLoader loader = new DataLoader(new Squares(2), 1);
    assertThrows(IllegalArgumentException.class, () -> loader.withWorkers(-1));
  }
}
