package dev.javelin.benchmarks;

import dev.javelin.Compiled;
import dev.javelin.Javelin;
import dev.javelin.Tensor;
import dev.javelin.nn.CrossEntropyLoss;
import dev.javelin.nn.Linear;
import dev.javelin.nn.Module;
import dev.javelin.nn.ReLU;
import dev.javelin.nn.Sequential;
import dev.javelin.optim.SGD;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What a replay of a compiled training step costs besides its arithmetic: the 14 kernels of the MLP's step, on layers so small
/// that they take next to nothing.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ReplayBenchmark {
  private static final int KERNELS = 14;
  private static final int WIDTH = 4;
  private static final int BATCH = 4;
  private static final int CLASSES = 10;

  private final Module net =
      new Sequential(
          new Linear(WIDTH, WIDTH),
          new ReLU(),
          new Linear(WIDTH, WIDTH),
          new ReLU(),
          new Linear(WIDTH, CLASSES));
  private final SGD optimizer = new SGD(net.parameters(), 0.01);
  private final CrossEntropyLoss loss = new CrossEntropyLoss();
  private final Tensor x = Tensor.rand(BATCH, WIDTH);
  private final Tensor y = Tensor.randint(0, CLASSES, BATCH);
  private final Compiled step =
      Javelin.compile(
          (images, labels) -> {
            optimizer.zeroGrad();
            Tensor result = loss.call(net.call(images), labels);
            result.backward();
            optimizer.step();
            return result;
          });

  /// Made by JMH.
  public ReplayBenchmark() {}

  /// Records the step and makes sure that it is the one that is meant.
  @Setup
  public void record() {
    for (int i = 0; i < 3; i++) {
      step();
    }
    if (step.kernelCount() != KERNELS) {
      throw new IllegalStateException(step.explain());
    }
  }

  /// A training step.
  ///
  /// @return how many dimensions the loss had
  @Benchmark
  public int step() {
    try (var _ = dev.javelin.Scope.open()) {
      return step.call(x, y).dim();
    }
  }
}
