package dev.javelin.optim;

import dev.javelin.Tensor;
import dev.javelin.engine.Engine;
import dev.javelin.ops.OptimOps;
import java.util.ArrayList;
import java.util.List;

/// RMSprop (Hinton, lecture 6e, 2012), as `torch.optim.RMSprop`: steps divided by the root of the running mean of squared gradients.
public final class RMSprop extends Optimizer {
  /// The settings.
  ///
  /// @param learningRate the learning rate to begin with
  /// @param alpha the decay of the running mean
  /// @param eps added to the denominator
  /// @param weightDecay the L2 penalty
  /// @param momentum how much of the former steps is kept, 0 for none
  /// @param centered whether the square of the mean gradient is taken off (Graves, arXiv 1308.0850)
  /// @param maximize whether to climb instead of descend
  public record Options(
      double learningRate,
      double alpha,
      double eps,
      double weightDecay,
      double momentum,
      boolean centered,
      boolean maximize)
      implements OptimizerOptions {
    /// Checks the settings.
    ///
    /// @throws IllegalArgumentException if one is out of its range
    public Options {
      Optimizer.notNegative("learning rate", learningRate);
      Optimizer.notNegative("alpha value", alpha);
      Optimizer.notNegative("epsilon value", eps);
      Optimizer.notNegative("weight_decay value", weightDecay);
      Optimizer.notNegative("momentum value", momentum);
    }

    /// PyTorch's settings: alpha 0.99, eps 1e-8, no decay, no momentum, not centred.
    ///
    /// @param learningRate the learning rate to begin with
    /// @return the settings
    public static Options of(double learningRate) {
      return new Options(learningRate, 0.99, 1e-8, 0, 0, false, false);
    }

    /// These settings with another alpha.
    ///
    /// @param newAlpha the decay of the running mean
    /// @return a copy
    public Options withAlpha(double newAlpha) {
      return new Options(learningRate, newAlpha, eps, weightDecay, momentum, centered, maximize);
    }

    /// These settings with another eps.
    ///
    /// @param newEps added to the denominator
    /// @return a copy
    public Options withEps(double newEps) {
      return new Options(learningRate, alpha, newEps, weightDecay, momentum, centered, maximize);
    }

    /// These settings with weight decay.
    ///
    /// @param newWeightDecay the L2 penalty
    /// @return a copy
    public Options withWeightDecay(double newWeightDecay) {
      return new Options(learningRate, alpha, eps, newWeightDecay, momentum, centered, maximize);
    }

    /// These settings with momentum.
    ///
    /// @param newMomentum how much of the former steps is kept
    /// @return a copy
    public Options withMomentum(double newMomentum) {
      return new Options(learningRate, alpha, eps, weightDecay, newMomentum, centered, maximize);
    }

    /// These settings, centred or not.
    ///
    /// @param newCentered whether the square of the mean gradient is taken off
    /// @return a copy
    public Options withCentered(boolean newCentered) {
      return new Options(learningRate, alpha, eps, weightDecay, momentum, newCentered, maximize);
    }

    /// These settings, climbing or descending.
    ///
    /// @param newMaximize whether to climb
    /// @return a copy
    public Options withMaximize(boolean newMaximize) {
      return new Options(learningRate, alpha, eps, weightDecay, momentum, centered, newMaximize);
    }
  }

  /// With PyTorch's settings and learning rate 0.01.
  ///
  /// @param parameters the parameters: leaves, each once
  public RMSprop(List<? extends Tensor> parameters) {
    this(parameters, 1e-2);
  }

  /// With PyTorch's settings.
  ///
  /// @param parameters the parameters: leaves, each once
  /// @param learningRate the learning rate to begin with
  public RMSprop(List<? extends Tensor> parameters, double learningRate) {
    this(parameters, Options.of(learningRate));
  }

  /// With other settings.
  ///
  /// @param parameters the parameters: leaves, each once
  /// @param options the settings
  public RMSprop(List<? extends Tensor> parameters, Options options) {
    addParamGroup(parameters, options);
  }

  /// Adds parameters with settings of their own.
  ///
  /// @param parameters the parameters: leaves that are in no group yet
  /// @param options their settings
  /// @return this optimiser
  public RMSprop addParamGroup(List<? extends Tensor> parameters, Options options) {
    add(parameters, options);
    return this;
  }

  @Override
  List<String> stateNames(OptimizerOptions settings) {
    Options options = (Options) settings;
    List<String> names = new ArrayList<>(List.of("square_avg"));
    if (options.momentum != 0) {
      names.add("momentum_buffer");
    }
    if (options.centered) {
      names.add("grad_avg");
    }
    return names;
  }

  @Override
  void update(ParamGroup group, Chunk chunk) {
    Options options = (Options) group.options();
    Engine.callAll(
        OptimOps.rmsprop(
            chunk.parameters.size(),
            options.alpha,
            options.eps,
            options.weightDecay,
            options.momentum != 0,
            options.centered,
            options.maximize),
        chunk.inputs(rates(group, options.momentum)));
  }
}
