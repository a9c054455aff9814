package dev.javelin.cpu;

import java.util.Arrays;

/// The geometry of a 2-D convolution of an input x `[n, c, h, w]` with weights `[o, c / groups, kh, kw]`, whose output y
/// is `[n, o, oh, ow]`.
///
/// Strides count elements. Those of x and y may be any; contiguous and channels-last ones are fast.
///
/// @param direction what is computed
/// @param n images
/// @param c channels of x
/// @param h height of x
/// @param w width of x
/// @param o channels of y
/// @param kh height of the weights
/// @param kw width of the weights
/// @param strideH rows of x from one row of y to the next
/// @param strideW columns of x from one column of y to the next
/// @param padH rows of zeros above and below x
/// @param padW columns of zeros left and right of x
/// @param dilationH rows of x from one row of the weights to the next, 1 for neighbours
/// @param dilationW columns of x from one column of the weights to the next, 1 for neighbours
/// @param groups into how many independent convolutions the channels are divided
/// @param xStrides of x's four dimensions
/// @param wStrides of the weights' four dimensions
/// @param yStrides of y's four dimensions
/// @param bias whether one value per channel of y is added (forward only)
/// @param activation what is applied to y (forward only)
// The strides are values here: see equals.
@SuppressWarnings("ArrayRecordComponent")
record ConvSpec(
    Direction direction,
    long n,
    long c,
    long h,
    long w,
    long o,
    long kh,
    long kw,
    long strideH,
    long strideW,
    long padH,
    long padW,
    long dilationH,
    long dilationW,
    long groups,
    long[] xStrides,
    long[] wStrides,
    long[] yStrides,
    boolean bias,
    Activation activation) {

  /// What a convolution computes.
  enum Direction {
    /// y from x and the weights.
    FORWARD,
    /// The gradient of x from that of y and the weights.
    BACKWARD_DATA,
    /// The gradient of the weights from x and the gradient of y.
    BACKWARD_WEIGHTS
  }

  /// The strides of a contiguous `[a, b, c, d]` array.
  static long[] contiguous(long b, long c, long d) {
    return new long[] {b * c * d, c * d, d, 1};
  }

  /// The strides of an `[n, c, h, w]` array whose channels are adjacent.
  static long[] channelsLast(long c, long h, long w) {
    return new long[] {c * h * w, 1, w * c, c};
  }

  /// The height of y.
  long oh() {
    return (h + 2 * padH - dilationH * (kh - 1) - 1) / strideH + 1;
  }

  /// The width of y.
  long ow() {
    return (w + 2 * padW - dilationW * (kw - 1) - 1) / strideW + 1;
  }

  /// The number of floating-point operations.
  long flops() {
    return 2 * n * o * oh() * ow() * (c / groups) * kh * kw;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ConvSpec s
        && direction == s.direction
        && bias == s.bias
        && activation == s.activation
        && Arrays.equals(extents(), s.extents())
        && Arrays.equals(xStrides, s.xStrides)
        && Arrays.equals(wStrides, s.wStrides)
        && Arrays.equals(yStrides, s.yStrides);
  }

  @Override
  public int hashCode() {
    int hash = direction.hashCode() * 31 + Arrays.hashCode(extents());
    return (hash * 31 + Arrays.hashCode(xStrides)) * 31 + Arrays.hashCode(yStrides);
  }

  private long[] extents() {
    return new long[] {
      n, c, h, w, o, kh, kw, strideH, strideW, padH, padW, dilationH, dilationW, groups
    };
  }
}
