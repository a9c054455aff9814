package dev.javelin.conformance;

import dev.javelin.kernels.DType;

/// How close a result must be to its reference: `ulps` roundings of the element itself, plus `spread` roundings of the largest
/// element, for results where larger numbers cancel.
///
/// @param ulps how many units in the last place
/// @param spread how many units in the last place of the largest element
/// @param doubles how much less of float64's digits are expected, as a factor
public record Tolerance(double ulps, double spread, double doubles) {
  /// The same for every dtype.
  ///
  /// @param ulps how many units in the last place
  /// @param spread how many units in the last place of the largest element
  public Tolerance(double ulps, double spread) {
    this(ulps, spread, 1);
  }

  /// The reference, rounded once.
  public static final Tolerance EXACT = new Tolerance(0, 0);

  /// A function of real numbers as mathematical libraries compute it.
  public static final Tolerance FUNCTION = new Tolerance(6, 0.5);

  /// A function whose approximation is made for float32.
  public static final Tolerance SINGLE = new Tolerance(6, 0.5, 16);

  /// A result of several steps, each rounded.
  public static final Tolerance STEPS = new Tolerance(24, 8);

  /// A sum of products or of many elements.
  ///
  /// @param length how many
  /// @return the tolerance
  public static Tolerance sum(int length) {
    double roundings = 4 + 2 * Math.sqrt(length);
    return new Tolerance(roundings, roundings);
  }

  /// The largest difference allowed.
  ///
  /// @param dtype the dtype of the result
  /// @param wanted the element of the reference
  /// @param largest the largest element of the reference
  /// @return the difference, 0 where the reference rounded to the dtype is the only right answer
  double allowed(DType dtype, double wanted, double largest) {
    if (!dtype.isFloatingPoint()) {
      return 0;
    }
    double tiny = ulps == 0 ? 0 : smallest(dtype);
    double factor = dtype == DType.FLOAT64 ? doubles : 1;
    return factor * epsilon(dtype) * (ulps * Math.abs(wanted) + spread * largest) + tiny;
  }

  static double epsilon(DType dtype) {
    return switch (dtype) {
      case FLOAT64 -> 0x1p-52;
      case FLOAT32 -> 0x1p-23;
      case FLOAT16 -> 0x1p-10;
      case BFLOAT16 -> 0x1p-7;
      case BOOL, UINT8, INT8, INT16, INT32, INT64 -> 0;
    };
  }

  /// Where numbers become subnormal, and a processor may round them to 0.
  private static double smallest(DType dtype) {
    return switch (dtype) {
      case FLOAT64 -> Double.MIN_NORMAL;
      case FLOAT32, BFLOAT16 -> Float.MIN_NORMAL;
      case FLOAT16 -> 0x1p-24;
      case BOOL, UINT8, INT8, INT16, INT32, INT64 -> 0;
    };
  }
}
