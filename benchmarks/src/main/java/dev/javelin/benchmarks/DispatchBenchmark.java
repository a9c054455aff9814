package dev.javelin.benchmarks;

import dev.javelin.Tensor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What an eager operation costs besides its arithmetic: operations on one element. `gc.alloc.rate.norm` says how many bytes of
/// Java heap each takes.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class DispatchBenchmark {
  private static final int PER_SCOPE = 100;

  private final Tensor x = Tensor.ones(1);
  private final Tensor y = Tensor.ones(1);
  private final Tensor weight = Tensor.ones(1).requiresGrad_(true);

  /// Made by JMH.
  public DispatchBenchmark() {}

  /// One input; the garbage collector finds the result.
  ///
  /// @return the result
  @Benchmark
  public Tensor relu() {
    return x.relu();
  }

  /// Two inputs; the garbage collector finds the result.
  ///
  /// @return the result
  @Benchmark
  public Tensor add() {
    return x.add(y);
  }

  /// A number as the second input.
  ///
  /// @return the result
  @Benchmark
  public Tensor addNumber() {
    return x.add(0.5);
  }

  /// Two inputs, a hundred times; the results are freed by a scope.
  ///
  /// @return how many dimensions the last result had
  @Benchmark
  @OperationsPerInvocation(PER_SCOPE)
  public int addInScope() {
    int dims = 0;
    try (var _ = dev.javelin.Scope.open()) {
      for (int i = 0; i < PER_SCOPE; i++) {
        dims = x.add(y).dim();
      }
    }
    return dims;
  }

  /// Recorded for a backward pass.
  ///
  /// @return the result
  @Benchmark
  public Tensor mulRecorded() {
    return x.mul(weight);
  }
}
