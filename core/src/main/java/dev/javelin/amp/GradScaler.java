package dev.javelin.amp;

import dev.javelin.Device;
import dev.javelin.Tensor;
import dev.javelin.engine.Engine;
import dev.javelin.engine.ScopeState;
import dev.javelin.engine.Value;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import dev.javelin.ops.OptimOps;
import dev.javelin.optim.Optimizer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Multiplies the loss, so that gradients do not vanish in float16, and divides the gradients again: `torch.amp.GradScaler` (Micikevicius
/// et al., arXiv 1710.03740). A step whose gradients are infinite or not a number is skipped, and the factor gets smaller; after some
/// steps without that it grows.
///
/// ```java
/// scaler.scale(loss).backward();
/// scaler.unscale_(optimizer); // only to look at the gradients, or to clip them
/// Utils.clipGradNorm_(model.parameters(), 1);
/// scaler.step(optimizer);
/// scaler.update();
/// ```
///
/// Used by one thread at a time. bfloat16 has float32's range and needs none.
public final class GradScaler {
  /// The settings.
  ///
  /// @param initScale the factor to begin with
  /// @param growthFactor by what it is multiplied to grow, above 1
  /// @param backoffFactor by what it is multiplied where gradients were not finite, below 1
  /// @param growthInterval after how many steps in a row it grows
  /// @param enabled whether to do anything at all; if not, [#step] is the optimiser's
  public record Options(
      double initScale,
      double growthFactor,
      double backoffFactor,
      int growthInterval,
      boolean enabled) {
    /// PyTorch's settings: 65536, 2, 0.5, 2000.
    public static final Options DEFAULT = new Options(65536, 2, 0.5, 2000, true);

    /// Checks the settings.
    ///
    /// @throws IllegalArgumentException if one is out of its range
    public Options {
      if (!(growthFactor > 1)) {
        throw new IllegalArgumentException("The growth factor must be > 1.0, got " + growthFactor);
      }
      if (!(backoffFactor < 1)) {
        throw new IllegalArgumentException(
            "The backoff factor must be < 1.0, got " + backoffFactor);
      }
    }

    /// These settings with another factor to begin with.
    ///
    /// @param newInitScale the factor
    /// @return a copy
    public Options withInitScale(double newInitScale) {
      return new Options(newInitScale, growthFactor, backoffFactor, growthInterval, enabled);
    }

    /// These settings with other factors of growth and shrinking.
    ///
    /// @param newGrowthFactor by what the factor is multiplied to grow
    /// @param newBackoffFactor by what it is multiplied where gradients were not finite
    /// @return a copy
    public Options withFactors(double newGrowthFactor, double newBackoffFactor) {
      return new Options(initScale, newGrowthFactor, newBackoffFactor, growthInterval, enabled);
    }

    /// These settings with another interval.
    ///
    /// @param newGrowthInterval after how many steps in a row the factor grows
    /// @return a copy
    public Options withGrowthInterval(int newGrowthInterval) {
      return new Options(initScale, growthFactor, backoffFactor, newGrowthInterval, enabled);
    }

    /// These settings, switched on or off.
    ///
    /// @param newEnabled whether to do anything at all
    /// @return a copy
    public Options withEnabled(boolean newEnabled) {
      return new Options(initScale, growthFactor, backoffFactor, growthInterval, newEnabled);
    }
  }

  /// How far an optimiser is between two updates.
  private enum Stage {
    UNSCALED,
    STEPPED
  }

  /// What is known of an optimiser since the last update.
  private static final class Progress {
    Stage stage;
    boolean finite;
  }

  private final Map<Optimizer, Progress> optimizers = new IdentityHashMap<>();
  private Options options;
  private double scale;
  private int growthTracker;

  /// A scaler of PyTorch's settings.
  public GradScaler() {
    this(Options.DEFAULT);
  }

  /// A scaler.
  ///
  /// @param options the settings
  public GradScaler(Options options) {
    this.options = options;
    this.scale = options.initScale();
  }

  /// Multiplies a loss by the factor.
  ///
  /// @param loss the loss
  /// @return the product, float32 at least for a scalar; the loss itself where the scaler is switched off
  public Tensor scale(Tensor loss) {
    return options.enabled()
        ? loss.mul(Tensor.full(Shape.SCALAR, scale, DType.FLOAT32, loss.device()))
        : loss;
  }

  /// Divides the gradients of an optimiser's parameters by the factor, in place: before they are clipped, for one. [#step] does it by
  /// itself where it was not done. Waits for the device.
  ///
  /// @param optimizer the optimiser
  /// @throws IllegalStateException if that was done since the last update, or the optimiser has stepped since, or there is no gradient
  /// @throws IllegalArgumentException if a gradient is float16: parameters are to be float32
  public void unscale_(Optimizer optimizer) {
    if (!options.enabled()) {
      return;
    }
    Progress progress = progress(optimizer);
    if (progress.stage == Stage.UNSCALED) {
      throw new IllegalStateException(
          "unscale_() has already been called on this optimizer since the last update()");
    }
    if (progress.stage == Stage.STEPPED) {
      throw new IllegalStateException("unscale_() is being called after step()");
    }
    Map<Device, List<Tensor>> gradients = gradients(optimizer);
    if (gradients.isEmpty()) {
      throw new IllegalStateException(
          "GradScaler: none of the optimizer's parameters has a gradient; call"
              + " scale(loss).backward() before");
    }
    progress.finite = unscale(gradients);
    progress.stage = Stage.UNSCALED;
  }

  private Progress progress(Optimizer optimizer) {
    return optimizers.computeIfAbsent(optimizer, key -> new Progress());
  }

  private static Map<Device, List<Tensor>> gradients(Optimizer optimizer) {
    Map<Device, List<Tensor>> result = new LinkedHashMap<>();
    optimizer.groups().stream()
        .flatMap(group -> group.parameters().stream())
        .map(Tensor::grad)
        .filter(Objects::nonNull)
        .forEach(
            gradient -> {
              if (gradient.dtype() == DType.FLOAT16) {
                throw new IllegalArgumentException(
                    "Attempting to unscale FP16 gradients; keep the parameters in float32 and let"
                        + " autocast convert them");
              }
              result.computeIfAbsent(gradient.device(), key -> new ArrayList<>()).add(gradient);
            });
    return result;
  }

  /// Divides by the factor; whether all elements were finite.
  private boolean unscale(Map<Device, List<Tensor>> gradients) {
    double found = 0;
    for (List<Tensor> each : gradients.values()) {
      Value[] inputs = new Value[each.size() + 1];
      inputs[0] = Engine.number(1 / scale);
      for (int i = 0; i < each.size(); i++) {
        inputs[i + 1] = each.get(i);
      }
      try (ScopeState _ = ScopeState.openFor("GradScaler")) {
        Value[] outputs = Engine.callAll(OptimOps.unscale(each.size()), inputs);
        found += ((Tensor) outputs[each.size()]).item();
      }
    }
    return found == 0;
  }

  /// Steps an optimiser, unless a gradient is infinite or not a number.
  ///
  /// @param optimizer the optimiser
  /// @return whether it stepped
  /// @throws IllegalStateException if it has stepped since the last update, or none of its parameters has a gradient
  public boolean step(Optimizer optimizer) {
    if (!options.enabled()) {
      optimizer.step();
      return true;
    }
    Progress progress = progress(optimizer);
    if (progress.stage == Stage.STEPPED) {
      throw new IllegalStateException("step() has already been called since the last update()");
    }
    if (progress.stage == null) {
      unscale_(optimizer);
    }
    if (progress.finite) {
      optimizer.step();
    }
    progress.stage = Stage.STEPPED;
    return progress.finite;
  }

  /// Makes the factor smaller if a gradient was not finite since the last update, larger after enough steps without that.
  ///
  /// @throws IllegalStateException if no optimiser has looked at its gradients since
  public void update() {
    if (!options.enabled()) {
      return;
    }
    if (optimizers.isEmpty()) {
      throw new IllegalStateException("No inf checks were recorded prior to update.");
    }
    boolean finite = optimizers.values().stream().allMatch(progress -> progress.finite);
    growthTracker = finite ? growthTracker + 1 : 0;
    if (!finite) {
      scale *= options.backoffFactor();
    } else if (growthTracker == options.growthInterval()) {
      double larger = (float) (scale * options.growthFactor());
      scale = Double.isInfinite(larger) ? scale : larger;
      growthTracker = 0;
    }
    optimizers.clear();
  }

  /// Sets the factor.
  ///
  /// @param newScale the factor
  public void update(double newScale) {
    scale = options.enabled() ? newScale : scale;
    optimizers.clear();
  }

  /// The factor.
  ///
  /// @return the factor, 1 where the scaler is switched off
  public double getScale() {
    return options.enabled() ? scale : 1;
  }

  /// Whether the scaler does anything.
  ///
  /// @return the setting
  public boolean isEnabled() {
    return options.enabled();
  }

  /// What is needed to go on later.
  ///
  /// @return numbers by PyTorch's names, for [#loadStateDict]; empty where the scaler is switched off
  public Map<String, Object> stateDict() {
    if (!options.enabled()) {
      return Map.of();
    }
    Map<String, Object> state = new LinkedHashMap<>();
    state.put("scale", scale);
    state.put("growth_factor", options.growthFactor());
    state.put("backoff_factor", options.backoffFactor());
    state.put("growth_interval", (long) options.growthInterval());
    state.put("_growth_tracker", (long) growthTracker);
    return Collections.unmodifiableMap(state);
  }

  /// Goes on where another scaler was.
  ///
  /// @param state what [#stateDict()] gave, here or in PyTorch
  /// @throws IllegalArgumentException if something is missing; nothing is changed
  public void loadStateDict(Map<String, ?> state) {
    if (!options.enabled()) {
      return;
    }
    if (!(state.get("scale") instanceof Double newScale)
        || !(state.get("growth_factor") instanceof Double growth)
        || !(state.get("backoff_factor") instanceof Double backoff)
        || !(state.get("growth_interval") instanceof Long interval)
        || !(state.get("_growth_tracker") instanceof Long tracker)) {
      throw new IllegalArgumentException(
          "loadStateDict: expected scale, growth_factor, backoff_factor, growth_interval and"
              + " _growth_tracker, got "
              + state);
    }
    options = new Options(newScale, growth, backoff, Math.toIntExact(interval), true);
    scale = newScale;
    growthTracker = Math.toIntExact(tracker);
  }
}
