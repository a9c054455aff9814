package dev.javelin.optim;

import dev.javelin.engine.Engine;
import dev.javelin.engine.Recording;
import dev.javelin.ops.OptimOps;
import java.util.List;

/// What [Adam] and [AdamW] share: all but where the weight decay acts.
public abstract sealed class AdamBase extends Optimizer permits Adam, AdamW {
  private static final List<String> STATE = List.of("exp_avg", "exp_avg_sq");
  private static final List<String> AMSGRAD_STATE =
      List.of("exp_avg", "exp_avg_sq", "max_exp_avg_sq");

  /// The settings.
  ///
  /// @param learningRate the learning rate to begin with
  /// @param beta1 the decay of the mean of the gradient
  /// @param beta2 the decay of the mean of its square
  /// @param eps added to the denominator
  /// @param weightDecay the penalty
  /// @param amsgrad whether the largest mean of squares so far takes the place of the mean (Reddi et al., arXiv 1904.09237)
  /// @param maximize whether to climb instead of descend
  public record Options(
      double learningRate,
      double beta1,
      double beta2,
      double eps,
      double weightDecay,
      boolean amsgrad,
      boolean maximize)
      implements OptimizerOptions {
    /// Checks the settings.
    ///
    /// @throws IllegalArgumentException if one is out of its range
    public Options {
      Optimizer.notNegative("learning rate", learningRate);
      Optimizer.notNegative("epsilon value", eps);
      Optimizer.notNegative("weight_decay value", weightDecay);
      Optimizer.betas(beta1, beta2);
    }

    /// These settings with other betas.
    ///
    /// @param newBeta1 the decay of the mean of the gradient
    /// @param newBeta2 the decay of the mean of its square
    /// @return a copy
    public Options withBetas(double newBeta1, double newBeta2) {
      return new Options(learningRate, newBeta1, newBeta2, eps, weightDecay, amsgrad, maximize);
    }

    /// These settings with another eps.
    ///
    /// @param newEps added to the denominator
    /// @return a copy
    public Options withEps(double newEps) {
      return new Options(learningRate, beta1, beta2, newEps, weightDecay, amsgrad, maximize);
    }

    /// These settings with another weight decay.
    ///
    /// @param newWeightDecay the penalty
    /// @return a copy
    public Options withWeightDecay(double newWeightDecay) {
      return new Options(learningRate, beta1, beta2, eps, newWeightDecay, amsgrad, maximize);
    }

    /// These settings with or without amsgrad.
    ///
    /// @param newAmsgrad whether the largest mean of squares so far takes the place of the mean
    /// @return a copy
    public Options withAmsgrad(boolean newAmsgrad) {
      return new Options(learningRate, beta1, beta2, eps, weightDecay, newAmsgrad, maximize);
    }

    /// These settings, climbing or descending.
    ///
    /// @param newMaximize whether to climb
    /// @return a copy
    public Options withMaximize(boolean newMaximize) {
      return new Options(learningRate, beta1, beta2, eps, weightDecay, amsgrad, newMaximize);
    }
  }

  private final boolean decoupled;

  AdamBase(boolean decoupled) {
    this.decoupled = decoupled;
  }

  @Override
  final List<String> stateNames(OptimizerOptions options) {
    return ((Options) options).amsgrad ? AMSGRAD_STATE : STATE;
  }

  @Override
  final void update(ParamGroup group, Chunk chunk) {
    Options options = (Options) group.options();
    Engine.callAll(
        OptimOps.adam(
            chunk.parameters.size(),
            options.beta2,
            options.eps,
            options.weightDecay,
            decoupled,
            options.amsgrad,
            options.maximize),
        chunk.inputs(
            Recording.number(group::learningRate),
            Recording.number(
                () -> group.learningRate() / (1 - Math.pow(beta1(group), chunk.steps() + 1.0))),
            Recording.number(() -> Math.sqrt(1 - Math.pow(options.beta2, chunk.steps() + 1.0))),
            Recording.number(() -> 1 - beta1(group))));
  }

  private static double beta1(ParamGroup group) {
    return ((Options) group.options()).beta1;
  }
}
