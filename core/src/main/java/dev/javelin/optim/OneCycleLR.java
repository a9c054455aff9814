package dev.javelin.optim;

/// The learning rate up to a peak and down to far below where it began, once (Smith and Topin, arXiv 1708.07120): `step()` after each
/// batch. The momentum, Adam's first beta, goes the other way.
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
  /// @param cycleMomentum whether the momentum goes the other way; if not, it stays as it is
  /// @param baseMomentum the momentum at the peak
  /// @param maxMomentum the momentum at the beginning and at the end
  public record Options(
      double pctStart,
      Anneal anneal,
      double divFactor,
      double finalDivFactor,
      boolean threePhase,
      boolean cycleMomentum,
      double baseMomentum,
      double maxMomentum) {
    /// PyTorch's: 0.3 of the steps up, along cosines, from a 25th, down to a ten-thousandth of that, in two phases; the momentum from
    /// 0.95 to 0.85 and back.
    public static final Options DEFAULT =
        new Options(0.3, Anneal.COS, 25, 1e4, false, true, 0.85, 0.95);

    /// Checks the course.
    ///
    /// @throws IllegalArgumentException if the part that goes up is none
    public Options {
      if (!(pctStart >= 0 && pctStart <= 1)) {
        throw new IllegalArgumentException(
            "Expected float between 0 and 1 pct_start, but got " + pctStart);
      }
    }

    /// This course by another way.
    ///
    /// @param newPctStart the part of the steps that goes up
    /// @param newAnneal how the learning rate goes from one turn to the next
    /// @param newThreePhase whether it comes down to the beginning as fast as it went up
    /// @return a copy
    public Options withPhases(double newPctStart, Anneal newAnneal, boolean newThreePhase) {
      return new Options(
          newPctStart,
          newAnneal,
          divFactor,
          finalDivFactor,
          newThreePhase,
          cycleMomentum,
          baseMomentum,
          maxMomentum);
    }

    /// This course between other learning rates.
    ///
    /// @param newDivFactor the peak is so many times the beginning
    /// @param newFinalDivFactor the beginning is so many times the end
    /// @return a copy
    public Options withDivFactors(double newDivFactor, double newFinalDivFactor) {
      return new Options(
          pctStart,
          anneal,
          newDivFactor,
          newFinalDivFactor,
          threePhase,
          cycleMomentum,
          baseMomentum,
          maxMomentum);
    }

    /// This course with another course of the momentum.
    ///
    /// @param newBaseMomentum the momentum at the peak
    /// @param newMaxMomentum the momentum at the beginning and at the end
    /// @return a copy
    public Options withMomentum(double newBaseMomentum, double newMaxMomentum) {
      return new Options(
          pctStart,
          anneal,
          divFactor,
          finalDivFactor,
          threePhase,
          true,
          newBaseMomentum,
          newMaxMomentum);
    }

    /// This course with the momentum as it is.
    ///
    /// @return a copy
    public Options withoutMomentum() {
      return new Options(
          pctStart,
          anneal,
          divFactor,
          finalDivFactor,
          threePhase,
          false,
          baseMomentum,
          maxMomentum);
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
    if (options.cycleMomentum) {
      requireMomentum();
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
    return at(step, first, maxLr, first / options.finalDivFactor);
  }

  @Override
  void change(ParamGroup group, int step) {
    if (options.cycleMomentum) {
      group.setMomentum(at(step, options.maxMomentum, options.baseMomentum, options.maxMomentum));
    }
  }

  /// Where something is at a step that goes from `first` to `turn`, back to `first` if there are three phases, and to `end`.
  private double at(int step, double first, double turn, double end) {
    double peak = options.pctStart * totalSteps - 1;
    if (step <= peak || totalSteps == 1) {
      return between(first, turn, step / peak);
    }
    double last = totalSteps - 1;
    double back = 2 * peak;
    if (!options.threePhase) {
      return between(turn, end, (step - peak) / (last - peak));
    }
    return step <= back
        ? between(turn, first, (step - peak) / (back - peak))
        : between(first, end, (step - back) / (last - back));
  }

  private double between(double start, double end, double share) {
    return switch (options.anneal) {
      case COS -> end + (start - end) / 2 * (1 + Math.cos(Math.PI * share));
      case LINEAR -> start + (end - start) * share;
    };
  }
}
