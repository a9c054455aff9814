package dev.javelin.cpu;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.Arrays;

/// What is known of a pooling when it is compiled: sizes, strides in bytes, and which places meet
/// which windows.
final class PoolPlan {
  private final Kernel.PoolOp op;
  private final Kernel.Operand x;
  private final Kernel.Operand y;
  private final Kernel.Operand index;
  private final DType type;
  private final Kernel.Window window;
  private final Shape xShape;
  private final Shape yShape;
  private final long[] xStrides;
  private final long[] yStrides;
  private final long[] indexStrides;

  /// For each row of y the rows of x in its window; for the gradients, for each row of x the rows
  /// of y whose window it is in.
  private final int[][] rows;

  /// The same for the columns.
  private final int[][] columns;

  /// Which places meet which windows, and how far everything is apart.
  ///
  /// @param kernel a pooling of what lies in memory
  PoolPlan(Kernel.Pool kernel) {
    op = kernel.op();
    Kernel.Operand read = kernel.plain().orElseThrow();
    x = op.isBackward() ? kernel.target() : read;
    y = op.isBackward() ? read : kernel.target();
    index = kernel.index();
    type = kernel.buffers().get(kernel.target().buffer());
    window = kernel.window();
    xShape = kernel.x();
    yShape = kernel.y();
    xStrides = bytes(x.view(), type.bytes());
    yStrides = bytes(y.view(), type.bytes());
    indexStrides = isMax() ? bytes(index.view(), DType.INT32.bytes()) : new long[yStrides.length];
    int[][] h =
        inWindows(oh(), h(), window.kernelH(), window.strideH(), window.padH(), window.dilationH());
    int[][] w =
        inWindows(ow(), w(), window.kernelW(), window.strideW(), window.padW(), window.dilationW());
    rows = isBackward() ? inverse(h, h()) : h;
    columns = isBackward() ? inverse(w, w()) : w;
  }

  private static long[] bytes(View view, int bytes) {
    long[] strides = view.strides();
    for (int axis = 0; axis < strides.length; axis++) {
      strides[axis] *= bytes;
    }
    return strides;
  }

  /// For each window the places inside the plane that it covers, along one axis.
  private static int[][] inWindows(
      long windows, long size, long kernel, long stride, long pad, long dilation) {
    int[][] result = new int[Math.toIntExact(windows)][];
    int[] places = new int[Math.toIntExact(Math.min(kernel, size))];
    for (int window = 0; window < result.length; window++) {
      int count = 0;
      for (long k = 0; k < kernel; k++) {
        long place = window * stride - pad + k * dilation;
        if (place >= 0 && place < size) {
          places[count++] = (int) place;
        }
      }
      result[window] = Arrays.copyOf(places, count);
    }
    return result;
  }

  /// For each place the windows that cover it, in ascending order.
  private static int[][] inverse(int[][] windows, long size) {
    int[] counts = new int[Math.toIntExact(size)];
    for (int[] places : windows) {
      for (int place : places) {
        counts[place]++;
      }
    }
    int[][] result = new int[counts.length][];
    for (int place = 0; place < counts.length; place++) {
      result[place] = new int[counts[place]];
    }
    int[] filled = new int[counts.length];
    for (int window = 0; window < windows.length; window++) {
      for (int place : windows[window]) {
        result[place][filled[place]++] = window;
      }
    }
    return result;
  }

  boolean isMax() {
    return op.isMax();
  }

  boolean isBackward() {
    return op.isBackward();
  }

  /// Whether windows are 2 by 2, side by side, inside the plane: the usual pooling.
  boolean isPairs() {
    return window.kernelH() == 2
        && window.kernelW() == 2
        && window.strideH() == 2
        && window.strideW() == 2
        && window.padH() == 0
        && window.padW() == 0
        && window.dilationH() == 1
        && window.dilationW() == 1
        && 2 * oh() <= h()
        && 2 * ow() <= w();
  }

  /// Whether an axis of every array that is used has this stride, in elements.
  private boolean isAdjacent(int axis) {
    return adjacent(xShape, xStrides, axis, type.bytes())
        && adjacent(yShape, yStrides, axis, type.bytes())
        && (!isMax() || adjacent(yShape, indexStrides, axis, DType.INT32.bytes()));
  }

  private static boolean adjacent(Shape shape, long[] strides, int axis, int bytes) {
    return shape.size(axis) == 1 || strides[axis] == bytes;
  }

  /// Whether the channels of a pixel lie side by side.
  boolean isChannelsLast() {
    return isAdjacent(1);
  }

  /// Whether the pixels of a row lie side by side.
  boolean isRowMajor() {
    return isAdjacent(3);
  }

  Kernel.PoolOp op() {
    return op;
  }

  /// The input or its gradient.
  Kernel.Operand x() {
    return x;
  }

  /// The output or its gradient.
  Kernel.Operand y() {
    return y;
  }

  /// Where the largest is; unused for averages.
  Kernel.Operand index() {
    return index;
  }

  DType type() {
    return type;
  }

  int bytes() {
    return type.bytes();
  }

  /// The number of elements of a window, those in the padding included.
  double area() {
    return (double) window.kernelH() * window.kernelW();
  }

  /// Rounds a sum of float32 numbers to float32; a sum of others stays a double.
  double round(double sum) {
    return type == DType.FLOAT32 ? (float) sum : sum;
  }

  /// Whether some window lies in the padding altogether.
  boolean hasEmptyWindows() {
    for (int[][] windows : new int[][][] {rows, columns}) {
      for (int[] places : windows) {
        if (places.length == 0) {
          return true;
        }
      }
    }
    return false;
  }

  int[][] rows() {
    return rows;
  }

  int[][] columns() {
    return columns;
  }

  long n() {
    return xShape.size(0);
  }

  int c() {
    return (int) xShape.size(1);
  }

  int h() {
    return (int) xShape.size(2);
  }

  int w() {
    return (int) xShape.size(3);
  }

  int oh() {
    return (int) yShape.size(2);
  }

  int ow() {
    return (int) yShape.size(3);
  }

  /// The distance in bytes between neighbours of x on an axis.
  long x(int axis) {
    return xStrides[axis];
  }

  /// The same for y.
  long y(int axis) {
    return yStrides[axis];
  }

  /// The same for the indices.
  long index(int axis) {
    return indexStrides[axis];
  }
}
