package dev.javelin.data;

import dev.javelin.Javelin;
import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/// Samples by number. With more than one worker, a [DataLoader] calls it from several threads at once.
public interface Dataset {
  /// How many samples there are.
  ///
  /// @return the number
  int size();

  /// One sample.
  ///
  /// @param index which, from 0
  /// @return the sample
  Sample get(int index);

  /// Several samples, stacked. A data set that can do it faster than one by one overrides this.
  ///
  /// If not overridden, what [#get] draws of this library's random numbers follows `random`.
  ///
  /// @param indices which samples, in order
  /// @param random the only source of random numbers to be used, so that a batch can be made again
  /// @return the batch, on the CPU; if its tensors are made by this call, they are the batch's own, not to be kept elsewhere
  default Batch batch(int[] indices, RandomGenerator random) {
    List<Sample> samples = new ArrayList<>(indices.length);
    for (int index : indices) {
      samples.add(Javelin.forkRng(random.nextLong(), () -> get(index)));
    }
    return new Batch(stack(samples, Sample::x), stack(samples, Sample::y));
  }

  private static Tensor stack(List<Sample> samples, Function<Sample, Tensor> part) {
    Tensor first = part.apply(samples.getFirst());
    Shape shape = first.shape();
    DType dtype = first.dtype();
    long bytes = shape.numel() * dtype.bytes();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment host = arena.allocate(Math.max(1, bytes * samples.size()), 64);
      for (int i = 0; i < samples.size(); i++) {
        Tensor tensor = part.apply(samples.get(i));
        if (!tensor.shape().equals(shape) || tensor.dtype() != dtype) {
          throw new IllegalArgumentException(
              "the samples of a batch must be alike, but the first has %s %s and number %s has %s %s"
                  .formatted(dtype, shape, i, tensor.dtype(), tensor.shape()));
        }
        tensor.copyTo(host.asSlice(i * bytes, bytes));
      }
      return Tensor.of(
          host.asSlice(0, bytes * samples.size()), dtype, shape.insert(0, samples.size()));
    }
  }
}
