package dev.javelin.cpu;

import dev.javelin.cpu.MatmulSpec.Bias;
import dev.javelin.kernels.DType;

/// A matrix product in Java: what runs where oneDNN is missing, for the types it does not have, and for operands that do
/// not lie as it likes. Divides the results into tiles, which [Workers] runs.
final class JavaMatmul implements Matmul {
  /// Operations worth a thread.
  private static final long GRAIN = 200_000;

  private final MatmulSpec spec;
  private final Gemm gemm;
  private final int bytes;
  private final int parts;
  private final long tileM;
  private final long tileN;
  private final long across;
  private final long tiles;

  private JavaMatmul(MatmulSpec spec, DType type, Gemm gemm) {
    this.spec = spec;
    this.gemm = gemm;
    this.bytes = type.bytes();
    long worth = Workers.parts(spec.flops(), GRAIN);
    long[] tile = spec.tile(spec.batch() == 0 ? 1 : (worth + spec.batch() - 1) / spec.batch());
    this.tileM = tile[0];
    this.tileN = tile[1];
    boolean empty = spec.batch() == 0 || spec.m() == 0 || spec.n() == 0;
    this.across = empty ? 1 : (spec.n() + tileN - 1) / tileN;
    this.tiles = empty ? 0 : spec.batch() * across * ((spec.m() + tileM - 1) / tileM);
    this.parts = (int) Math.min(tiles, worth);
  }

  /// Prepares a product.
  ///
  /// @param spec its geometry; any strides, and any extent may be 0
  /// @param type the type of all elements: float32, float64, int32 or int64
  /// @return the product
  static Matmul of(MatmulSpec spec, DType type) {
    return new JavaMatmul(spec.normalized(), type, Gemm.of(type));
  }

  /// The same without the Vector API.
  static Matmul scalar(MatmulSpec spec, DType type) {
    return new JavaMatmul(spec.normalized(), type, Gemm.scalar(type));
  }

  @Override
  public void run(long a, long b, long bias, long c) {
    Workers.share(tiles, parts, (from, end) -> run(from, end, a, b, bias, c));
  }

  private void run(long from, long to, long a, long b, long bias, long c) {
    MatmulSpec s = spec;
    long perMatrix = s.batch() == 0 ? 1 : tiles / s.batch();
    for (long tile = from; tile < to; tile++) {
      long matrix = tile / perMatrix;
      long i = tile % perMatrix / across * tileM;
      long j = tile % across * tileN;
      long m = Math.min(tileM, s.m() - i);
      long n = Math.min(tileN, s.n() - j);
      long at = a + bytes * (matrix * s.aBatch() + i * s.aRow());
      long bt = b + bytes * (matrix * s.bBatch() + j * s.bCol());
      long ct = c + bytes * (matrix * s.cBatch() + i * s.cRow() + j);
      gemm.multiply(
          m, n, s.k(), at, s.aRow(), s.aCol(), bt, s.bRow(), s.bCol(), ct, s.cRow(), false);
      if (s.bias() != Bias.NONE || s.activation() != Activation.NONE) {
        long biasAt = bias + bytes * (s.bias() == Bias.PER_ROW ? i : j);
        gemm.finish(m, n, ct, s.cRow(), s.bias(), biasAt, s.activation());
      }
    }
  }
}
