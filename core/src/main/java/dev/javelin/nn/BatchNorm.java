package dev.javelin.nn;

import dev.javelin.Devices;
import dev.javelin.Parameter;
import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import java.util.OptionalDouble;

/// What batch norm is for any number of dimensions: `(x - mean) / sqrt(var + eps) * weight + bias`, mean and variance per channel.
///
/// In training they are those of the batch, and enter the running statistics; in evaluation they are the running statistics.
public abstract sealed class BatchNorm extends Module
    permits BatchNorm1d, BatchNorm2d, BatchNorm3d {
  /// The settings of batch norm.
  ///
  /// @param eps added to the variance
  /// @param momentum how much a batch enters the running statistics; empty for the mean over all batches
  /// @param affine whether to scale and shift
  /// @param trackRunningStats whether there are running statistics; without them evaluation uses those of the batch, too
  public record Options(
      double eps, OptionalDouble momentum, boolean affine, boolean trackRunningStats) {
    /// eps 1e-5, momentum 0.1, scale and shift, running statistics.
    public static final Options DEFAULT = new Options(1e-5, OptionalDouble.of(0.1), true, true);

    /// These options with another eps.
    ///
    /// @param newEps added to the variance
    /// @return a copy
    public Options withEps(double newEps) {
      return new Options(newEps, momentum, affine, trackRunningStats);
    }

    /// These options with another momentum.
    ///
    /// @param newMomentum how much a batch enters the running statistics
    /// @return a copy
    public Options withMomentum(double newMomentum) {
      return new Options(eps, OptionalDouble.of(newMomentum), affine, trackRunningStats);
    }

    /// These options with the mean over all batches as running statistics.
    ///
    /// @return a copy
    public Options withCumulativeAverage() {
      return new Options(eps, OptionalDouble.empty(), affine, trackRunningStats);
    }

    /// These options with or without scale and shift.
    ///
    /// @param newAffine whether to scale and shift
    /// @return a copy
    public Options withAffine(boolean newAffine) {
      return new Options(eps, momentum, newAffine, trackRunningStats);
    }

    /// These options with or without running statistics.
    ///
    /// @param track whether there are any
    /// @return a copy
    public Options withTrackRunningStats(boolean track) {
      return new Options(eps, momentum, affine, track);
    }
  }

  /// The scale, `[c]`, at first 1; null if there is none.
  public Parameter weight;

  /// The shift, `[c]`, at first 0; null if there is none.
  public Parameter bias;

  private final long numFeatures;
  private final Options options;
  private final Tensor runningMean;
  private final Tensor runningVar;
  private final Tensor numBatchesTracked;

  BatchNorm(long numFeatures, Options options) {
    this.numFeatures = numFeatures;
    this.options = options;
    boolean tracks = options.trackRunningStats;
    weight = options.affine ? new Parameter(Tensor.ones(numFeatures)) : null;
    bias = options.affine ? new Parameter(Tensor.zeros(numFeatures)) : null;
    runningMean = registerBuffer("running_mean", tracks ? Tensor.zeros(numFeatures) : null);
    runningVar = registerBuffer("running_var", tracks ? Tensor.ones(numFeatures) : null);
    numBatchesTracked =
        registerBuffer(
            "num_batches_tracked",
            tracks ? Tensor.zeros(Shape.SCALAR, DType.INT64, Devices.cpu()) : null);
  }

  final long numFeatures() {
    return numFeatures;
  }

  /// Fails if the input has another shape than this layer is for.
  abstract void check(Tensor x);

  @Override
  protected final Tensor forward(Tensor x) {
    check(x);
    if (runningMean != null && !isTraining()) {
      return Functional.batchNorm(x, runningMean, runningVar, weight, bias, options.eps);
    }
    if (isTraining() && x.numel() == x.size(1)) {
      throw new IllegalArgumentException(
          "Expected more than 1 value per channel when training, got input size " + x.shape());
    }
    Functional.Normalized result = Functional.batchNorm(x, weight, bias, options.eps);
    if (runningMean != null) {
      double momentum = options.momentum.orElseGet(() -> 1.0 / (numBatchesTracked.itemLong() + 1));
      Functional.updateStatistics(momentum, runningMean, runningVar, numBatchesTracked, result);
    }
    return result.output();
  }

  @Override
  final String brief() {
    return name() + "(" + numFeatures + ")";
  }

  @Override
  protected final String extraRepr() {
    return "%s, eps=%s, momentum=%s, affine=%s, track_running_stats=%s"
        .formatted(
            Long.toString(numFeatures),
            Repr.of(options.eps),
            options.momentum.isPresent() ? Repr.of(options.momentum.getAsDouble()) : "None",
            Repr.of(options.affine),
            Repr.of(options.trackRunningStats));
  }
}
