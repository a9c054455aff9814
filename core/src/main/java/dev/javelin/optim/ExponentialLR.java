package dev.javelin.optim;

/// The learning rate times gamma every epoch.
public final class ExponentialLR extends LRScheduler {
  private final double gamma;

  /// The schedule, begun: the optimiser has its first learning rate.
  ///
  /// @param optimizer the optimiser
  /// @param gamma the factor
  public ExponentialLR(Optimizer optimizer, double gamma) {
    super(optimizer);
    this.gamma = gamma;
    begin();
  }

  @Override
  double learningRate(double base, int epoch) {
    return base * Math.pow(gamma, epoch);
  }
}
