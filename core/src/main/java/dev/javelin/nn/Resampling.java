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
    };
  }

  private static Tensor take(Tensor x, int dim, int out, IntToDoubleFunction source) {
    long[] index = new long[out];
    for (int i = 0; i < out; i++) {
      index[i] = (long) source.applyAsDouble(i);
    }
    return x.indexSelect(dim, Tensor.of(index).to(x.device()));
  }
}
