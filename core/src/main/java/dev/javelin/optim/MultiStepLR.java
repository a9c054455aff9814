package dev.javelin.optim;

import java.util.Arrays;

/// The learning rate times gamma at certain epochs.
public final class MultiStepLR extends LRScheduler {
  private final int[] milestones;
  private final double gamma;

  /// The schedule with PyTorch's factor, 0.1, begun.
  ///
  /// @param optimizer the optimiser
  /// @param milestones the epochs
  public MultiStepLR(Optimizer optimizer, int... milestones) {
    this(optimizer, milestones, 0.1);
  }

  /// The schedule, begun: the optimiser has its first learning rate.
  ///
  /// @param optimizer the optimiser
  /// @param milestones the epochs
  /// @param gamma the factor
  public MultiStepLR(Optimizer optimizer, int[] milestones, double gamma) {
    super(optimizer);
    this.milestones = milestones.clone();
    this.gamma = gamma;
    begin();
  }

  @Override
  double learningRate(double base, int epoch) {
    long passed = Arrays.stream(milestones).filter(milestone -> milestone <= epoch).count();
    return base * Math.pow(gamma, (double) passed);
  }
}
