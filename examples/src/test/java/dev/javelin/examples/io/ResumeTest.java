package dev.javelin.examples.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.javelin.Javelin;
import dev.javelin.Scope;
import dev.javelin.Tensor;
import dev.javelin.data.Batch;
import dev.javelin.data.DataLoader;
import dev.javelin.data.TensorDataset;
import dev.javelin.io.Saved;
import dev.javelin.nn.CrossEntropyLoss;
import dev.javelin.nn.Dropout;
import dev.javelin.nn.Linear;
import dev.javelin.nn.ReLU;
import dev.javelin.nn.Sequential;
import dev.javelin.optim.Adam;
import dev.javelin.optim.StepLR;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A training that stops and goes on ends as one that never stopped, bit by bit.
class ResumeTest {
  private static final int EPOCHS = 4;

  @TempDir private Path directory;

  /// All that a training consists of.
  private static final class Training {
    final Sequential model =
        new Sequential(new Linear(6, 16), new ReLU(), new Dropout(0.5), new Linear(16, 3));
    final Adam optimizer = new Adam(model.parameters(), 0.01);
    final StepLR scheduler = new StepLR(optimizer, 1, 0.5);
    final DataLoader loader;
    final CrossEntropyLoss criterion = new CrossEntropyLoss();
    int steps;

    Training(TensorDataset data, int workers) {
      loader = new DataLoader(data, 8).withShuffle(true).withWorkers(workers);
    }

    /// Trains from where it is, to the end or until so many steps are done.
    void run(int limit) {
      while (scheduler.lastEpoch() < EPOCHS) {
        for (Iterator<Batch> batches = loader.iterator(); batches.hasNext(); ) {
          if (steps == limit) {
            return;
          }
          step(batches.next());
        }
        scheduler.step();
      }
    }

    private void step(Batch batch) {
      try (Scope _ = batch.scope()) {
        optimizer.zeroGrad();
        criterion.call(model.call(batch.x()), batch.y()).backward();
        optimizer.step();
        steps++;
      }
    }

    void save(Path file) {
      Javelin.save(
          Map.of(
              "steps", steps,
              "model", model.stateDict(),
              "optimizer", optimizer.stateDict(),
              "scheduler", scheduler.stateDict(),
              "loader", loader.stateDict(),
              "random", Javelin.getRngState()),
          file);
    }

    void load(Path file) {
      Saved run = Javelin.load(file);
      model.loadStateDict(run.get("model").stateDict());
      optimizer.loadStateDict(run.get("optimizer").stateDict());
      scheduler.loadStateDict(run.get("scheduler").map());
      loader.loadStateDict(run.get("loader").map());
      Javelin.setRngState(run.get("random").tensor());
      steps = (int) (long) (Long) run.get("steps").value();
    }
  }

  private static TensorDataset data() {
    Javelin.manualSeed(5);
    return new TensorDataset(Tensor.randn(50, 6), Tensor.randint(0, 3, 50));
  }

  /// Seven steps an epoch: within the first, the second and the last, and between two.
  @ParameterizedTest
  @CsvSource({"3, 0, 0", "10, 0, 2", "14, 2, 0", "27, 2, 2", "0, 0, 0"})
  void endsAsIfItHadNeverStopped(int stop, int workers, int workersLater) {
    TensorDataset data = data();
    Javelin.manualSeed(7);
    Training whole = new Training(data, workers);
    whole.run(Integer.MAX_VALUE);
    float[] next = Tensor.rand(3).toFloatArray();

    Javelin.manualSeed(7);
    Training first = new Training(data, workers);
    first.run(stop);
    Path file = directory.resolve("run.pt");
    first.save(file);

    Javelin.manualSeed(99);
    Training second = new Training(data, workersLater);
    Tensor.rand(100);
    second.load(file);
    second.run(Integer.MAX_VALUE);
    assertArrayEquals(next, Tensor.rand(3).toFloatArray());

    assertEquals(28, whole.steps);
    assertEquals(whole.steps, second.steps);
    whole
        .model
        .stateDict()
        .forEach(
            (name, value) ->
                assertArrayEquals(
                    value.toFloatArray(), second.model.stateDict().get(name).toFloatArray(), name));
    whole
        .optimizer
        .stateDict()
        .forEach(
            (name, value) ->
                assertArrayEquals(
                    value.toDoubleArray(),
                    second.optimizer.stateDict().get(name).toDoubleArray(),
                    name));
    assertEquals(whole.scheduler.lastLearningRates(), second.scheduler.lastLearningRates());
  }

  private static List<Double> rest(Iterator<Batch> batches) {
    List<Double> values = new ArrayList<>();
    batches.forEachRemaining(batch -> values.add(batch.y().sum().item()));
    return values;
  }

  @Test
  void loaderGoesOnWhereItWas() {
    TensorDataset data = new TensorDataset(Tensor.zeros(10, 1), Tensor.arange(10));
    DataLoader loader = new DataLoader(data, 3).withShuffle(true).withSeed(1);
    rest(loader.iterator());
    Iterator<Batch> second = loader.iterator();
    second.next();
    Map<String, Object> state = loader.stateDict();
    List<Double> left = rest(second);
    assertEquals(3, left.size());
    List<Double> third = rest(loader.iterator());

    DataLoader other = new DataLoader(data, 3).withShuffle(true).withWorkers(1);
    other.loadStateDict(state);
    assertEquals(state, other.stateDict());
    assertEquals(left, rest(other.iterator()));
    assertEquals(third, rest(other.iterator()));
    // A loader that has not begun, and one at the end of an epoch.
    assertEquals(0L, new DataLoader(data, 3).stateDict().get("batch"));
    assertEquals(3L, other.stateDict().get("epoch"));
  }

  @Test
  void loaderThatIsSetUpDifferentlyIsRefused() {
    TensorDataset data = new TensorDataset(Tensor.zeros(10, 1), Tensor.arange(10));
    Map<String, Object> state = new DataLoader(data, 3).withShuffle(true).withSeed(1).stateDict();
    DataLoader other = new DataLoader(data, 4);
    assertEquals(
        """
        Error(s) in loading the state of the DataLoader:
        \tbatch_size is 3 there and 4 here
        \tshuffle is true there and false here\
        """,
        assertThrows(IllegalArgumentException.class, () -> other.loadStateDict(state))
            .getMessage());
    String nothing =
        assertThrows(IllegalArgumentException.class, () -> other.loadStateDict(Map.of()))
            .getMessage();
    assertEquals(8, nothing.lines().count(), nothing);
  }

  @Test
  void schedulerAndRandomStateOfSomethingElseAreRefused() {
    Training training = new Training(data(), 0);
    assertEquals(
        "loadStateDict: expected last_epoch and 1 base_lrs of a StepLR, got {}",
        assertThrows(
                IllegalArgumentException.class, () -> training.scheduler.loadStateDict(Map.of()))
            .getMessage());
    assertEquals(
        "setRngState: expected an int64 tensor of shape [2], got float32 of shape [1]",
        assertThrows(IllegalArgumentException.class, () -> Javelin.setRngState(Tensor.zeros(1)))
            .getMessage());
    Tensor state = Javelin.getRngState();
    float[] numbers = Tensor.rand(5).toFloatArray();
    Javelin.setRngState(state);
    assertArrayEquals(numbers, Tensor.rand(5).toFloatArray());
  }
}
