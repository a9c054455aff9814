package dev.javelin.optim;

/// The learning rate up and down between two bounds, again and again (Smith, arXiv 1506.01186): `step()` after each batch. The
/// momentum, Adam's first beta, goes the other way.
public final class CyclicLR extends LRScheduler {
  /// How the height of a cycle changes.
  public enum Mode {
    /// It does not.
    TRIANGULAR,
    /// It is halved from cycle to cycle.
    TRIANGULAR2,
    /// It shrinks by a factor from step to step.
    EXP_RANGE
  }

  /// The course.
  ///
  /// @param baseLr the least learning rate, of all groups
  /// @param maxLr the largest one
  /// @param stepSizeUp how many steps it takes up
  /// @param stepSizeDown how many it takes down
  /// @param mode how the height of a cycle changes
  /// @param gamma the factor from step to step, for [Mode#EXP_RANGE]
  /// @param cycleMomentum whether the momentum goes the other way; if not, it stays as it is
  /// @param baseMomentum the momentum at the largest learning rate
  /// @param maxMomentum the momentum at the least one
  public record Options(
      double baseLr,
      double maxLr,
      int stepSizeUp,
      int stepSizeDown,
      Mode mode,
      double gamma,
      boolean cycleMomentum,
      double baseMomentum,
      double maxMomentum) {
    /// Checks the course.
    ///
    /// @throws IllegalArgumentException if a way up or down takes no step
    public Options {
      if (stepSizeUp < 1 || stepSizeDown < 1) {
        throw new IllegalArgumentException(
            "CyclicLR: expected at least 1 step up and down, got %s and %s"
                .formatted(stepSizeUp, stepSizeDown));
      }
    }

    /// PyTorch's: cycles of one height; the momentum from 0.9 to 0.8 and back.
    ///
    /// @param baseLr the least learning rate, of all groups
    /// @param maxLr the largest one
    /// @param stepSize how many steps it takes up, and how many down
    /// @return the course
    public static Options of(double baseLr, double maxLr, int stepSize) {
      return new Options(baseLr, maxLr, stepSize, stepSize, Mode.TRIANGULAR, 1, true, 0.8, 0.9);
    }

    /// This course with another way down.
    ///
    /// @param newStepSizeDown how many steps it takes down
    /// @return a copy
    public Options withStepSizeDown(int newStepSizeDown) {
      return new Options(
          baseLr,
          maxLr,
          stepSizeUp,
          newStepSizeDown,
          mode,
          gamma,
          cycleMomentum,
          baseMomentum,
          maxMomentum);
    }

    /// This course with heights that change.
    ///
    /// @param newMode how the height of a cycle changes
    /// @param newGamma the factor from step to step, for [Mode#EXP_RANGE]
    /// @return a copy
    public Options withMode(Mode newMode, double newGamma) {
      return new Options(
          baseLr,
          maxLr,
          stepSizeUp,
          stepSizeDown,
          newMode,
          newGamma,
          cycleMomentum,
          baseMomentum,
          maxMomentum);
    }

    /// This course with the momentum as it is.
    ///
    /// @return a copy
    public Options withoutMomentum() {
      return new Options(
          baseLr, maxLr, stepSizeUp, stepSizeDown, mode, gamma, false, baseMomentum, maxMomentum);
    }
  }

  private final Options options;

  /// The schedule, begun: the optimiser has its first learning rate.
  ///
  /// @param optimizer the optimiser
  /// @param options the course
  public CyclicLR(Optimizer optimizer, Options options) {
    super(optimizer);
    if (options.cycleMomentum) {
      requireMomentum();
    }
    this.options = options;
    begin();
  }

  @Override
  double learningRate(double base, int step) {
    return options.baseLr + (options.maxLr - options.baseLr) * height(step);
  }

  @Override
  void change(ParamGroup group, int step) {
    if (options.cycleMomentum) {
      double range = options.maxMomentum - options.baseMomentum;
      group.setMomentum(options.maxMomentum - range * height(step));
    }
  }

  /// From 0 at the bottom to 1 at the top of a full cycle.
  private double height(int step) {
    int length = options.stepSizeUp + options.stepSizeDown;
    int within = step % length;
    double part =
        within <= options.stepSizeUp
            ? (double) within / options.stepSizeUp
            : (double) (length - within) / options.stepSizeDown;
    return switch (options.mode) {
      case TRIANGULAR -> part;
      case TRIANGULAR2 -> Math.scalb(part, -(step / length));
      case EXP_RANGE -> part * Math.pow(options.gamma, step);
    };
  }
}
