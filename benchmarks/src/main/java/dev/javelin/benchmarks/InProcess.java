package dev.javelin.benchmarks;

/// Javelin, in this process.
final class InProcess implements Contender {
  private final Side side = new JavelinSide();
  private Side.Task task;

  @Override
  public String name() {
    return "Javelin";
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
