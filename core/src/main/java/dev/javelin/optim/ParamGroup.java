package dev.javelin.optim;

import dev.javelin.Tensor;
import java.util.List;
import java.util.Map;

/// Parameters that are optimised alike.
public final class ParamGroup {
  private final List<Tensor> parameters;
  private OptimizerOptions options;
  private double learningRate;

  ParamGroup(List<? extends Tensor> parameters, OptimizerOptions options) {
    this.parameters = List.copyOf(parameters);
    this.options = options;
    this.learningRate = options.learningRate();
  }

  /// The parameters.
  ///
  /// @return the parameters in order
  public List<Tensor> parameters() {
    return parameters;
  }

  /// How they are optimised.
  ///
  /// @return the settings
  public OptimizerOptions options() {
    return options;
  }

  /// The present learning rate.
  ///
  /// @return the learning rate
  public double learningRate() {
    return learningRate;
  }

  /// Changes the learning rate; nothing is compiled anew.
  ///
  /// @param newLearningRate not negative
  public void setLearningRate(double newLearningRate) {
    this.learningRate = Optimizer.notNegative("learning rate", newLearningRate);
  }

  /// Takes over saved settings, the present learning rate among them; the one to begin with stays.
  void load(OptimizerOptions loaded) {
    double first = options.learningRate();
    setLearningRate(loaded.learningRate());
    options = Settings.with(loaded, Map.of("lr", first));
  }
}
