package dev.javelin.optim;

import dev.javelin.Tensor;
import dev.javelin.engine.Engine;
import dev.javelin.engine.Recording;
import dev.javelin.ops.OptimOps;
import java.util.List;

/// Adagrad (Duchi, Hazan and Singer, 2011), as `torch.optim.Adagrad`: steps divided by the root of the sum of squared gradients.
public final class Adagrad extends Optimizer {
  private static final List<String> STATE = List.of("sum");

  /// The settings.
  ///
  /// @param learningRate the learning rate to begin with
  /// @param lrDecay by how much the learning rate shrinks: `lr / (1 + (t - 1) lrDecay)` at step t
  /// @param weightDecay the L2 penalty
  /// @param initialAccumulatorValue what the sums begin with
  /// @param eps added to the denominator
  /// @param maximize whether to climb instead of descend
  public record Options(
      double learningRate,
      double lrDecay,
      double weightDecay,
      double initialAccumulatorValue,
      double eps,
      boolean maximize)
      implements OptimizerOptions {
    /// Checks the settings.
    ///
    /// @throws IllegalArgumentException if one is out of its range
    public Options {
      Optimizer.notNegative("learning rate", learningRate);
      Optimizer.notNegative("lr_decay value", lrDecay);
      Optimizer.notNegative("weight_decay value", weightDecay);
      Optimizer.notNegative("initial_accumulator_value value", initialAccumulatorValue);
      Optimizer.notNegative("epsilon value", eps);
    }

    /// PyTorch's settings: no decay of any kind, sums from 0, eps 1e-10.
    ///
    /// @param learningRate the learning rate to begin with
    /// @return the settings
    public static Options of(double learningRate) {
      return new Options(learningRate, 0, 0, 0, 1e-10, false);
    }

    /// These settings with a learning rate that shrinks.
    ///
    /// @param newLrDecay by how much
    /// @return a copy
    public Options withLrDecay(double newLrDecay) {
      return new Options(
          learningRate, newLrDecay, weightDecay, initialAccumulatorValue, eps, maximize);
    }

    /// These settings with weight decay.
    ///
    /// @param newWeightDecay the L2 penalty
    /// @return a copy
    public Options withWeightDecay(double newWeightDecay) {
      return new Options(
          learningRate, lrDecay, newWeightDecay, initialAccumulatorValue, eps, maximize);
    }

    /// These settings with sums that begin with another number.
    ///
    /// @param newValue what the sums begin with
    /// @return a copy
    public Options withInitialAccumulatorValue(double newValue) {
      return new Options(learningRate, lrDecay, weightDecay, newValue, eps, maximize);
    }

    /// These settings with another eps.
    ///
    /// @param newEps added to the denominator
    /// @return a copy
    public Options withEps(double newEps) {
      return new Options(
          learningRate, lrDecay, weightDecay, initialAccumulatorValue, newEps, maximize);
    }

    /// These settings, climbing or descending.
    ///
    /// @param newMaximize whether to climb
    /// @return a copy
    public Options withMaximize(boolean newMaximize) {
      return new Options(
          learningRate, lrDecay, weightDecay, initialAccumulatorValue, eps, newMaximize);
    }
  }

  /// With PyTorch's settings and learning rate 0.01.
  ///
  /// @param parameters the parameters: leaves, each once
  public Adagrad(List<? extends Tensor> parameters) {
    this(parameters, 1e-2);
  }

  /// With PyTorch's settings.
  ///
  /// @param parameters the parameters: leaves, each once
  /// @param learningRate the learning rate to begin with
  public Adagrad(List<? extends Tensor> parameters, double learningRate) {
    this(parameters, Options.of(learningRate));
  }

  /// With other settings.
  ///
  /// @param parameters the parameters: leaves, each once
  /// @param options the settings
  public Adagrad(List<? extends Tensor> parameters, Options options) {
    addParamGroup(parameters, options);
  }

  /// Adds parameters with settings of their own.
  ///
  /// @param parameters the parameters: leaves that are in no group yet
  /// @param options their settings
  /// @return this optimiser
  public Adagrad addParamGroup(List<? extends Tensor> parameters, Options options) {
    add(parameters, options);
    return this;
  }

  @Override
  List<String> stateNames(OptimizerOptions options) {
    return STATE;
  }

  @Override
  double initialState(OptimizerOptions options) {
    return ((Options) options).initialAccumulatorValue;
  }

  @Override
  void update(ParamGroup group, Chunk chunk) {
    Options options = (Options) group.options();
    Engine.callAll(
        OptimOps.adagrad(
            chunk.parameters.size(), options.eps, options.weightDecay, options.maximize),
        chunk.inputs(
            Recording.number(() -> group.learningRate() / (1 + chunk.steps() * options.lrDecay))));
  }
}
