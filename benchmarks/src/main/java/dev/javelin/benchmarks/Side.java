package dev.javelin.benchmarks;

/// A library that can do the work of every [Job].
interface Side {

  /// A job made ready: inputs, networks and optimisers are there.
  interface Task extends AutoCloseable {
    /// The work that is timed. What it allocates is free again when it returns.
    void run();

    /// Some numbers that come out, the same on every side but for rounding. Called once, before the first run.
    float[] probe();

    @Override
    void close();
  }

  /// Makes a job ready, with the numbers of [Data].
  ///
  /// @param job the job
  /// @return its work
  Task prepare(Job job);

  /// What runs here.
  ///
  /// @return one line
  String about();
}
