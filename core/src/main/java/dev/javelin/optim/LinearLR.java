package dev.javelin.optim;

/// The learning rate times a factor that goes in a straight line from one number to another: a warm-up.
public final class LinearLR extends LRScheduler {
  private final double startFactor;
  private final double endFactor;
  private final int totalIters;

  /// From a third to the whole in 5 steps, as PyTorch does if not said otherwise.
  ///
  /// @param optimizer the optimiser
  public LinearLR(Optimizer optimizer) {
    this(optimizer, 1.0 / 3, 1, 5);
  }

  /// The schedule, begun: the optimiser has its first learning rate.
  ///
  /// @param optimizer the optimiser
  /// @param startFactor the factor at first, above 0, at most 1
  /// @param endFactor the factor at last, 0 to 1
  /// @param totalIters after how many steps
  public LinearLR(Optimizer optimizer, double startFactor, double endFactor, int totalIters) {
    super(optimizer);
    if (!(startFactor > 0 && startFactor <= 1)) {
      throw new IllegalArgumentException(
          "Starting multiplicative factor expected to be greater than 0 and less or equal to 1.");
    }
    if (!(endFactor >= 0 && endFactor <= 1)) {
      throw new IllegalArgumentException(
          "Ending multiplicative factor expected to be between 0 and 1.");
    }
    if (totalIters < 1) {
      throw new IllegalArgumentException("LinearLR: expected at least 1 step, got " + totalIters);
    }
    this.startFactor = startFactor;
    this.endFactor = endFactor;
    this.totalIters = totalIters;
    begin();
  }

  @Override
  double learningRate(double base, int epoch) {
    double share = (double) Math.min(epoch, totalIters) / totalIters;
    return base * (startFactor + (endFactor - startFactor) * share);
  }
}
