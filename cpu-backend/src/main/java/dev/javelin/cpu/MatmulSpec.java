package dev.javelin.cpu;

/// The geometry of a matrix product: `c[b,m,n] = act(a[b,m,k] x b[b,k,n] + bias)`.
///
/// Strides count elements. The columns of c are adjacent. A batch stride may be 0: all products of the batch then share
/// that operand.
///
/// @param batch the number of products
/// @param m rows of a and c
/// @param n columns of b and c
/// @param k columns of a, rows of b
/// @param aBatch from one a to the next
/// @param aRow from one row of a to the next
/// @param aCol from one column of a to the next
/// @param bBatch from one b to the next
/// @param bRow from one row of b to the next
/// @param bCol from one column of b to the next
/// @param cBatch from one c to the next
/// @param cRow from one row of c to the next
/// @param bias what is added to each product, the same for the whole batch
/// @param activation what is applied last
record MatmulSpec(
    long batch,
    long m,
    long n,
    long k,
    long aBatch,
    long aRow,
    long aCol,
    long bBatch,
    long bRow,
    long bCol,
    long cBatch,
    long cRow,
    Bias bias,
    Activation activation) {

  /// What is added to a product.
  enum Bias {
    /// Nothing.
    NONE,
    /// One adjacent value per column: `n` values.
    PER_COLUMN,
    /// One adjacent value per row: `m` values.
    PER_ROW
  }

  /// The product of two contiguous matrices, either of them perhaps stored transposed.
  ///
  /// @param m rows of the result
  /// @param n columns of the result
  /// @param k the common extent
  /// @param aTransposed whether a is stored as `[k, m]`
  /// @param bTransposed whether b is stored as `[n, k]`
  /// @return the geometry, without bias and activation
  static MatmulSpec contiguous(long m, long n, long k, boolean aTransposed, boolean bTransposed) {
    return new MatmulSpec(
        1,
        m,
        n,
        k,
        m * k,
        aTransposed ? 1 : k,
        aTransposed ? m : 1,
        k * n,
        bTransposed ? 1 : n,
        bTransposed ? k : 1,
        m * n,
        n,
        Bias.NONE,
        Activation.NONE);
  }

  /// The same product in fewer dimensions and with the strides of extents of 1 made harmless: a batch whose rows
  /// follow each other evenly is one tall matrix.
  ///
  /// @return the normal form, which equal products share
  MatmulSpec normalized() {
    MatmulSpec s = this;
    if (batch > 1
        && bBatch == 0
        && bias != Bias.PER_ROW
        && (m == 1 || (aBatch == m * aRow && cBatch == m * cRow))) {
      long a = m == 1 ? aBatch : aRow;
      long c = m == 1 ? cBatch : cRow;
      s = new MatmulSpec(1, batch * m, n, k, 0, a, aCol, 0, bRow, bCol, 0, c, bias, activation);
    }
    boolean one = s.batch == 1;
    // A stride that is never used becomes what a contiguous matrix would have.
    long aCol = s.k == 1 ? 1 : s.aCol;
    long aRow = s.m == 1 ? (aCol == 1 ? s.k : 1) : s.aRow;
    long bCol = s.n == 1 ? (s.bRow == 1 ? s.k : 1) : s.bCol;
    long bRow = s.k == 1 ? (bCol == 1 ? s.n : 1) : s.bRow;
    return new MatmulSpec(
        s.batch,
        s.m,
        s.n,
        s.k,
        one ? 0 : s.aBatch,
        aRow,
        aCol,
        one ? 0 : s.bBatch,
        bRow,
        bCol,
        one ? 0 : s.cBatch,
        s.m == 1 ? s.n : s.cRow,
        s.bias,
        s.activation);
  }

  /// The extents of the tiles that one product is divided into: as even and as square as possible, and multiples of
  /// what inner loops take at once.
  ///
  /// @param parts how many tiles there should be at most, but for rounding
  /// @return rows and columns of a tile
  long[] tile(long parts) {
    long[] tile = {m, n};
    double best = Double.MAX_VALUE;
    for (long rows = 1; rows <= parts; rows++) {
      long columns = parts / rows;
      long tileM = Math.min(m, roundUp((m + rows - 1) / rows, 8));
      long tileN = Math.min(n, roundUp((n + columns - 1) / columns, 16));
      // Each tile packs its operands anew, which costs as much as some multiplications.
      double cost = (double) tileM * tileN + 8.0 * (tileM + tileN);
      if (cost < best) {
        best = cost;
        tile[0] = tileM;
        tile[1] = tileN;
      }
    }
    return tile;
  }

  private static long roundUp(long x, long multiple) {
    return (x + multiple - 1) / multiple * multiple;
  }

  /// The number of floating-point operations.
  ///
  /// @return a product and a sum for each term
  long flops() {
    return 2 * batch * m * n * k;
  }
}
