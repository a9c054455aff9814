package dev.javelin.data;

import dev.javelin.Tensor;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;

/// Something done to each sample before it is put into a batch. See [Transforms].
@FunctionalInterface
public interface Transform {
  /// Does it to one sample.
  ///
  /// @param sample the sample, an image `[c, h, w]` for most
  /// @param random the only source of random numbers to be used
  /// @return what becomes of it
  Tensor apply(Tensor sample, RandomGenerator random);

  /// Does it to several samples. By default one by one; a transform that can do it at once overrides this.
  ///
  /// @param samples the samples, `[n, ...]`
  /// @param random the only source of random numbers to be used
  /// @return what becomes of them, `[n, ...]`
  default Tensor applyAll(Tensor samples, RandomGenerator random) {
    List<Tensor> results =
        LongStream.range(0, samples.size(0))
            .mapToObj(i -> apply(samples.select(0, i), random))
            .toList();
    return Tensor.stack(results, 0);
  }
}
