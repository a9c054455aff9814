package dev.javelin.examples.nn;

import static dev.javelin.examples.nn.ModuleTest.floats;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.javelin.Javelin;
import dev.javelin.Scope;
import dev.javelin.Tensor;
import dev.javelin.data.Batch;
import dev.javelin.data.DataLoader;
import dev.javelin.data.ImageDataset;
import dev.javelin.data.ImageFiles;
import dev.javelin.data.Transforms;
import dev.javelin.nn.Conv2d;
import dev.javelin.nn.CrossEntropyLoss;
import dev.javelin.nn.Dropout;
import dev.javelin.nn.Flatten;
import dev.javelin.nn.Linear;
import dev.javelin.nn.MaxPool2d;
import dev.javelin.nn.Module;
import dev.javelin.nn.ReLU;
import dev.javelin.nn.Sequential;
import dev.javelin.optim.Adam;
import dev.javelin.optim.Optimizer;
import dev.javelin.optim.SGD;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/// Two models trained at once, in two threads, are bit by bit those trained one after the other.
///
/// Their loaders have seeds of their own. The random numbers of [Javelin#manualSeed] are one sequence for all threads, so what a layer
/// draws from it depends on which thread comes first: where there is dropout, the training runs in [Javelin#forkRng].
class TwoTrainingsTest {
  /// A training, ready to go.
  private record Run(Module model, Optimizer optimizer, DataLoader loader) {
    /// The losses, and then all parameters.
    List<Float> train() {
      List<Float> result = new ArrayList<>();
      CrossEntropyLoss criterion = new CrossEntropyLoss();
      for (int epoch = 0; epoch < 2; epoch++) {
        for (Batch batch : loader) {
          try (Scope _ = batch.scope()) {
            optimizer.zeroGrad();
            Tensor loss = criterion.call(model.call(batch.x()), batch.y());
            loss.backward();
            optimizer.step();
            result.add((float) loss.item());
          }
        }
      }
      model.parameters().forEach(parameter -> result.addAll(floats(parameter)));
      return result;
    }
  }

  private static DataLoader loader(long seed, int workers) {
    ImageDataset images =
        new ImageDataset(
            ImageFiles.generated(true, 96, seed),
            Transforms.compose(Transforms.toTensor(), Transforms.randomHorizontalFlip(0.5)));
    return new DataLoader(images, 16).withShuffle(true).withWorkers(workers).withSeed(seed);
  }

  private static Run perceptron() {
    Javelin.manualSeed(1);
    Module model =
        new Sequential(new Flatten(), new Linear(784, 32), new ReLU(), new Linear(32, 10));
    return new Run(model, new SGD(model.parameters(), 0.1), loader(1, 0));
  }

  private static Run convolutions() {
    Javelin.manualSeed(2);
    Module model =
        new Sequential(
            new Conv2d(1, 4, 5), new MaxPool2d(4), new ReLU(), new Flatten(), new Linear(144, 10));
    return new Run(model, new Adam(model.parameters()), loader(2, 1));
  }

  private static Run dropping(long seed) {
    Javelin.manualSeed(seed);
    Module model =
        new Sequential(new Flatten(), new Linear(784, 32), new Dropout(0.5), new Linear(32, 10));
    return new Run(model, new SGD(model.parameters(), 0.1), loader(seed, 1));
  }

  @Test
  void dropoutOfEachItsOwn() throws Exception {
    List<Float> first = Javelin.forkRng(1, () -> dropping(1).train());
    List<Float> second = Javelin.forkRng(2, () -> dropping(2).train());
    List<List<Float>> both =
        atOnce(
            () -> Javelin.forkRng(1, () -> dropping(1).train()),
            () -> Javelin.forkRng(2, () -> dropping(2).train()));
    assertEquals(first, both.get(0));
    assertEquals(second, both.get(1));
  }

  @Test
  void asOneAfterTheOther() throws Exception {
    List<Float> first = perceptron().train();
    List<Float> second = convolutions().train();
    assertNotEquals(first.get(0), first.get(11), "it learns");
    for (int time = 0; time < 3; time++) {
      List<List<Float>> both = atOnce(perceptron()::train, convolutions()::train);
      assertEquals(first, both.get(0));
      assertEquals(second, both.get(1));
    }
    // Two of one kind share every plan and kernel.
    for (List<Float> same : atOnce(perceptron()::train, perceptron()::train)) {
      assertEquals(first, same);
    }
  }

  @SafeVarargs
  private static List<List<Float>> atOnce(Supplier<List<Float>>... runs) throws Exception {
    CyclicBarrier start = new CyclicBarrier(runs.length);
    try (ExecutorService threads = Executors.newFixedThreadPool(runs.length)) {
      List<Callable<List<Float>>> tasks = new ArrayList<>();
      for (Supplier<List<Float>> run : runs) {
        tasks.add(
            () -> {
              start.await();
              return run.get();
            });
      }
      List<List<Float>> results = new ArrayList<>();
      for (Future<List<Float>> future : threads.invokeAll(tasks)) {
        results.add(future.get());
      }
      return results;
    }
  }
}
