package dev.javelin.optim;

/// The learning rate times a factor for some epochs, the whole after that.
public final class ConstantLR extends LRScheduler {
  private final double factor;
  private final int totalIters;

  /// The schedule, begun: the optimiser has its first learning rate.
  ///
  /// @param optimizer the optimiser
  /// @param factor the factor, 0 to 1
  /// @param totalIters for how many epochs
  public ConstantLR(Optimizer optimizer, double factor, int totalIters) {
    super(optimizer);
    if (!(factor >= 0 && factor <= 1)) {
      throw new IllegalArgumentException(
          "Constant multiplicative factor expected to be between 0 and 1.");
    }
    this.factor = factor;
    this.totalIters = totalIters;
    begin();
  }

  @Override
  double learningRate(double base, int epoch) {
    return epoch < totalIters ? base * factor : base;
  }
}
