package dev.javelin.optim;

import java.util.List;

/// Schedules one after the other, each from its own beginning.
public final class SequentialLR extends LRScheduler {
  private final List<LRScheduler> schedulers;
  private final int[] milestones;

  /// The schedule, begun: the optimiser has its first learning rate.
  ///
  /// @param optimizer the optimiser
  /// @param schedulers the schedules, made with this optimiser, which are not stepped themselves
  /// @param milestones after how many epochs each but the first takes over, ascending
  public SequentialLR(Optimizer optimizer, List<LRScheduler> schedulers, int... milestones) {
    super(optimizer, schedulers);
    if (schedulers.isEmpty() || milestones.length != schedulers.size() - 1) {
      throw new IllegalArgumentException(
          ("Sequential Schedulers expects number of schedulers provided to be one more than the"
                  + " number of milestone points, but got number of schedulers %s and the number of"
                  + " milestones %s")
              .formatted(schedulers.size(), milestones.length));
    }
    this.schedulers = List.copyOf(schedulers);
    this.milestones = milestones.clone();
    begin();
  }

  private int current(int epochs) {
    int at = 0;
    while (at < milestones.length && epochs >= milestones[at]) {
      at++;
    }
    return at;
  }

  @Override
  double learningRate(double base, int epochs) {
    int at = current(epochs);
    return schedulers.get(at).learningRate(base, epochs - (at == 0 ? 0 : milestones[at - 1]));
  }

  @Override
  void change(ParamGroup group, int epochs) {
    int at = current(epochs);
    schedulers.get(at).change(group, epochs - (at == 0 ? 0 : milestones[at - 1]));
  }
}
