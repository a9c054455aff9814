package dev.javelin.nn;

/// Instance norm of `[n, c, h, w]`: see [InstanceNorm].
public final class InstanceNorm2d extends InstanceNorm {
  /// A layer with eps 1e-5, without scale and shift.
  ///
  /// @param numFeatures the number of channels
  public InstanceNorm2d(long numFeatures) {
    this(numFeatures, 1e-5, false);
  }

  /// A layer.
  ///
  /// @param numFeatures the number of channels
  /// @param eps added to the variance
  /// @param affine whether to scale and shift
  public InstanceNorm2d(long numFeatures, double eps, boolean affine) {
    super(numFeatures, eps, affine, 2);
  }
}
