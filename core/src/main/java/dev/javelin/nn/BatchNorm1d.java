package dev.javelin.nn;

import dev.javelin.Tensor;

/// Batch norm of `[n, c]` or `[n, c, length]`: see [BatchNorm].
public final class BatchNorm1d extends BatchNorm {
  /// A layer with [BatchNorm.Options#DEFAULT].
  ///
  /// @param numFeatures the number of channels
  public BatchNorm1d(long numFeatures) {
    this(numFeatures, Options.DEFAULT);
  }

  /// A layer.
  ///
  /// @param numFeatures the number of channels
  /// @param options eps, momentum and so on
  public BatchNorm1d(long numFeatures, Options options) {
    super(numFeatures, options);
  }

  @Override
  void check(Tensor x) {
    if (x.dim() != 2 && x.dim() != 3 || x.size(1) != numFeatures()) {
      throw Repr.mismatch("(n, %1$s) or (n, %1$s, length)".formatted(numFeatures()), x);
    }
  }
}
