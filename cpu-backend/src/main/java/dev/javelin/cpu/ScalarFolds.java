package dev.javelin.cpu;

/// Folds of float32 in plain Java that add in the same order as [VectorFolds], and so give the same
/// sums to the last bit.
final class ScalarFolds {
  private ScalarFolds() {}

  /// The sum of `n` values.
  ///
  /// @param lanes how many a vector has
  static double sum(long x, int n, int lanes) {
    float[] sums = new float[4 * lanes];
    int whole = n / lanes * lanes;
    for (int i = 0; i < whole; i++) {
      sums[i % sums.length] += Memory.getFloat(x + 4L * i);
    }
    double rest = 0;
    for (int i = whole; i < n; i++) {
      rest += Memory.getFloat(x + 4L * i);
    }
    return rest + sumLanes(sums, lanes);
  }

  /// The sum of `n` products, each rounded.
  static double sumProducts(long x, long y, int n, int lanes) {
    float[] sums = new float[4 * lanes];
    int whole = n / lanes * lanes;
    for (int i = 0; i < whole; i++) {
      sums[i % sums.length] += Memory.getFloat(x + 4L * i) * Memory.getFloat(y + 4L * i);
    }
    double rest = 0;
    for (int i = whole; i < n; i++) {
      rest += Memory.getFloat(x + 4L * i) * Memory.getFloat(y + 4L * i);
    }
    return rest + sumLanes(sums, lanes);
  }

  /// Adds up four vectors of sums.
  private static double sumLanes(float[] sums, int lanes) {
    double a = 0;
    double b = 0;
    for (int lane = 0; lane < lanes; lane++) {
      float upper = sums[2 * lanes + lane] + sums[3 * lanes + lane];
      sums[lane] = sums[lane] + sums[lanes + lane] + upper;
    }
    for (int lane = 0; lane < lanes; lane += 4) {
      a += (double) sums[lane] + sums[lane + 2];
      b += (double) sums[lane + 1] + sums[lane + 3];
    }
    return a + b;
  }

  /// The largest of `n` values, NaN if any is.
  static double max(long x, int n) {
    float max = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < n; i++) {
      max = Math.max(max, Memory.getFloat(x + 4L * i));
    }
    return max;
  }

  /// The smallest of `n` values, NaN if any is.
  static double min(long x, int n) {
    float min = Float.POSITIVE_INFINITY;
    for (int i = 0; i < n; i++) {
      min = Math.min(min, Memory.getFloat(x + 4L * i));
    }
    return min;
  }
}
