package dev.javelin.optim;

import dev.javelin.Tensor;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/// Parameters that are optimised alike.
public final class ParamGroup {
  private final List<Tensor> parameters;
  private OptimizerOptions options;

  /// What the options say, since every step asks for it and reads no records by reflection.
  private OptionalDouble momentum;

  private double learningRate;

  ParamGroup(List<? extends Tensor> parameters, OptimizerOptions options) {
    this.parameters = List.copyOf(parameters);
    this.learningRate = options.learningRate();
    use(options);
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

  /// How much of the former steps is kept at present: SGD's and RMSprop's momentum, Adam's first beta.
  ///
  /// @return the number, or empty for an optimiser that has none
  public OptionalDouble momentum() {
    return momentum;
  }

  /// Changes how much of the former steps is kept; nothing is compiled anew, unless it is or becomes 0.
  ///
  /// @param newMomentum SGD's and RMSprop's momentum, Adam's first beta
  /// @throws IllegalArgumentException if it is out of range, or the optimiser has none
  public void setMomentum(double newMomentum) {
    String name =
        Settings.momentum(options)
            .orElseThrow(
                () -> new IllegalArgumentException("setMomentum: the optimizer has no momentum"));
    use(Settings.with(options, Map.of(name, newMomentum)));
  }

  /// Takes over saved settings, the present learning rate among them; the one to begin with stays.
  void load(OptimizerOptions loaded) {
    double first = options.learningRate();
    setLearningRate(loaded.learningRate());
    use(Settings.with(loaded, Map.of("lr", first)));
  }

  private void use(OptimizerOptions newOptions) {
    options = newOptions;
    momentum =
        Settings.momentum(newOptions)
            .map(name -> OptionalDouble.of(Settings.of(newOptions).get(name)))
            .orElse(OptionalDouble.empty());
  }
}
