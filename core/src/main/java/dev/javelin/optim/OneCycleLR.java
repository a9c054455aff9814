package dev.javelin.optim;

/// The learning rate up to a peak and down to far below where it began, once (Smith and Topin, arXiv 1708.07120): `step()` after each
/// batch. The momentum stays as it is: PyTorch's `cycle_momentum=False`.
public final class OneCycleLR extends LRScheduler {
  /// How the learning rate goes from one turn to the next.
  public enum Anneal {
    /// Along half a cosine.
    COS,
    /// In a straight line.
    LINEAR
  }

  /// The course.
  ///
  /// @param pctStart the part of the steps that goes up
  /// @param anneal how the learning rate goes from one turn to the next
  /// @param divFactor the peak is so many times the beginning
  /// @param finalDivFactor the beginning is so many times the end
  /// @param threePhase whether it comes down to the beginning as fast as it went up, and to the end after that
  public record Options(
      double pctStart, Anneal anneal, double divFactor, double finalDivFactor, boolean threePhase) {
    /// PyTorch's: 0.3 of the steps up, along cosines, from a 25th, down to a ten-thousandth of that, in two phases.
    public static final Options DEFAULT = new Options(0.3, Anneal.COS, 25, 1e4, false);

    /// Checks the course.
    ///
    /// @throws IllegalArgumentException if the part that goes up is none
    public Options {
      if (!(pctStart >= 0 && pctStart <= 1)) {
        throw new IllegalArgumentException(
            "Expected float between 0 and 1 pct_start, but got " + pctStart);
      }
    }
  }

  private final double maxLr;
  private final int totalSteps;
  private final Options options;

  /// The schedule by PyTorch's course, begun: the optimiser has its first learning rate.
  ///
  /// @param optimizer the optimiser
  /// @param maxLr the peak, of all groups
  /// @param totalSteps how many steps there will be
  public OneCycleLR(Optimizer optimizer, double maxLr, int totalSteps) {
    this(optimizer, maxLr, totalSteps, Options.DEFAULT);
  }

  /// The schedule, begun: the optimiser has its first learning rate.
  ///
  /// @param optimizer the optimiser
  /// @param maxLr the peak, of all groups
  /// @param totalSteps how many steps there will be
  /// @param options the course
  public OneCycleLR(Optimizer optimizer, double maxLr, int totalSteps, Options options) {
    super(optimizer);
    if (totalSteps < 1) {
      throw new IllegalArgumentException(
          "Expected positive integer total_steps, but got " + totalSteps);
    }
    this.maxLr = maxLr;
    this.totalSteps = totalSteps;
    this.options = options;
    begin();
  }

  @Override
  double learningRate(double base, int step) {
    if (step > totalSteps) {
      throw new IllegalStateException(
          "Tried to step %s times. The specified number of total steps is %s"
              .formatted(step, totalSteps));
    }
    double first = maxLr / options.divFactor;
    double least = first / options.finalDivFactor;
    double peak = options.pctStart * totalSteps - 1;
    if (step <= peak || totalSteps == 1) {
      return between(first, maxLr, step / peak);
    }
    double last = totalSteps - 1;
    double back = 2 * peak;
    if (!options.threePhase) {
      return between(maxLr, least, (step - peak) / (last - peak));
    }
    return step <= back
        ? between(maxLr, first, (step - peak) / (back - peak))
        : between(first, least, (step - back) / (last - back));
  }

  private double between(double start, double end, double share) {
    return switch (options.anneal) {
      case COS -> end + (start - end) / 2 * (1 + Math.cos(Math.PI * share));
      case LINEAR -> start + (end - start) * share;
    };
  }
}
