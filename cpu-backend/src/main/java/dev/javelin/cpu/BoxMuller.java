package dev.javelin.cpu;

import dev.javelin.kernels.Philox;

/// The functions of the Box-Muller transform, exact to 1e-10: enough for float32, and several times
/// faster than those of [Math], which are exact to the last bit and take any argument.
final class BoxMuller {
  private static final double LN_2 = 0.6931471805599453;
  private static final double SQRT_2 = 1.4142135623730951;
  private static final long FRACTION = (1L << 52) - 1;
  private static final long ONE = 0x3FF0000000000000L;

  private BoxMuller() {}

  /// Makes two words into two normal numbers.
  static void put(long words, long to) {
    double radius = radius(Philox.uniform(Memory.getInt(words)));
    double turns = Philox.uniform(Memory.getInt(words + 4));
    Memory.putFloat(to, (float) (radius * cos(turns)));
    Memory.putFloat(to + 4, (float) (radius * sin(turns)));
  }

  /// `sqrt(-2 log(1 - u))` for u from 0 on and below 1.
  static double radius(double u) {
    // 1 - u = 2^exponent fraction, with a fraction near 1.
    long bits = Double.doubleToRawLongBits(1 - u);
    int exponent = (int) (bits >>> 52) - 1023;
    double fraction = Double.longBitsToDouble((bits & FRACTION) | ONE);
    if (fraction > SQRT_2) {
      fraction *= 0.5;
      exponent++;
    }
    // The logarithm of the fraction is 2 atanh(s), by its series.
    double s = (fraction - 1) / (fraction + 1);
    double z = s * s;
    double series =
        1 + z * (1.0 / 3 + z * (1.0 / 5 + z * (1.0 / 7 + z * (1.0 / 9 + z * (1.0 / 11 + z / 13)))));
    return Math.sqrt(-2 * (exponent * LN_2 + 2 * s * series));
  }

  /// The cosine of an angle counted in turns, from 0 on and below 1.
  static double cos(double turns) {
    int quarter = (int) (4 * turns + 0.5);
    double x = (4 * turns - quarter) * (Math.PI / 2);
    double value = (quarter & 1) == 0 ? evenSeries(x) : oddSeries(x);
    return (quarter + 1 & 2) == 0 ? value : -value;
  }

  /// The sine of an angle counted in turns, from 0 on and below 1.
  static double sin(double turns) {
    int quarter = (int) (4 * turns + 0.5);
    double x = (4 * turns - quarter) * (Math.PI / 2);
    double value = (quarter & 1) == 0 ? oddSeries(x) : evenSeries(x);
    return (quarter & 2) == 0 ? value : -value;
  }

  /// The cosine of an eighth of a turn at most.
  private static double evenSeries(double x) {
    double z = x * x;
    return 1
        + z
            * (-1.0 / 2
                + z
                    * (1.0 / 24
                        + z
                            * (-1.0 / 720
                                + z * (1.0 / 40320 + z * (-1.0 / 3628800 + z / 479001600)))));
  }

  /// The sine of an eighth of a turn at most.
  private static double oddSeries(double x) {
    double z = x * x;
    return x
        * (1
            + z
                * (-1.0 / 6
                    + z * (1.0 / 120 + z * (-1.0 / 5040 + z * (1.0 / 362880 - z / 39916800)))));
  }
}
