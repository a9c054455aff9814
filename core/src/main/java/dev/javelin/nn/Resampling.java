package dev.javelin.nn;

import dev.javelin.Tensor;
import java.util.function.IntToDoubleFunction;

/// Along one dimension: means over parts of it, and sizes made larger or smaller.
final class Resampling {
  private Resampling() {}

  /// The matrix `[out, in]` whose row i holds the mean over `floor(i in / out)` up to `ceil((i + 1) in / out)`.
  static Tensor means(int in, int out) {
    double[] weights = new double[out * in];
    for (int i = 0; i < out; i++) {
      int start = Math.floorDiv(i * in, out);
      int end = Math.ceilDiv((i + 1) * in, out);
      for (int j = start; j < end; j++) {
        weights[i * in + j] = 1.0 / (end - start);
      }
    }
    return Tensor.of(weights, out, in);
  }

  /// A dimension of x, 2 or 3, at another size.
  static Tensor along(Tensor x, int dim, Upsample.Options options) {
    int in = Math.toIntExact(x.size(dim));
    int out = options.outputSize(dim - 2, in);
    double scale = options.scale(dim - 2, in, out);
    return switch (options.mode()) {
      case NEAREST -> take(x, dim, out, i -> Math.min(in - 1, Math.floor(i * scale)));
      case BILINEAR -> {
        IntToDoubleFunction source =
            options.alignCorners()
                ? i -> out == 1 ? 0 : i * (in - 1.0) / (out - 1)
                : i -> Math.min(in - 1, Math.max(0, (i + 0.5) * scale - 0.5));
        Tensor low = take(x, dim, out, i -> Math.floor(source.applyAsDouble(i)));
        Tensor high =
            take(x, dim, out, i -> Math.min(in - 1, Math.floor(source.applyAsDouble(i)) + 1));
        double[] share = new double[out];
        for (int i = 0; i < out; i++) {
          share[i] = source.applyAsDouble(i) - Math.floor(source.applyAsDouble(i));
        }
        // shares: [out] or [out, 1]
        Tensor shares = dim == 3 ? Tensor.of(share) : Tensor.of(share, out, 1);
        yield low.add(high.sub(low).mul(shares.to(x.device()).to(x.dtype())));
      }
      case BICUBIC -> cubic(x, dim, out, options.alignCorners(), scale);
    };
  }

  private static Tensor take(Tensor x, int dim, int out, IntToDoubleFunction source) {
    long[] index = new long[out];
    for (int i = 0; i < out; i++) {
      index[i] = (long) source.applyAsDouble(i);
    }
    return x.indexSelect(dim, Tensor.of(index).to(x.device()));
  }

  /// Four places around each, weighed by Keys's polynomials; beyond the edge it repeats.
  private static Tensor cubic(Tensor x, int dim, int out, boolean alignCorners, double scale) {
    long in = x.size(dim);
    double[] places = new double[out];
    for (int i = 0; i < out; i++) {
      places[i] =
          alignCorners ? (out == 1 ? 0 : i * (in - 1.0) / (out - 1)) : (i + 0.5) * scale - 0.5;
    }
    Tensor sum = null;
    for (int tap = -1; tap <= 2; tap++) {
      int offset = tap;
      double[] weights = new double[out];
      for (int i = 0; i < out; i++) {
        weights[i] = keys(Math.abs(places[i] - Math.floor(places[i]) - tap));
      }
      Tensor weight = dim == 3 ? Tensor.of(weights) : Tensor.of(weights, out, 1);
      IntToDoubleFunction source = i -> Math.clamp(Math.floor(places[i]) + offset, 0.0, in - 1.0);
      Tensor part = take(x, dim, out, source).mul(weight.to(x.device()).to(x.dtype()));
      sum = sum == null ? part : sum.add(part);
    }
    return sum;
  }

  private static double keys(double t) {
    double a = -0.75;
    return t <= 1 ? ((a + 2) * t - (a + 3)) * t * t + 1 : ((a * t - 5 * a) * t + 8 * a) * t - 4 * a;
  }
}
