package dev.javelin.nn;

import dev.javelin.Tensor;

/// Batch norm of `[n, c, h, w]`: see [BatchNorm].
public final class BatchNorm2d extends BatchNorm {
  /// A layer with [BatchNorm.Options#DEFAULT].
  ///
  /// @param numFeatures the number of channels
  public BatchNorm2d(long numFeatures) {
    this(numFeatures, Options.DEFAULT);
  }

  /// A layer.
  ///
  /// @param numFeatures the number of channels
  /// @param options eps, momentum and so on
  public BatchNorm2d(long numFeatures, Options options) {
    super(numFeatures, options);
  }

  @Override
  void check(Tensor x) {
    if (x.dim() != 4 || x.size(1) != numFeatures()) {
      throw Repr.mismatch("(n, %1$s, h, w)".formatted(numFeatures()), x);
    }
  }
}
