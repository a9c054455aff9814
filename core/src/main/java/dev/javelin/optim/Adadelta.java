package dev.javelin.optim;

import dev.javelin.Tensor;
import dev.javelin.engine.Engine;
import dev.javelin.engine.Recording;
import dev.javelin.ops.OptimOps;
import java.util.List;

/// Adadelta (Zeiler, arXiv 1212.5701), as `torch.optim.Adadelta`: steps as large as the former ones were, measured by the gradients.
public final class Adadelta extends Optimizer {
  private static final List<String> STATE = List.of("square_avg", "acc_delta");

  /// The settings.
  ///
  /// @param learningRate the learning rate to begin with
  /// @param rho the decay of the means
  /// @param eps added to the denominator
  /// @param weightDecay the L2 penalty
  /// @param maximize whether to climb instead of descend
  public record Options(
      double learningRate, double rho, double eps, double weightDecay, boolean maximize)
      implements OptimizerOptions {
    /// Checks the settings.
    ///
    /// @throws IllegalArgumentException if one is out of its range
    public Options {
      Optimizer.notNegative("learning rate", learningRate);
      Optimizer.notNegative("epsilon value", eps);
      Optimizer.notNegative("weight_decay value", weightDecay);
      if (!(rho >= 0 && rho <= 1)) {
        throw new IllegalArgumentException("Invalid rho value: " + rho);
      }
    }

    /// PyTorch's settings.
    ///
    /// @param learningRate the learning rate to begin with
    /// @return the settings
    public static Options of(double learningRate) {
      return new Options(learningRate, 0.9, 1e-6, 0, false);
    }

    /// These settings with another rho.
    ///
    /// @param newRho the decay of the means
    /// @return a copy
    public Options withRho(double newRho) {
      return new Options(learningRate, newRho, eps, weightDecay, maximize);
    }

    /// These settings with another eps.
    ///
    /// @param newEps added to the denominator
    /// @return a copy
    public Options withEps(double newEps) {
      return new Options(learningRate, rho, newEps, weightDecay, maximize);
    }

    /// These settings with another weightDecay.
    ///
    /// @param newWeightDecay the L2 penalty
    /// @return a copy
    public Options withWeightDecay(double newWeightDecay) {
      return new Options(learningRate, rho, eps, newWeightDecay, maximize);
    }

    /// These settings with another maximize.
    ///
    /// @param newMaximize whether to climb instead of descend
    /// @return a copy
    public Options withMaximize(boolean newMaximize) {
      return new Options(learningRate, rho, eps, weightDecay, newMaximize);
    }
  }

  /// With PyTorch's settings and learning rate 1.0.
  ///
  /// @param parameters the parameters: leaves, each once
  public Adadelta(List<? extends Tensor> parameters) {
    this(parameters, 1.0);
  }

  /// With PyTorch's settings.
  ///
  /// @param parameters the parameters: leaves, each once
  /// @param learningRate the learning rate to begin with
  public Adadelta(List<? extends Tensor> parameters, double learningRate) {
    this(parameters, Options.of(learningRate));
  }

  /// With other settings.
  ///
  /// @param parameters the parameters: leaves, each once
  /// @param options the settings
  public Adadelta(List<? extends Tensor> parameters, Options options) {
    addParamGroup(parameters, options);
  }

  /// Adds parameters with settings of their own.
  ///
  /// @param parameters the parameters: leaves that are in no group yet
  /// @param options their settings
  /// @return this optimiser
  public Adadelta addParamGroup(List<? extends Tensor> parameters, Options options) {
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
        OptimOps.adadelta(
            chunk.parameters.size(),
            options.rho,
            options.eps,
            options.weightDecay,
            options.maximize),
        chunk.inputs(Recording.number(group::learningRate)));
  }
}
