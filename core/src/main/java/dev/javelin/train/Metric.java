package dev.javelin.train;

import dev.javelin.Tensor;

/// What is measured of a model's output on a batch; the mean over all samples is reported.
@FunctionalInterface
public interface Metric {
  /// How many samples of a batch got the right class: the accuracy.
  Metric ACCURACY = (output, y) -> output.argmax(1).eq(y).sum();

  /// The sum over the samples of a batch.
  ///
  /// @param output the model's output, `[batch, ...]`
  /// @param y the labels, `[batch, ...]`
  /// @return a tensor of one element
  Tensor sum(Tensor output, Tensor y);
}
