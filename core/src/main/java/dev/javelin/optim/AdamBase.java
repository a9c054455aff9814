package dev.javelin.optim;

import dev.javelin.Tensor;
import dev.javelin.engine.Engine;
import dev.javelin.engine.Value;
import dev.javelin.ops.OptimOps;
import java.util.List;

/// What [Adam] and [AdamW] share: all but where the weight decay acts.
public abstract sealed class AdamBase extends Optimizer permits Adam, AdamW {
  private static final List<String> STATE = List.of("exp_avg", "exp_avg_sq");

  /// The settings.
  ///
  /// @param learningRate the learning rate to begin with
  /// @param beta1 the decay of the mean of the gradient
  /// @param beta2 the decay of the mean of its square
  /// @param eps added to the denominator
  /// @param weightDecay the penalty
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
      if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1)) {
        throw new IllegalArgumentException(
            "Invalid beta parameters: expected 0 <= beta < 1, got %s and %s"
                .formatted(beta1, beta2));
      }
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

    /// These settings with another weight decay.
    ///
    /// @param newWeightDecay the penalty
    /// @return a copy
    public Options withWeightDecay(double newWeightDecay) {
      return new Options(learningRate, beta1, beta2, eps, newWeightDecay);
    }
  }

  private final boolean decoupled;

  AdamBase(boolean decoupled) {
    this.decoupled = decoupled;
  }

  @Override
  final List<String> stateNames(OptimizerOptions options) {
    return STATE;
  }

  @Override
  final void update(ParamGroup group, Chunk chunk) {
    Options options = (Options) group.options();
    int count = chunk.parameters.size();
    double step = chunk.steps + 1.0;
    double rate = group.learningRate();
    Value[] inputs = new Value[3 + 4 * count];
    int at = 0;
    inputs[at++] = Engine.number(rate);
    inputs[at++] = Engine.number(rate / (1 - Math.pow(options.beta1, step)));
    inputs[at++] = Engine.number(Math.sqrt(1 - Math.pow(options.beta2, step)));
    for (int i = 0; i < count; i++) {
      Tensor[] state = chunk.states.get(i).tensors;
      inputs[at++] = chunk.parameters.get(i);
      inputs[at++] = chunk.gradients.get(i);
      inputs[at++] = state[0];
      inputs[at++] = state[1];
    }
    Engine.callAll(
        OptimOps.adam(
            count, options.beta1, options.beta2, options.eps, options.weightDecay, decoupled),
        inputs);
  }
}
