package dev.javelin.optim;

import dev.javelin.Tensor;
import dev.javelin.engine.Engine;
import dev.javelin.ops.OptimOps;
import java.util.List;

/// Stochastic gradient descent, as `torch.optim.SGD`: `p -= lr * g`, with momentum and weight decay if wanted.
public final class SGD extends Optimizer {
  /// The settings.
  ///
  /// @param learningRate the learning rate to begin with
  /// @param momentum how much of the former steps is kept, 0 for none
  /// @param dampening how much of the gradient does not enter the momentum
  /// @param weightDecay the L2 penalty
  /// @param nesterov whether to look ahead; needs momentum and no dampening
  /// @param maximize whether to climb instead of descend
  public record Options(
      double learningRate,
      double momentum,
      double dampening,
      double weightDecay,
      boolean nesterov,
      boolean maximize)
      implements OptimizerOptions {
    /// Checks the settings.
    ///
    /// @throws IllegalArgumentException if one is out of its range
    public Options {
      Optimizer.notNegative("learning rate", learningRate);
      Optimizer.notNegative("momentum value", momentum);
      Optimizer.notNegative("weight_decay value", weightDecay);
      if (nesterov && (momentum <= 0 || dampening != 0)) {
        throw new IllegalArgumentException(
            "Nesterov momentum requires a momentum and zero dampening");
      }
    }

    /// No momentum, no decay.
    ///
    /// @param learningRate the learning rate to begin with
    /// @return the settings
    public static Options of(double learningRate) {
      return new Options(learningRate, 0, 0, 0, false, false);
    }

    /// These settings with momentum.
    ///
    /// @param newMomentum how much of the former steps is kept
    /// @return a copy
    public Options withMomentum(double newMomentum) {
      return new Options(learningRate, newMomentum, dampening, weightDecay, nesterov, maximize);
    }

    /// These settings with dampening.
    ///
    /// @param newDampening how much of the gradient does not enter the momentum
    /// @return a copy
    public Options withDampening(double newDampening) {
      return new Options(learningRate, momentum, newDampening, weightDecay, nesterov, maximize);
    }

    /// These settings with weight decay.
    ///
    /// @param newWeightDecay the L2 penalty
    /// @return a copy
    public Options withWeightDecay(double newWeightDecay) {
      return new Options(learningRate, momentum, dampening, newWeightDecay, nesterov, maximize);
    }

    /// These settings with or without Nesterov's momentum.
    ///
    /// @param newNesterov whether to look ahead
    /// @return a copy
    public Options withNesterov(boolean newNesterov) {
      return new Options(learningRate, momentum, dampening, weightDecay, newNesterov, maximize);
    }

    /// These settings, climbing or descending.
    ///
    /// @param newMaximize whether to climb
    /// @return a copy
    public Options withMaximize(boolean newMaximize) {
      return new Options(learningRate, momentum, dampening, weightDecay, nesterov, newMaximize);
    }
  }

  /// Plain descent.
  ///
  /// @param parameters the parameters: leaves, each once
  /// @param learningRate the learning rate to begin with
  public SGD(List<? extends Tensor> parameters, double learningRate) {
    this(parameters, Options.of(learningRate));
  }

  /// Descent with settings.
  ///
  /// @param parameters the parameters: leaves, each once
  /// @param options the settings
  public SGD(List<? extends Tensor> parameters, Options options) {
    addParamGroup(parameters, options);
  }

  /// Adds parameters with settings of their own.
  ///
  /// @param parameters the parameters: leaves that are in no group yet
  /// @param options their settings
  /// @return this optimiser
  public SGD addParamGroup(List<? extends Tensor> parameters, Options options) {
    add(parameters, options);
    return this;
  }

  @Override
  List<String> stateNames(OptimizerOptions options) {
    return ((Options) options).momentum() == 0 ? List.of() : List.of("momentum_buffer");
  }

  @Override
  void update(ParamGroup group, Chunk chunk) {
    Options options = (Options) group.options();
    boolean buffers = options.momentum != 0;
    int count = chunk.parameters.size();
    Engine.callAll(
        OptimOps.sgd(
            count,
            buffers,
            options.dampening,
            options.weightDecay,
            options.nesterov,
            options.maximize,
            buffers && chunk.steps() == 0),
        chunk.inputs(rates(group, options.momentum)));
  }
}
