package dev.javelin.benchmarks;

/// Javelin on one of its devices, in this process.
final class InProcess implements Contender {
  private final String name;
  private final Side side;
  private Side.Task task;

  /// @param name the heading of its column
  /// @param side does the work
  InProcess(String name, JavelinSide side) {
    this.name = name;
    this.side = side;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String about() {
    return side.about();
  }

  @Override
  public long process() {
    return ProcessHandle.current().pid();
  }

  @Override
  public float[] prepare(Job job) {
    close();
    task = side.prepare(job);
    return task.probe();
  }

  @Override
  public void warmUp() {
    Sampler.warmUp(task);
  }

  @Override
  public Sampler.Window measure(long millis) {
    return Sampler.measure(task, millis);
  }

  @Override
  public void close() {
    if (task != null) {
      task.close();
      task = null;
    }
  }
}
