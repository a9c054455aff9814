package dev.javelin.nn;

import dev.javelin.Tensor;

/// `max(0, d(anchor, positive) - d(anchor, negative) + margin)`: `call(anchor, positive, negative)`, each `[n, d]`.
public final class TripletMarginLoss extends Module {
  /// The settings.
  ///
  /// @param margin by how much the negative should be farther
  /// @param p which norm the distance is
  /// @param eps added to the differences
  /// @param swap whether the negative's distance is that to the positive, if that is less
  public record Options(double margin, double p, double eps, boolean swap) {
    /// Margin 1, the Euclidean norm, eps 1e-6.
    public static final Options DEFAULT = new Options(1, 2, 1e-6, false);

    /// These settings with another margin.
    ///
    /// @param newMargin by how much the negative should be farther
    /// @return a copy
    public Options withMargin(double newMargin) {
      return new Options(newMargin, p, eps, swap);
    }

    /// These settings with another norm.
    ///
    /// @param newP which norm
    /// @return a copy
    public Options withP(double newP) {
      return new Options(margin, newP, eps, swap);
    }

    /// These settings with or without swapping.
    ///
    /// @param newSwap whether the negative's distance is that to the positive, if that is less
    /// @return a copy
    public Options withSwap(boolean newSwap) {
      return new Options(margin, p, eps, newSwap);
    }
  }

  private final Options options;
  private final Reduction reduction;

  /// The mean over the triples, with PyTorch's settings.
  public TripletMarginLoss() {
    this(Options.DEFAULT, Reduction.MEAN);
  }

  /// A loss.
  ///
  /// @param options the settings
  /// @param reduction how the losses of the triples become one
  public TripletMarginLoss(Options options, Reduction reduction) {
    this.options = options;
    this.reduction = reduction;
  }

  @Override
  protected Tensor forward(Tensor anchor, Tensor positive, Tensor negative) {
    return Functional.tripletMarginLoss(anchor, positive, negative, options, reduction);
  }
}
