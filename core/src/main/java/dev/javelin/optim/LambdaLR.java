package dev.javelin.optim;

import java.util.function.IntToDoubleFunction;

/// The learning rate times what a function gives for the number of epochs that are over.
public final class LambdaLR extends LRScheduler {
  private final IntToDoubleFunction lambda;

  /// The schedule, begun: the optimiser has its first learning rate.
  ///
  /// @param optimizer the optimiser
  /// @param lambda the factor, of the number of epochs that are over; not part of the state
  public LambdaLR(Optimizer optimizer, IntToDoubleFunction lambda) {
    super(optimizer);
    this.lambda = lambda;
    begin();
  }

  @Override
  double learningRate(double base, int epoch) {
    return base * lambda.applyAsDouble(epoch);
  }
}
