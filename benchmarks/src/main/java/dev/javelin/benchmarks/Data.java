package dev.javelin.benchmarks;

import dev.javelin.data.ImageFiles;
import dev.javelin.data.ImageSet;
import java.util.SplittableRandom;

/// The numbers that all sides compute with: the same in every process.
final class Data {
  /// Steps that are compared before a training step is timed.
  static final int PROBE_STEPS = 3;

  /// Elements that are compared at either end of a result.
  static final int PROBE_ENDS = 8;

  static final int CLASSES = 10;

  private Data() {}

  /// Numbers between -2 and 2.
  static float[] inputs(int seed, int count) {
    return uniform(seed, count, 2);
  }

  /// Class indices.
  static long[] classes(int count) {
    return new SplittableRandom(count).longs(count, 0, CLASSES).toArray();
  }

  /// The images of an epoch: the stand-in for Fashion-MNIST, which is drawn and the same everywhere.
  static ImageSet images() {
    return ImageFiles.generated(true, Job.Epoch.IMAGES, 0);
  }

  /// The first values of a parameter: a normalisation begins as the identity, a weight as PyTorch begins it.
  static float[] parameter(int index, String name, long[] shape) {
    int count = 1;
    for (long size : shape) {
      count = Math.toIntExact(count * size);
    }
    if (shape.length == 1) {
      float[] values = new float[count];
      java.util.Arrays.fill(values, name.endsWith("weight") ? 1 : 0);
      return values;
    }
    return uniform(1000 + index, count, (float) (1 / Math.sqrt((double) count / shape[0])));
  }

  private static float[] uniform(int seed, int count, float bound) {
    var random = new SplittableRandom(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      // The upper bits as a fraction: a quarter of the time of nextFloat(-bound, bound).
      values[i] = (int) (random.nextLong() >>> 32) * 0x1p-31f * bound;
    }
    return values;
  }
}
