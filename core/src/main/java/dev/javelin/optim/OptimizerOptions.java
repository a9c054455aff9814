package dev.javelin.optim;

/// The settings of an optimiser for a group of parameters: a record of numbers and truth values.
public sealed interface OptimizerOptions
    permits SGD.Options,
        AdamBase.Options,
        RMSprop.Options,
        Adagrad.Options,
        Adadelta.Options,
        Adamax.Options,
        RAdam.Options {
  /// The learning rate to begin with.
  ///
  /// @return not negative
  double learningRate();
}
