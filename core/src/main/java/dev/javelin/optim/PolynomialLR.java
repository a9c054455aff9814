package dev.javelin.optim;

/// The learning rate down to 0 along a power: times `(1 - epoch / totalIters)^power`.
public final class PolynomialLR extends LRScheduler {
  private final int totalIters;
  private final double power;

  /// The schedule, begun: the optimiser has its first learning rate.
  ///
  /// @param optimizer the optimiser
  /// @param totalIters after how many epochs it is 0
  /// @param power the power; 1 for a straight line
  public PolynomialLR(Optimizer optimizer, int totalIters, double power) {
    super(optimizer);
    if (totalIters < 1) {
      throw new IllegalArgumentException(
          "PolynomialLR: expected at least 1 epoch, got " + totalIters);
    }
    this.totalIters = totalIters;
    this.power = power;
    begin();
  }

  @Override
  double learningRate(double base, int epoch) {
    return base * Math.pow(1 - (double) Math.min(epoch, totalIters) / totalIters, power);
  }
}
