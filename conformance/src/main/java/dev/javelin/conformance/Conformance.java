package dev.javelin.conformance;

import dev.javelin.Device;
import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;

/// What the suites have in common: a device, and tensors on it.
public abstract class Conformance {
  /// For subclasses.
  protected Conformance() {}

  /// What is tested, and how much of it.
  ///
  /// @return the device and the extent
  protected abstract Subject subject();

  final Device device() {
    return subject().device();
  }

  /// Whether large sizes are tested, too.
  final boolean isThorough() {
    return subject().thorough();
  }

  /// Whether runs of many steps are as long as they should be.
  final boolean isLong() {
    return subject().longRuns();
  }

  /// How many of the similar tests to run: one in so many.
  final int oneIn() {
    return subject().oneIn();
  }

  /// Whether a test is among those to run.
  final boolean chosen(Object... test) {
    int mixed = Arrays.toString(test).hashCode() * 0x9E3779B1 >>> 8;
    return mixed % oneIn() == 0;
  }

  final Tensor floats(int[] shape, double... values) {
    return Lay.contiguous(new Nd(values, shape), DType.FLOAT32, device());
  }

  final Tensor floats(double... values) {
    return Lay.contiguous(new Nd(values, values.length), DType.FLOAT32, device());
  }

  final Tensor doubles(double... values) {
    return Lay.contiguous(new Nd(values, values.length), DType.FLOAT64, device());
  }

  final Tensor longs(double... values) {
    return Lay.contiguous(new Nd(values, values.length), DType.INT64, device());
  }

  final Tensor tensor(DType dtype, int[] shape, double... values) {
    return Lay.contiguous(new Nd(values, shape), dtype, device());
  }

  /// Numbers between -1 and 1, the same for the same seed.
  final Tensor random(long seed, int... shape) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] values =
        DoubleStream.generate(() -> random.nextDouble(-1, 1)).limit(Nd.count(shape)).toArray();
    return Lay.contiguous(new Nd(values, shape), DType.FLOAT32, device());
  }
}
