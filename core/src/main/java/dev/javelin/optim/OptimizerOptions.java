package dev.javelin.optim;

/// The settings of an optimiser for a group of parameters.
public sealed interface OptimizerOptions permits SGD.Options, AdamBase.Options {
  /// The learning rate to begin with.
  ///
  /// @return not negative
  double learningRate();
}
