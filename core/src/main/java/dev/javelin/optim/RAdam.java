package dev.javelin.optim;

import dev.javelin.Tensor;
import dev.javelin.engine.Engine;
import dev.javelin.engine.Recording;
import dev.javelin.ops.OptimOps;
import java.util.List;

/// RAdam (Liu et al., arXiv 1908.03265), as `torch.optim.RAdam`: Adam that does not divide before the mean of squares can be relied on.
public final class RAdam extends Optimizer {
  private static final List<String> STATE = List.of("exp_avg", "exp_avg_sq");

  /// The settings.
  ///
  /// @param learningRate the learning rate to begin with
  /// @param beta1 the decay of the mean of the gradient
  /// @param beta2 the decay of the mean of its square
  /// @param eps added to the denominator
  /// @param weightDecay the L2 penalty
  public record Options(
      double learningRate, double beta1, double beta2, double eps, double weightDecay)
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
      return new Options(learningRate, 0.9, 0.999, 1e-8, 0);
    }

    /// These settings with other betas.
    ///
    /// @param newBeta1 the decay of the mean of the gradient
    /// @param newBeta2 the decay of the mean of its square
    /// @return a copy
    public Options withBetas(double newBeta1, double newBeta2) {
      return new Options(learningRate, newBeta1, newBeta2, eps, weightDecay);
    }

    /// These settings with another eps.
    ///
    /// @param newEps added to the denominator
    /// @return a copy
    public Options withEps(double newEps) {
      return new Options(learningRate, beta1, beta2, newEps, weightDecay);
    }

    /// These settings with another weightDecay.
    ///
    /// @param newWeightDecay the L2 penalty
    /// @return a copy
    public Options withWeightDecay(double newWeightDecay) {
      return new Options(learningRate, beta1, beta2, eps, newWeightDecay);
    }
  }

  /// With PyTorch's settings and learning rate 1e-3.
  ///
  /// @param parameters the parameters: leaves, each once
  public RAdam(List<? extends Tensor> parameters) {
    this(parameters, 1e-3);
  }

  /// With PyTorch's settings.
  ///
  /// @param parameters the parameters: leaves, each once
  /// @param learningRate the learning rate to begin with
  public RAdam(List<? extends Tensor> parameters, double learningRate) {
    this(parameters, Options.of(learningRate));
  }

  /// With other settings.
  ///
  /// @param parameters the parameters: leaves, each once
  /// @param options the settings
  public RAdam(List<? extends Tensor> parameters, Options options) {
    addParamGroup(parameters, options);
  }

  /// Adds parameters with settings of their own.
  ///
  /// @param parameters the parameters: leaves that are in no group yet
  /// @param options their settings
  /// @return this optimiser
  public RAdam addParamGroup(List<? extends Tensor> parameters, Options options) {
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
    boolean divides = rectification(options, chunk.steps()) > 0;
    Recording.guard(() -> rectification(options, chunk.steps()) > 0 == divides);
    Engine.callAll(
        OptimOps.radam(
            chunk.parameters.size(),
            options.beta1,
            options.beta2,
            options.eps,
            options.weightDecay,
            divides),
        chunk.inputs(Recording.number(() -> rate(group, chunk.steps()))));
  }

  /// By what the rate is multiplied, 0 while the mean of squares varies too much.
  private static double rectification(Options options, long steps) {
    double t = steps + 1.0;
    double power = Math.pow(options.beta2, t);
    double last = 2 / (1 - options.beta2) - 1;
    double rho = last - 2 * t * power / (1 - power);
    return rho <= 5
        ? 0
        : Math.sqrt((rho - 4) * (rho - 2) * last / ((last - 4) * (last - 2) * rho) * (1 - power));
  }

  private static double rate(ParamGroup group, long steps) {
    Options options = (Options) group.options();
    double factor = rectification(options, steps);
    double rate = group.learningRate() / (1 - Math.pow(options.beta1, steps + 1.0));
    return factor > 0 ? rate * factor : rate;
  }
}
