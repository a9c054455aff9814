package dev.javelin.optim;

import java.util.function.IntToDoubleFunction;

/// The learning rate of the epoch before times what a function gives for the number of epochs that are over.
public final class MultiplicativeLR extends LRScheduler {
  private final IntToDoubleFunction lambda;

  /// The schedule, begun: the optimiser has its first learning rate.
  ///
  /// @param optimizer the optimiser
  /// @param lambda the factor, of the number of epochs that are over, from 1; not part of the state
  public MultiplicativeLR(Optimizer optimizer, IntToDoubleFunction lambda) {
    super(optimizer);
    this.lambda = lambda;
    begin();
  }

  @Override
  double learningRate(double base, int epoch) {
    double rate = base;
    for (int i = 1; i <= epoch; i++) {
      rate *= lambda.applyAsDouble(i);
    }
    return rate;
  }
}
