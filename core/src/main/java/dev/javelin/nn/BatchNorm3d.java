package dev.javelin.nn;

import dev.javelin.Tensor;

/// Batch norm of `[n, c, d, h, w]`: see [BatchNorm].
public final class BatchNorm3d extends BatchNorm {
  /// A layer with [BatchNorm.Options#DEFAULT].
  ///
  /// @param numFeatures the number of channels
  public BatchNorm3d(long numFeatures) {
    this(numFeatures, Options.DEFAULT);
  }

  /// A layer.
  ///
  /// @param numFeatures the number of channels
  /// @param options eps, momentum and so on
  public BatchNorm3d(long numFeatures, Options options) {
    super(numFeatures, options);
  }

  @Override
  void check(Tensor x) {
    if (x.dim() != 5 || x.size(1) != numFeatures()) {
      throw Repr.mismatch("(n, %1$s, d, h, w)".formatted(numFeatures()), x);
    }
  }
}
