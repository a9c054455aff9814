package dev.javelin.benchmarks;

import java.lang.management.ManagementFactory;
import java.util.Arrays;

/// Times a task for a short while.
final class Sampler {
  /// Shorter runs are timed several at a time, so that the clock's own cost does not show.
  private static final long CLOCK_GRAIN_NANOS = 20_000;

  private static final int MOST_SAMPLES = 100_000;
  private static final int FEWEST_SAMPLES = 3;

  /// How many times the wanted time makes a run too long to be repeated.
  private static final int LONG_RUN = 5;

  private static final double MILLIS = 1e-6;

  private static final long WARM_UP_MILLIS = 500;
  private static final long LONGEST_WARM_UP_SECONDS = 10;

  /// Compilers that work for less than this part of the time are at rest.
  private static final double RESTING = 0.02;

  private Sampler() {}

  /// What one window gave.
  ///
  /// @param median the median time of a run in milliseconds
  /// @param p10 the time that a tenth of the runs stayed below, in milliseconds
  /// @param mean the mean time of a run in milliseconds
  /// @param runs how many runs
  record Window(double median, double p10, double mean, long runs) {}

  /// Runs a task until the compilers of this JVM rest, for a time that has a limit.
  static void warmUp(Side.Task task) {
    var compilers = ManagementFactory.getCompilationMXBean();
    long end = System.nanoTime() + LONGEST_WARM_UP_SECONDS * 1_000_000_000;
    long compiled;
    long before;
    do {
      before = compilers.getTotalCompilationTime();
      var _ = measure(task, WARM_UP_MILLIS);
      compiled = compilers.getTotalCompilationTime() - before;
    } while (compiled > WARM_UP_MILLIS * RESTING && System.nanoTime() < end);
  }

  /// Runs a task for some time, at least thrice; what takes several times as long as that time runs once.
  static Window measure(Side.Task task, long millis) {
    long before = System.nanoTime();
    task.run();
    long first = Math.max(1, System.nanoTime() - before);
    if (first > LONG_RUN * millis * 1_000_000) {
      double only = first * MILLIS;
      return new Window(only, only, only, 1);
    }
    int batch = Math.clamp(CLOCK_GRAIN_NANOS / first, 1, 1000);
    double[] samples = new double[MOST_SAMPLES];
    int count = 0;
    long start = System.nanoTime();
    long end = start + millis * 1_000_000;
    long now = start;
    while (count < samples.length && (now < end || count < FEWEST_SAMPLES)) {
      for (int i = 0; i < batch; i++) {
        task.run();
      }
      long after = System.nanoTime();
      samples[count++] = (after - now) * MILLIS / batch;
      now = after;
    }
    double mean = (now - start) * MILLIS / ((double) count * batch);
    double[] sorted = Arrays.copyOf(samples, count);
    double median = median(sorted);
    return new Window(median, sorted[count / 10], mean, (long) count * batch);
  }

  /// The median of some numbers, which are put in order.
  static double median(double[] values) {
    Arrays.sort(values);
    int middle = values.length / 2;
    return values.length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  }
}
