package dev.javelin.optim;

import dev.javelin.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Changes the learning rates of an optimiser from epoch to epoch, or from step to step: `step()` says that one is over.
public abstract sealed class LRScheduler
    permits StepLR, MultiStepLR, ExponentialLR, CosineAnnealingLR, OneCycleLR, LinearLR, LambdaLR {
  private final Optimizer optimizer;
  private final List<Double> bases = new ArrayList<>();
  private int epoch;

  LRScheduler(Optimizer optimizer) {
    this.optimizer = optimizer;
    optimizer.groups().forEach(group -> bases.add(group.options().learningRate()));
  }

  /// The learning rate of an epoch.
  ///
  /// @param base the learning rate the group began with
  /// @param epochs how many epochs are over
  abstract double learningRate(double base, int epochs);

  final void begin() {
    set(0);
  }

  /// An epoch is over.
  public final void step() {
    set(epoch + 1);
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

  /// What is needed to go on later, by PyTorch's names: `last_epoch`, `base_lrs`, `_last_lr`.
  ///
  /// @return names and tensors
  public final Map<String, Tensor> stateDict() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    state.put("last_epoch", Tensor.of(new long[] {epoch}));
    state.put("base_lrs", rates(bases));
    state.put("_last_lr", rates(lastLearningRates()));
    return state;
  }

  static Tensor rates(List<Double> rates) {
    return Tensor.of(rates.stream().mapToDouble(Double::doubleValue).toArray());
  }

  /// Goes on where another schedule of the same settings stopped: the optimiser gets its learning rates.
  ///
  /// @param state what [#stateDict()] gave
  /// @throws IllegalArgumentException if something is missing or of another number of groups; nothing is loaded then
  public final void loadStateDict(Map<String, Tensor> state) {
    Tensor epochs = state.get("last_epoch");
    Tensor saved = state.get("base_lrs");
    if (epochs == null || saved == null || saved.numel() != bases.size()) {
      throw new IllegalArgumentException(
          "%s: expected a state of last_epoch and %s base_lrs, got %s"
              .formatted(getClass().getSimpleName(), bases.size(), state));
    }
    bases.clear();
    for (double base : saved.toDoubleArray()) {
      bases.add(base);
    }
    set((int) epochs.itemLong());
  }

  private void set(int epochs) {
    epoch = epochs;
    for (int i = 0; i < bases.size(); i++) {
      optimizer.groups().get(i).setLearningRate(learningRate(bases.get(i), epochs));
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
