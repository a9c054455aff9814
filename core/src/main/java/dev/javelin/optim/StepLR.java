package dev.javelin.optim;

/// The learning rate times gamma every so many epochs.
public final class StepLR extends LRScheduler {
  private final int stepSize;
  private final double gamma;

  /// The schedule with PyTorch's factor, 0.1, begun.
  ///
  /// @param optimizer the optimiser
  /// @param stepSize how many epochs apart
  public StepLR(Optimizer optimizer, int stepSize) {
    this(optimizer, stepSize, 0.1);
  }

  /// The schedule, begun: the optimiser has its first learning rate.
  ///
  /// @param optimizer the optimiser
  /// @param stepSize how many epochs apart
  /// @param gamma the factor
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
