package dev.javelin.cpu;

import dev.javelin.kernels.DType;
import java.util.Optional;

/// A product of two small matrices inside a larger loop: on the calling thread alone, `c = a b` or `c += a b`.
///
/// On oneDNN `dnnl_sgemm`, which can add and needs no preparation, and where b is transposed the prepared primitive, which is faster
/// there; in Java everything else.
final class BlockProduct {
  private final long m;
  private final long n;
  private final long k;
  private final long aRow;
  private final long aCol;
  private final long bRow;
  private final long bCol;
  private final long cRow;
  private final Gemm java;
  private final boolean sgemm;
  private final Matmul prepared;

  /// A product.
  ///
  /// @param s its geometry in normal form: no batch, no bias, no activation
  /// @param type the type of all elements, float32 or float64
  private BlockProduct(MatmulSpec s, DType type) {
    m = s.m();
    n = s.n();
    k = s.k();
    aRow = s.aRow();
    aCol = s.aCol();
    bRow = s.bRow();
    bCol = s.bCol();
    cRow = s.cRow();
    java = Gemm.of(type);
    Optional<Dnnl> library = type == DType.FLOAT32 && m * n * k > 0 ? Dnnl.get() : Optional.empty();
    sgemm = library.isPresent() && bCol == 1 && DnnlMatmul.supports(s);
    prepared = sgemm || bCol == 1 ? null : library.flatMap(dnnl -> dnnl.matmul(s)).orElse(null);
  }

  /// A product of matrices whose rows, or those of their transposes, are contiguous.
  ///
  /// @param aRow from one row of a to the next, or where it is transposed, of what is stored
  /// @param bRow the same for b
  /// @return the product, with the rows of c side by side
  static BlockProduct of(
      DType type,
      long m,
      long n,
      long k,
      boolean aTransposed,
      long aRow,
      boolean bTransposed,
      long bRow) {
    return new BlockProduct(
        new MatmulSpec(
                1,
                m,
                n,
                k,
                0,
                aTransposed ? 1 : aRow,
                aTransposed ? aRow : 1,
                0,
                bTransposed ? 1 : bRow,
                bTransposed ? bRow : 1,
                0,
                n,
                MatmulSpec.Bias.NONE,
                Activation.NONE)
            .normalized(),
        type);
  }

  /// Computes it.
  ///
  /// @param a the address of a's first element
  /// @param b that of b's
  /// @param c that of c's
  /// @param add whether to add to what is there
  void run(long a, long b, long c, boolean add) {
    if (sgemm) {
      boolean transposed = aCol != 1;
      DnnlApi.sgemm(transposed, false, m, n, k, a, transposed ? aCol : aRow, b, bRow, c, cRow, add);
    } else if (prepared != null && !add) {
      prepared.run(a, b, 0, c);
    } else {
      java.multiply(m, n, k, a, aRow, aCol, b, bRow, bCol, c, cRow, add);
    }
  }
}
