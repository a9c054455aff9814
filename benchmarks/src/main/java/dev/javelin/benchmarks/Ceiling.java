package dev.javelin.benchmarks;

import java.util.stream.IntStream;

/// What a device can do at best, as measured on it: what times are compared with, beside other libraries.
///
/// @param flops operations a second in a product of matrices of 2048 x 2048
/// @param cachedBytes bytes a second, read and written, in a copy of a million numbers, which processors keep in a cache
/// @param bytes the same in a copy of 16 million numbers, which they do not
record Ceiling(double flops, double cachedBytes, double bytes) {
  private static final long MILLIS = 200;

  /// The best of so many windows counts: other work of the machine only takes away.
  private static final int WINDOWS = 5;

  /// Between the two copies: 8 and 128 MiB.
  private static final long CACHED = 32L << 20;

  private static final double PER_SECOND = 1e3;

  /// Measures a device.
  ///
  /// @param side works on it
  /// @return its limits
  static Ceiling of(Side side) {
    Job product = new Job.Matmul(2048, false);
    Job small = new Job.Copy(Job.MILLION);
    Job large = new Job.Copy(16 * Job.MILLION);
    return new Ceiling(
        product.flops() * PER_SECOND / time(side, product),
        small.bytes() * PER_SECOND / time(side, small),
        large.bytes() * PER_SECOND / time(side, large));
  }

  private static double time(Side side, Job job) {
    try (Side.Task task = side.prepare(job)) {
      Sampler.warmUp(task);
      return IntStream.range(0, WINDOWS)
          .mapToDouble(_ -> Sampler.measure(task, MILLIS).p10())
          .min()
          .orElseThrow();
    }
  }

  /// The time that a job takes at the least: that of its operations or of its bytes, whichever is longer.
  ///
  /// @return milliseconds
  double least(Job job) {
    double rate = job.workingSet() <= CACHED ? cachedBytes : bytes;
    return Math.max(job.flops() / flops, job.bytes() / rate) * PER_SECOND;
  }
}
