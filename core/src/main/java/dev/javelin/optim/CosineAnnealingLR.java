package dev.javelin.optim;

/// The learning rate along half a cosine, from the first one down to the least one, and up again after that.
public final class CosineAnnealingLR extends LRScheduler {
  private final int tMax;
  private final double etaMin;

  /// The schedule down to 0, begun.
  ///
  /// @param optimizer the optimiser
  /// @param tMax after how many epochs it is at its least
  public CosineAnnealingLR(Optimizer optimizer, int tMax) {
    this(optimizer, tMax, 0);
  }

  /// The schedule, begun: the optimiser has its first learning rate.
  ///
  /// @param optimizer the optimiser
  /// @param tMax after how many epochs it is at its least
  /// @param etaMin the least
  public CosineAnnealingLR(Optimizer optimizer, int tMax, double etaMin) {
    super(optimizer);
    if (tMax < 1) {
      throw new IllegalArgumentException(
          "CosineAnnealingLR: expected at least 1 epoch, got " + tMax);
    }
    this.tMax = tMax;
    this.etaMin = etaMin;
    begin();
  }

  @Override
  double learningRate(double base, int epoch) {
    return etaMin + (base - etaMin) * (1 + Math.cos(Math.PI * epoch / tMax)) / 2;
  }
}
