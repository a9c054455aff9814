package dev.javelin.optim;

/// The learning rate times gamma every so many epochs.
public final class StepLR extends LRScheduler {
  private final int stepSize;
  private final double gamma;

  /// The schedule, begun: the optimiser has its first learning rate.
  ///
  /// @param optimizer the optimiser
  /// @param stepSize how many epochs apart
  /// @param gamma the factor, 0.1 in PyTorch if not said otherwise
  public StepLR(Optimizer optimizer, int stepSize, double gamma) {
    super(optimizer);
    if (stepSize < 1) {
      throw new IllegalArgumentException(
          "StepLR: expected a step size of at least 1, got " + stepSize);
    }
    this.stepSize = stepSize;
    this.gamma = gamma;
    begin();
  }

  @Override
  double learningRate(double base, int epoch) {
    return base * Math.pow(gamma, Math.floorDiv(epoch, stepSize));
  }
}
