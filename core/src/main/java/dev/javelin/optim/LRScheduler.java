package dev.javelin.optim;

import dev.javelin.engine.Recording;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Changes the learning rates of an optimiser from epoch to epoch, or from step to step: `step()` says that one is over.
public abstract sealed class LRScheduler
    permits ChainedScheduler,
        ConstantLR,
        CosineAnnealingLR,
        CosineAnnealingWarmRestarts,
        CyclicLR,
        ExponentialLR,
        LambdaLR,
        LinearLR,
        MultiStepLR,
        MultiplicativeLR,
        OneCycleLR,
        PolynomialLR,
        SequentialLR,
        StepLR {
  private final Optimizer optimizer;
  private final List<Double> bases = new ArrayList<>();
  private int epoch;

  LRScheduler(Optimizer optimizer) {
    this.optimizer = optimizer;
    optimizer.groups().forEach(group -> bases.add(group.options().learningRate()));
  }

  /// A schedule made of others.
  LRScheduler(Optimizer optimizer, List<LRScheduler> others) {
    this(optimizer);
    for (LRScheduler other : others) {
      if (other.optimizer != optimizer) {
        throw new IllegalArgumentException(
            "%s: expected schedulers of the same optimizer, but a %s is of another one"
                .formatted(getClass().getSimpleName(), other.getClass().getSimpleName()));
      }
    }
  }

  /// The learning rate of an epoch.
  ///
  /// @param base the learning rate the group began with
  /// @param epochs how many epochs are over
  abstract double learningRate(double base, int epochs);

  /// What else changes from epoch to epoch.
  void change(ParamGroup group, int epochs) {}

  /// Makes sure that there is a momentum to change.
  final void requireMomentum() {
    if (optimizer.groups().stream().anyMatch(group -> group.momentum().isEmpty())) {
      throw new IllegalArgumentException(
          "optimizer must support momentum or beta1 with `cycle_momentum` option enabled");
    }
  }

  final void begin() {
    set(0);
  }

  /// An epoch is over.
  public final void step() {
    Recording.effect(() -> set(epoch + 1));
  }

  /// How many epochs are over.
  ///
  /// @return 0 at first
  public final int lastEpoch() {
    return epoch;
  }

  /// Goes on as after so many epochs: to resume.
  ///
  /// @param epochs how many are over
  public final void setLastEpoch(int epochs) {
    set(epochs);
  }

  /// What is needed to go on later.
  ///
  /// @return numbers by PyTorch's names, for [#loadStateDict]
  public final Map<String, Object> stateDict() {
    Map<String, Object> state = new LinkedHashMap<>();
    state.put("last_epoch", (long) epoch);
    state.put("base_lrs", List.copyOf(bases));
    state.put("_last_lr", lastLearningRates());
    return Collections.unmodifiableMap(state);
  }

  /// Goes on where another scheduler of such an optimiser was.
  ///
  /// @param state what [#stateDict()] gave
  /// @throws IllegalArgumentException if it is none of such an optimiser; nothing is changed
  public final void loadStateDict(Map<String, ?> state) {
    if (!(state.get("last_epoch") instanceof Long epochs)
        || epochs < 0
        || epochs > Integer.MAX_VALUE
        || !(state.get("base_lrs") instanceof List<?> rates)
        || rates.size() != bases.size()
        || !rates.stream().allMatch(Double.class::isInstance)) {
      throw new IllegalArgumentException(
          "loadStateDict: expected last_epoch and %s base_lrs of a %s, got %s"
              .formatted(bases.size(), getClass().getSimpleName(), state));
    }
    for (int i = 0; i < rates.size(); i++) {
      bases.set(i, (Double) rates.get(i));
    }
    set(Math.toIntExact(epochs));
  }

  private void set(int epochs) {
    epoch = epochs;
    for (int i = 0; i < bases.size(); i++) {
      ParamGroup group = optimizer.groups().get(i);
      group.setLearningRate(learningRate(bases.get(i), epochs));
      change(group, epochs);
    }
  }

  /// The present learning rates.
  ///
  /// @return one for each group of the optimiser
  public final List<Double> lastLearningRates() {
    List<Double> rates = new ArrayList<>();
    optimizer.groups().forEach(group -> rates.add(group.learningRate()));
    return rates;
  }
}
