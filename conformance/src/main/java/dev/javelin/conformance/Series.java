package dev.javelin.conformance;

/// Functions of real numbers that Java lacks, by their series.
final class Series {
  private Series() {}

  /// The error function.
  static double erf(double x) {
    if (Double.isNaN(x)) {
      return x;
    }
    if (Math.abs(x) > 6) {
      return Math.signum(x);
    }
    if (Math.abs(x) > 2.5) {
      return Math.signum(x) * (1 - upper(Math.abs(x)));
    }
    double term = x;
    double sum = x;
    for (int n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
      term *= -x * x / n;
      sum += term / (2 * n + 1);
    }
    return 2 / Math.sqrt(Math.PI) * sum;
  }

  /// The inverse of the error function, by bisection.
  static double erfinv(double y) {
    double low = -6;
    double high = 6;
    for (int i = 0; i < 60; i++) {
      double middle = (low + high) / 2;
      low = erf(middle) < y ? middle : low;
      high = erf(middle) < y ? high : middle;
    }
    return (low + high) / 2;
  }

  /// `1 - erf(x)` by its continued fraction.
  private static double upper(double x) {
    double fraction = 0;
    for (int k = 200; k > 0; k--) {
      fraction = k / 2.0 / (x + fraction);
    }
    return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
  }
}
