package dev.javelin.benchmarks;

/// Someone who takes turns in the measurement: Javelin in this process, or a [PeerProcess].
interface Contender extends AutoCloseable {
  /// The heading of its column.
  String name();

  /// What runs there, in one line.
  String about();

  /// The process it runs in.
  long process();

  /// Makes a job ready, in place of the one before.
  ///
  /// @return its probe, see [Side.Task#probe()]
  float[] prepare(Job job);

  /// Runs the job until the compilers of the JVM have done their work.
  void warmUp();

  /// Runs the job for some time.
  Sampler.Window measure(long millis);

  @Override
  void close();
}
