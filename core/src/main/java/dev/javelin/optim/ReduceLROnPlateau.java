package dev.javelin.optim;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The learning rate times a factor when a number - the loss of the validation, for one - has not got better for some epochs.
public final class ReduceLROnPlateau {
  /// Which way is better.
  public enum Mode {
    /// Smaller.
    MIN,
    /// Larger.
    MAX
  }

  /// The settings.
  ///
  /// @param mode which way is better
  /// @param factor by which learning rates are multiplied, below 1
  /// @param patience how many epochs without getting better are borne
  /// @param threshold how much better counts
  /// @param relative whether the threshold is a part of the best number so far rather than a number itself
  /// @param cooldown how many epochs after a change do not count
  /// @param minLr below which learning rates do not go
  /// @param eps a change below that is not made
  public record Options(
      Mode mode,
      double factor,
      int patience,
      double threshold,
      boolean relative,
      int cooldown,
      double minLr,
      double eps) {
    /// PyTorch's: smaller is better, factor 0.1, patience 10, threshold 1e-4 of the best, no cooldown.
    public static final Options DEFAULT = new Options(Mode.MIN, 0.1, 10, 1e-4, true, 0, 0, 1e-8);

    /// Checks the settings.
    ///
    /// @throws IllegalArgumentException if the factor is not below 1
    public Options {
      if (!(factor < 1)) {
        throw new IllegalArgumentException("Factor should be < 1.0.");
      }
    }

    /// These settings with another factor and patience.
    ///
    /// @param newFactor by which learning rates are multiplied, below 1
    /// @param newPatience how many epochs without getting better are borne
    /// @return a copy
    public Options with(double newFactor, int newPatience) {
      return new Options(mode, newFactor, newPatience, threshold, relative, cooldown, minLr, eps);
    }

    /// These settings with another way that is better.
    ///
    /// @param newMode which way
    /// @return a copy
    public Options withMode(Mode newMode) {
      return new Options(newMode, factor, patience, threshold, relative, cooldown, minLr, eps);
    }

    /// These settings with epochs after a change that do not count.
    ///
    /// @param newCooldown how many
    /// @return a copy
    public Options withCooldown(int newCooldown) {
      return new Options(mode, factor, patience, threshold, relative, newCooldown, minLr, eps);
    }

    /// These settings with a bound.
    ///
    /// @param newMinLr below which learning rates do not go
    /// @return a copy
    public Options withMinLr(double newMinLr) {
      return new Options(mode, factor, patience, threshold, relative, cooldown, newMinLr, eps);
    }
  }

  private final Optimizer optimizer;
  private final Options options;
  private double best;
  private int badEpochs;
  private int cooldown;
  private int epoch;

  /// With PyTorch's settings.
  ///
  /// @param optimizer the optimiser
  public ReduceLROnPlateau(Optimizer optimizer) {
    this(optimizer, Options.DEFAULT);
  }

  /// With other settings.
  ///
  /// @param optimizer the optimiser
  /// @param options the settings
  public ReduceLROnPlateau(Optimizer optimizer, Options options) {
    this.optimizer = optimizer;
    this.options = options;
    this.best = options.mode == Mode.MIN ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
  }

  /// An epoch is over.
  ///
  /// @param metric the number that should get better
  public void step(double metric) {
    epoch++;
    if (isBetter(metric)) {
      best = metric;
      badEpochs = 0;
    } else {
      badEpochs++;
    }
    if (cooldown > 0) {
      cooldown--;
      badEpochs = 0;
    }
    if (badEpochs > options.patience) {
      for (ParamGroup group : optimizer.groups()) {
        double rate = Math.max(group.learningRate() * options.factor, options.minLr);
        if (group.learningRate() - rate > options.eps) {
          group.setLearningRate(rate);
        }
      }
      cooldown = options.cooldown;
      badEpochs = 0;
    }
  }

  private boolean isBetter(double metric) {
    double sign = options.mode == Mode.MIN ? -1 : 1;
    // As PyTorch: the best times 1 -+ threshold, whatever its sign.
    double bound =
        options.relative ? best * (1 + sign * options.threshold) : best + sign * options.threshold;
    return options.mode == Mode.MIN ? metric < bound : metric > bound;
  }

  /// The present learning rates.
  ///
  /// @return one for each group of the optimiser
  public List<Double> lastLearningRates() {
    return optimizer.groups().stream().map(ParamGroup::learningRate).toList();
  }

  /// What is needed to go on later.
  ///
  /// @return numbers by PyTorch's names, for [#loadStateDict]
  public Map<String, Object> stateDict() {
    Map<String, Object> state = new LinkedHashMap<>();
    state.put("best", best);
    state.put("num_bad_epochs", (long) badEpochs);
    state.put("cooldown_counter", (long) cooldown);
    state.put("last_epoch", (long) epoch);
    state.put("_last_lr", lastLearningRates());
    return Collections.unmodifiableMap(state);
  }

  /// Goes on where another schedule of the same settings stopped. The learning rates are the optimiser's to load.
  ///
  /// @param state what [#stateDict()] gave
  /// @throws IllegalArgumentException if something is missing or no such number; nothing is changed
  public void loadStateDict(Map<String, ?> state) {
    if (!(state.get("best") instanceof Double number)
        || !(state.get("num_bad_epochs") instanceof Long bad)
        || !(state.get("cooldown_counter") instanceof Long cool)
        || !(state.get("last_epoch") instanceof Long epochs)) {
      throw new IllegalArgumentException(
          "loadStateDict: expected best, num_bad_epochs, cooldown_counter and last_epoch of a"
              + " ReduceLROnPlateau, got "
              + state);
    }
    best = number;
    badEpochs = Math.toIntExact(bad);
    cooldown = Math.toIntExact(cool);
    epoch = Math.toIntExact(epochs);
  }
}
