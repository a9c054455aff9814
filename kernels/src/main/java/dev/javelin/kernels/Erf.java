package dev.javelin.kernels;

/// The error function in double precision: a Taylor series near zero, a continued fraction of `erfc` further out
/// (Abramowitz and Stegun, 7.1.6 and 7.1.14). Slow and exact to a few ulp: the reference for the fast versions.
final class Erf {
  private static final double SERIES_LIMIT = 2.5;
  private static final int FRACTION_TERMS = 120;

  private Erf() {}

  static double of(double x) {
    double size = Math.abs(x);
    if (Double.isNaN(x)) {
      return x;
    }
    if (size > 6) {
      return Math.copySign(1, x);
    }
    return Math.copySign(size < SERIES_LIMIT ? series(size) : 1 - fraction(size), x);
  }

  /// `erf(x) = 2/sqrt(pi) exp(-x^2) sum of 2^n x^(2n+1) / (2n+1)!!`: all terms positive, nothing cancels.
  private static double series(double x) {
    double term = x;
    double sum = x;
    for (int n = 1; term > sum * 1e-17; n++) {
      term *= 2 * x * x / (2 * n + 1);
      sum += term;
    }
    return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
  }

  /// `erfc(x) = exp(-x^2)/sqrt(pi) / (x + (1/2)/(x + (2/2)/(x + (3/2)/(x + ...))))`.
  private static double fraction(double x) {
    double tail = x;
    for (int n = FRACTION_TERMS; n > 0; n--) {
      tail = x + n / 2.0 / tail;
    }
    return Math.exp(-x * x) / Math.sqrt(Math.PI) / tail;
  }
}
