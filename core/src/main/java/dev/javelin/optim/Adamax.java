package dev.javelin.optim;

import dev.javelin.Tensor;
import dev.javelin.engine.Engine;
import dev.javelin.engine.Recording;
import dev.javelin.ops.OptimOps;
import java.util.List;

/// Adamax (Kingma and Ba, arXiv 1412.6980, section 7.1), as `torch.optim.Adamax`: steps divided by the largest gradient, which decays.
public final class Adamax extends Optimizer {
  private static final List<String> STATE = List.of("exp_avg", "exp_inf");

  /// The settings.
  ///
  /// @param learningRate the learning rate to begin with
  /// @param beta1 the decay of the mean of the gradient
  /// @param beta2 the decay of the largest gradient
  /// @param eps added to the denominator
  /// @param weightDecay the L2 penalty
  /// @param maximize whether to climb instead of descend
  public record Options(
      double learningRate,
      double beta1,
      double beta2,
      double eps,
      double weightDecay,
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

    /// PyTorch's settings.
    ///
    /// @param learningRate the learning rate to begin with
    /// @return the settings
    public static Options of(double learningRate) {
      return new Options(learningRate, 0.9, 0.999, 1e-8, 0, false);
    }

    /// These settings with other betas.
    ///
    /// @param newBeta1 the decay of the mean of the gradient
    /// @param newBeta2 the decay of the largest gradient
    /// @return a copy
    public Options withBetas(double newBeta1, double newBeta2) {
      return new Options(learningRate, newBeta1, newBeta2, eps, weightDecay, maximize);
    }

    /// These settings with another eps.
    ///
    /// @param newEps added to the denominator
    /// @return a copy
    public Options withEps(double newEps) {
      return new Options(learningRate, beta1, beta2, newEps, weightDecay, maximize);
    }

    /// These settings with another weightDecay.
    ///
    /// @param newWeightDecay the L2 penalty
    /// @return a copy
    public Options withWeightDecay(double newWeightDecay) {
      return new Options(learningRate, beta1, beta2, eps, newWeightDecay, maximize);
    }

    /// These settings with another maximize.
    ///
    /// @param newMaximize whether to climb instead of descend
    /// @return a copy
    public Options withMaximize(boolean newMaximize) {
      return new Options(learningRate, beta1, beta2, eps, weightDecay, newMaximize);
    }
  }

  /// With PyTorch's settings and learning rate 2e-3.
  ///
  /// @param parameters the parameters: leaves, each once
  public Adamax(List<? extends Tensor> parameters) {
    this(parameters, 2e-3);
  }

  /// With PyTorch's settings.
  ///
  /// @param parameters the parameters: leaves, each once
  /// @param learningRate the learning rate to begin with
  public Adamax(List<? extends Tensor> parameters, double learningRate) {
    this(parameters, Options.of(learningRate));
  }

  /// With other settings.
  ///
  /// @param parameters the parameters: leaves, each once
  /// @param options the settings
  public Adamax(List<? extends Tensor> parameters, Options options) {
    addParamGroup(parameters, options);
  }

  /// Adds parameters with settings of their own.
  ///
  /// @param parameters the parameters: leaves that are in no group yet
  /// @param options their settings
  /// @return this optimiser
  public Adamax addParamGroup(List<? extends Tensor> parameters, Options options) {
    add(parameters, options);
    return this;
  }

  @Override
  List<String> stateNames(OptimizerOptions options) {
    return STATE;
  }

  @Override
  void update(ParamGroup group, Chunk chunk) {
    Options options = (Options) group.options();
    Engine.callAll(
        OptimOps.adamax(
            chunk.parameters.size(),
            options.beta1,
            options.beta2,
            options.eps,
            options.weightDecay,
            options.maximize),
        chunk.inputs(
            Recording.number(
                () -> group.learningRate() / (1 - Math.pow(options.beta1, chunk.steps() + 1.0)))));
  }
}
