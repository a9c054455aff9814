package dev.javelin.cpu;

import dev.javelin.cpu.ConvSpec.Direction;
import dev.javelin.kernels.DType;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// Convolutions to test with, and the check of a convolution against direct sums in double precision.
final class ConvolutionCases {
  private ConvolutionCases() {}

  /// Where the elements of x and y lie.
  enum Order {
    CONTIGUOUS,
    CHANNELS_LAST,
    /// Part of a larger array whose channels are last.
    CHANNELS_LAST_PADDED,
    /// Height and width exchanged.
    TRANSPOSED,
    /// The images of a pixel side by side.
    BATCH_LAST;

    long[] strides(long n, long c, long h, long w) {
      return switch (this) {
        case CONTIGUOUS -> ConvSpec.contiguous(c, h, w);
        case CHANNELS_LAST -> ConvSpec.channelsLast(c, h, w);
        case CHANNELS_LAST_PADDED ->
            new long[] {(w + 1) * (c + 3) * h, 1, (w + 1) * (c + 3), c + 3};
        case TRANSPOSED -> new long[] {c * h * w, h * w, 1, h};
        case BATCH_LAST -> new long[] {1, h * w * n, w * n, n};
      };
    }
  }

  /// The window of a convolution: everything but batch, orders and epilogue.
  record Shape(
      long c,
      long h,
      long w,
      long o,
      long kh,
      long kw,
      long stride,
      long pad,
      long dilation,
      long groups) {}

  static final Shape[] SHAPES = {
    new Shape(1, 28, 28, 10, 5, 5, 1, 0, 1, 1),
    new Shape(3, 13, 11, 8, 3, 3, 1, 1, 1, 1),
    new Shape(16, 8, 8, 33, 1, 1, 1, 0, 1, 1),
    new Shape(7, 9, 10, 31, 3, 2, 2, 1, 1, 1),
    new Shape(8, 13, 13, 16, 3, 3, 1, 2, 2, 1),
    new Shape(6, 7, 7, 9, 3, 3, 1, 1, 1, 3),
    new Shape(16, 9, 9, 16, 3, 3, 1, 1, 1, 16),
    new Shape(32, 5, 5, 32, 3, 3, 2, 1, 1, 2),
    new Shape(4, 1, 9, 3, 1, 3, 3, 0, 2, 1),
    new Shape(2, 3, 3, 5, 3, 3, 1, 0, 1, 1),
    new Shape(1, 1, 1, 1, 1, 1, 1, 0, 1, 1),
  };

  static ConvSpec spec(
      Direction direction, long n, Shape g, Order x, Order y, boolean bias, Activation activation) {
    long oh = (g.h + 2 * g.pad - g.dilation * (g.kh - 1) - 1) / g.stride + 1;
    long ow = (g.w + 2 * g.pad - g.dilation * (g.kw - 1) - 1) / g.stride + 1;
    boolean forward = direction == Direction.FORWARD;
    return new ConvSpec(
        direction,
        n,
        g.c,
        g.h,
        g.w,
        g.o,
        g.kh,
        g.kw,
        g.stride,
        g.stride,
        g.pad,
        g.pad,
        g.dilation,
        g.dilation,
        g.groups,
        x.strides(n, g.c, g.h, g.w),
        ConvSpec.contiguous(g.c / g.groups, g.kh, g.kw),
        y.strides(n, g.o, oh, ow),
        forward && bias,
        forward ? activation : Activation.NONE);
  }

  /// Every shape in every direction and order, with batches around the number of threads.
  static List<ConvSpec> all() {
    List<ConvSpec> specs = new ArrayList<>();
    int i = 0;
    for (Shape shape : SHAPES) {
      for (Direction direction : Direction.values()) {
        for (Order x : Order.values()) {
          for (Order y : Order.values()) {
            long n = new long[] {1, 3, 8, 13}[i % 4];
            specs.add(
                spec(
                    direction,
                    n,
                    shape,
                    x,
                    y,
                    i % 3 == 0,
                    i / 3 % 2 == 0 ? Activation.NONE : Activation.RELU));
            i++;
          }
        }
      }
    }
    return specs;
  }

  /// Runs a convolution and compares each element of what it writes, and that nothing beside that is written.
  static void check(ConvSpec s, DType type, Conv conv) {
    try (var arena = Arena.ofConfined()) {
      var random = new SplittableRandom(42);
      long[] wDims = {s.o(), s.c() / s.groups(), s.kh(), s.kw()};
      long xSize = extent(new long[] {s.n(), s.c(), s.h(), s.w()}, s.xStrides());
      long wSize = extent(wDims, s.wStrides());
      long ySize = extent(new long[] {s.n(), s.o(), s.oh(), s.ow()}, s.yStrides());
      long x = MatmulCases.values(arena, random, type, xSize);
      long w = MatmulCases.values(arena, random, type, wSize);
      long y = MatmulCases.values(arena, random, type, ySize);
      long bias = MatmulCases.values(arena, random, type, s.o());
      var sums =
          new Sums(
              s,
              MatmulCases.copy(type, x, xSize),
              MatmulCases.copy(type, w, wSize),
              MatmulCases.copy(type, y, ySize),
              MatmulCases.copy(type, bias, s.o()));
      sums.compute();
      conv.run(x, w, bias, y);
      double epsilon = type == DType.FLOAT32 ? 0x1p-24 : type == DType.FLOAT64 ? 0x1p-53 : 0;
      for (int i = 0; i < sums.tolerance.length; i++) {
        sums.tolerance[i] *= 30 * epsilon;
      }
      double[] actual =
          switch (s.direction()) {
            case FORWARD -> MatmulCases.copy(type, y, ySize);
            case BACKWARD_DATA -> MatmulCases.copy(type, x, xSize);
            case BACKWARD_WEIGHTS -> MatmulCases.copy(type, w, wSize);
          };
      MatmulCases.compare(sums.expected, actual, sums.tolerance, describe(s));
    }
  }

  /// Direct sums, one product after the other.
  private static final class Sums {
    final ConvSpec s;
    final double[] x;
    final double[] w;
    final double[] y;
    final double[] bias;

    /// What the result must be, what lies beside it included, which must stay as it was.
    final double[] expected;

    /// The sum of the magnitudes of each sum's terms.
    final double[] tolerance;

    Sums(ConvSpec s, double[] x, double[] w, double[] y, double[] bias) {
      this.s = s;
      this.x = x;
      this.w = w;
      this.y = y;
      this.bias = bias;
      double[] before =
          switch (s.direction()) {
            case FORWARD -> y;
            case BACKWARD_DATA -> x;
            case BACKWARD_WEIGHTS -> w;
          };
      this.expected = before.clone();
      this.tolerance = new double[before.length];
    }

    void compute() {
      long groupC = s.c() / s.groups();
      long[] dims =
          switch (s.direction()) {
            case FORWARD -> new long[] {s.n(), s.o(), s.oh(), s.ow()};
            case BACKWARD_DATA -> new long[] {s.n(), s.c(), s.h(), s.w()};
            case BACKWARD_WEIGHTS -> new long[] {s.o(), groupC, s.kh(), s.kw()};
          };
      long[] strides =
          switch (s.direction()) {
            case FORWARD -> s.yStrides();
            case BACKWARD_DATA -> s.xStrides();
            case BACKWARD_WEIGHTS -> s.wStrides();
          };
      each(
          dims,
          (a, b, c, d) -> {
            int at = at(strides, a, b, c, d);
            expected[at] = s.bias() ? bias[(int) b] : 0;
            tolerance[at] = 1;
          });
      each(
          new long[] {s.n(), s.o(), s.oh(), s.ow()},
          (n, o, oy, ox) ->
              each(
                  new long[] {1, groupC, s.kh(), s.kw()},
                  (zero, c, i, j) ->
                      add(n, o, oy, ox, o / (s.o() / s.groups()) * groupC, c, i, j)));
      if (s.activation() == Activation.RELU) {
        each(
            dims,
            (a, b, c, d) -> {
              int at = at(strides, a, b, c, d);
              expected[at] = Math.max(expected[at], 0);
            });
      }
    }

    private void add(long n, long o, long oy, long ox, long first, long c, long i, long j) {
      long iy = oy * s.strideH() - s.padH() + i * s.dilationH();
      long ix = ox * s.strideW() - s.padW() + j * s.dilationW();
      if (iy < 0 || iy >= s.h() || ix < 0 || ix >= s.w()) {
        return;
      }
      int xAt = at(s.xStrides(), n, first + c, iy, ix);
      int wAt = at(s.wStrides(), o, c, i, j);
      int yAt = at(s.yStrides(), n, o, oy, ox);
      int to =
          switch (s.direction()) {
            case FORWARD -> yAt;
            case BACKWARD_DATA -> xAt;
            case BACKWARD_WEIGHTS -> wAt;
          };
      double product =
          switch (s.direction()) {
            case FORWARD -> x[xAt] * w[wAt];
            case BACKWARD_DATA -> y[yAt] * w[wAt];
            case BACKWARD_WEIGHTS -> y[yAt] * x[xAt];
          };
      expected[to] += product;
      tolerance[to] += Math.abs(product);
    }
  }

  @FunctionalInterface
  private interface Index {
    void at(long a, long b, long c, long d);
  }

  private static void each(long[] dims, Index body) {
    for (long a = 0; a < dims[0]; a++) {
      for (long b = 0; b < dims[1]; b++) {
        for (long c = 0; c < dims[2]; c++) {
          for (long d = 0; d < dims[3]; d++) {
            body.at(a, b, c, d);
          }
        }
      }
    }
  }

  private static int at(long[] strides, long a, long b, long c, long d) {
    return (int) (a * strides[0] + b * strides[1] + c * strides[2] + d * strides[3]);
  }

  private static long extent(long[] dims, long[] strides) {
    long last = 0;
    for (int i = 0; i < 4; i++) {
      if (dims[i] == 0) {
        return 1;
      }
      last += (dims[i] - 1) * strides[i];
    }
    return last + 1;
  }

  static String describe(ConvSpec s) {
    return s + " x " + Arrays.toString(s.xStrides()) + " y " + Arrays.toString(s.yStrides());
  }
}
