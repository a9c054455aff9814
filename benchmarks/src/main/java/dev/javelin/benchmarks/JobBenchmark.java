package dev.javelin.benchmarks;

import dev.javelin.Devices;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Rows of [Bench]'s table under JMH, for its profilers.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class JobBenchmark {
  @Param({
    "mlp step, SGD",
    "matmul 512",
    "relu 1M",
    "gelu 1M",
    "softmax (4096,1000)",
    "layerNorm (4096,768)",
    "conv2d (64,64,56,56) 64 3x3"
  })
  private String job;

  private Side.Task task;

  /// Made by JMH.
  public JobBenchmark() {}

  /// Makes the job ready.
  @Setup
  public void prepare() {
    task = new JavelinSide(Devices.cpu(), true).prepare(Job.named(job));
  }

  /// One run.
  @Benchmark
  public void run() {
    task.run();
  }

  /// Lets go of the job.
  @TearDown
  public void close() {
    task.close();
  }
}
