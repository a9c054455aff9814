package dev.javelin.optim;

import java.util.List;

/// Schedules at once: the learning rate times what each of them makes of it.
public final class ChainedScheduler extends LRScheduler {
  private final List<LRScheduler> schedulers;

  /// The schedule, begun: the optimiser has its first learning rate.
  ///
  /// @param optimizer the optimiser
  /// @param schedulers the schedules, made with this optimiser, which are not stepped themselves
  public ChainedScheduler(Optimizer optimizer, List<LRScheduler> schedulers) {
    super(optimizer, schedulers);
    this.schedulers = List.copyOf(schedulers);
    begin();
  }

  @Override
  double learningRate(double base, int epochs) {
    double rate = base;
    for (LRScheduler scheduler : schedulers) {
      rate *= base == 0 ? 0 : scheduler.learningRate(base, epochs) / base;
    }
    return rate;
  }

  @Override
  void change(ParamGroup group, int epochs) {
    schedulers.forEach(scheduler -> scheduler.change(group, epochs));
  }
}
