package dev.javelin.nn;

/// Instance norm of `[n, c, d, h, w]`: see [InstanceNorm].
public final class InstanceNorm3d extends InstanceNorm {
  /// A layer with eps 1e-5, without scale and shift.
  ///
  /// @param numFeatures the number of channels
  public InstanceNorm3d(long numFeatures) {
    this(numFeatures, 1e-5, false);
  }

  /// A layer.
  ///
  /// @param numFeatures the number of channels
  /// @param eps added to the variance
  /// @param affine whether to scale and shift
  public InstanceNorm3d(long numFeatures, double eps, boolean affine) {
    super(numFeatures, eps, affine, 3);
  }
}
