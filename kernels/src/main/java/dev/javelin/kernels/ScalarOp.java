package dev.javelin.kernels;

/// The scalar operations expressions are made of, with their meaning. Every op of every tensor is composed of these.
///
/// Comparisons and logic give 0 or 1. Integer arithmetic wraps; division by an integer zero gives 0, never a trap, as on a GPU.
public enum ScalarOp {
  /// `-x`.
  NEG((x, y, z) -> -x, (x, y, z) -> -x),
  /// The absolute value.
  ABS((x, y, z) -> Math.abs(x), (x, y, z) -> Math.abs(x)),
  /// -1, 0 or 1 by the sign; NaN stays.
  SIGN((x, y, z) -> Math.signum(x), (x, y, z) -> Long.signum(x)),
  /// The largest whole number not above.
  FLOOR((x, y, z) -> Math.floor(x), (x, y, z) -> x),
  /// The smallest whole number not below.
  CEIL((x, y, z) -> Math.ceil(x), (x, y, z) -> x),
  /// The nearest whole number, halves to even.
  ROUND((x, y, z) -> Math.rint(x), (x, y, z) -> x),
  /// The whole part.
  TRUNC((x, y, z) -> x < 0 ? Math.ceil(x) : Math.floor(x), (x, y, z) -> x),
  /// `e^x`.
  EXP((x, y, z) -> Math.exp(x)),
  /// `e^x - 1`, exact near 0.
  EXPM1((x, y, z) -> Math.expm1(x)),
  /// The natural logarithm.
  LOG((x, y, z) -> Math.log(x)),
  /// `log(1 + x)`, exact near 0.
  LOG1P((x, y, z) -> Math.log1p(x)),
  /// The square root.
  SQRT((x, y, z) -> Math.sqrt(x)),
  /// `1 / sqrt(x)`.
  RSQRT((x, y, z) -> 1 / Math.sqrt(x)),
  /// The sine of an angle in radians.
  SIN((x, y, z) -> Math.sin(x)),
  /// The cosine of an angle in radians.
  COS((x, y, z) -> Math.cos(x)),
  /// The tangent of an angle in radians.
  TAN((x, y, z) -> Math.tan(x)),
  /// The angle in radians whose tangent is x.
  ATAN((x, y, z) -> Math.atan(x)),
  /// The hyperbolic tangent.
  TANH((x, y, z) -> Math.tanh(x)),
  /// The error function, `2/sqrt(pi)` times the integral of `exp(-t^2)` from 0 to x.
  ERF((x, y, z) -> Erf.of(x)),
  /// 1 where x is 0, else 0.
  NOT((x, y, z) -> x == 0 ? 1 : 0, (x, y, z) -> x == 0 ? 1 : 0),
  /// `x + y`.
  ADD((x, y, z) -> x + y, (x, y, z) -> x + y),
  /// `x - y`.
  SUB((x, y, z) -> x - y, (x, y, z) -> x - y),
  /// `x * y`.
  MUL((x, y, z) -> x * y, (x, y, z) -> x * y),
  /// `x / y`; integers round towards zero.
  DIV((x, y, z) -> x / y, (x, y, z) -> y == 0 ? 0 : x / y),
  /// The remainder with the sign of y, as Python's `%`.
  REMAINDER(
      (x, y, z) -> {
        double rest = x % y;
        return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
      },
      (x, y, z) -> y == 0 ? 0 : Math.floorMod(x, y)),
  /// `x^y`.
  POW((x, y, z) -> power(x, y), (x, y, z) -> power(x, y)),
  /// The angle in radians of the point (y, x): PyTorch's `atan2(x, y)` with the ordinate first.
  ATAN2((x, y, z) -> Math.atan2(x, y)),
  /// The larger; NaN if either is.
  MAX((x, y, z) -> Math.max(x, y), (x, y, z) -> Math.max(x, y)),
  /// The smaller; NaN if either is.
  MIN((x, y, z) -> Math.min(x, y), (x, y, z) -> Math.min(x, y)),
  /// `x == y`.
  EQ((x, y, z) -> x == y ? 1 : 0, (x, y, z) -> x == y ? 1 : 0),
  /// `x != y`.
  NE((x, y, z) -> x != y ? 1 : 0, (x, y, z) -> x != y ? 1 : 0),
  /// `x < y`.
  LT((x, y, z) -> x < y ? 1 : 0, (x, y, z) -> x < y ? 1 : 0),
  /// `x <= y`.
  LE((x, y, z) -> x <= y ? 1 : 0, (x, y, z) -> x <= y ? 1 : 0),
  /// `x > y`.
  GT((x, y, z) -> x > y ? 1 : 0, (x, y, z) -> x > y ? 1 : 0),
  /// `x >= y`.
  GE((x, y, z) -> x >= y ? 1 : 0, (x, y, z) -> x >= y ? 1 : 0),
  /// Bitwise and.
  AND((x, y, z) -> bitsOnly(), (x, y, z) -> x & y),
  /// Bitwise or.
  OR((x, y, z) -> bitsOnly(), (x, y, z) -> x | y),
  /// Bitwise exclusive or.
  XOR((x, y, z) -> bitsOnly(), (x, y, z) -> x ^ y),
  /// x, which must be an index below y: anything else is an error of the launch.
  INDEX((x, y, z) -> bitsOnly(), (x, y, z) -> index(x, y)),
  /// `x ? y : z`.
  SELECT((x, y, z) -> x != 0 ? y : z, (x, y, z) -> x != 0 ? y : z);

  /// The meaning on floating-point numbers.
  @FunctionalInterface
  interface OfDouble {
    double eval(double x, double y, double z);
  }

  /// The meaning on integers.
  @FunctionalInterface
  interface OfLong {
    long eval(long x, long y, long z);
  }

  private final OfDouble ofDouble;
  private final OfLong ofLong;

  ScalarOp(OfDouble ofDouble, OfLong ofLong) {
    this.ofDouble = ofDouble;
    this.ofLong = ofLong;
  }

  ScalarOp(OfDouble ofDouble) {
    this(
        ofDouble,
        (x, y, z) -> {
          throw new IllegalArgumentException("a function of real numbers was given integers");
        });
  }

  /// How many operands.
  ///
  /// @return 1, 2 or 3
  public int arity() {
    return this == SELECT ? 3 : compareTo(ADD) >= 0 ? 2 : 1;
  }

  /// Whether the result is a truth value whatever the operands are.
  ///
  /// @return true for comparisons and logical not
  public boolean isPredicate() {
    return switch (this) {
      case NOT, EQ, NE, LT, LE, GT, GE -> true;
      default -> false;
    };
  }

  /// Whether integers are refused: the op is a function of real numbers.
  ///
  /// @return true for exp, log, sqrt, the trigonometric functions and their like
  public boolean needsFloat() {
    return switch (this) {
      case EXP, EXPM1, LOG, LOG1P, SQRT, RSQRT, SIN, COS, TAN, ATAN, TANH, ERF, ATAN2 -> true;
      default -> false;
    };
  }

  /// The meaning on floating-point numbers; operands beyond the arity are ignored.
  ///
  /// @param x the first operand
  /// @param y the second
  /// @param z the third
  /// @return the result
  public double eval(double x, double y, double z) {
    return ofDouble.eval(x, y, z);
  }

  /// The meaning on integers; operands beyond the arity are ignored.
  ///
  /// @param x the first operand
  /// @param y the second
  /// @param z the third
  /// @return the result
  public long eval(long x, long y, long z) {
    return ofLong.eval(x, y, z);
  }

  private static double bitsOnly() {
    throw new IllegalArgumentException("bitwise logic was given floating-point numbers");
  }

  /// An index, if it is one of a dimension.
  static long index(long x, long size) {
    if (x < 0 || x >= size) {
      throw new IndexOutOfBoundsException(
          "index " + x + " is out of bounds for a dimension of size " + size);
    }
    return x;
  }

  /// As in C, not as in Java: a power of 1 is 1 whatever the exponent, and so is an infinite power of -1.
  private static double power(double base, double exponent) {
    return base == 1 || base == -1 && Double.isInfinite(exponent) ? 1 : Math.pow(base, exponent);
  }

  private static long power(long base, long exponent) {
    if (exponent < 0) {
      return base == 1 ? 1 : base == -1 ? (exponent % 2 == 0 ? 1 : -1) : 0;
    }
    long result = 1;
    long square = base;
    for (long rest = exponent; rest > 0; rest >>= 1) {
      if ((rest & 1) == 1) {
        result *= square;
      }
      square *= square;
    }
    return result;
  }
}
