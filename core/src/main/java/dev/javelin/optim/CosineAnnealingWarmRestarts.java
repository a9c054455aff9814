package dev.javelin.optim;

/// The learning rate along half a cosine, again and again, each time for longer (Loshchilov and Hutter, arXiv 1608.03983).
public final class CosineAnnealingWarmRestarts extends LRScheduler {
  private final int first;
  private final int factor;
  private final double etaMin;

  /// The schedule, begun: the optimiser has its first learning rate.
  ///
  /// @param optimizer the optimiser
  /// @param first how many epochs the first cosine takes
  /// @param factor how many times longer each one is than the one before
  /// @param etaMin the least learning rate
  public CosineAnnealingWarmRestarts(Optimizer optimizer, int first, int factor, double etaMin) {
    super(optimizer);
    if (first < 1 || factor < 1) {
      throw new IllegalArgumentException(
          "Expected positive integers T_0 and T_mult, but got %s and %s".formatted(first, factor));
    }
    this.first = first;
    this.factor = factor;
    this.etaMin = etaMin;
    begin();
  }

  @Override
  double learningRate(double base, int epoch) {
    long length = first;
    long since = epoch;
    while (factor > 1 && since >= length) {
      since -= length;
      length *= factor;
    }
    double share = (double) (since % length) / length;
    return etaMin + (base - etaMin) * (1 + Math.cos(Math.PI * share)) / 2;
  }
}
