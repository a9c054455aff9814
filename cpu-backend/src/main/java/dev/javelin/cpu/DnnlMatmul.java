package dev.javelin.cpu;

import dev.javelin.cpu.MatmulSpec.Bias;
import dev.javelin.kernels.DType;
import java.util.ArrayList;
import java.util.List;

/// A float32 matrix product on oneDNN: divides the result into tiles, which [Workers] runs, each on one thread.
///
/// Of oneDNN's two ways the faster is taken for each case, as measured on Zen 4 and Zen 5: `dnnl_sgemm` where b is
/// not transposed (it also has the smaller overhead and needs no compilation), the compiled matmul primitive otherwise.
/// The primitive adds the bias of the columns itself; everything else is applied to a tile while it is in the cache. That
/// includes relu, because oneDNN's own turns NaN into 0.
final class DnnlMatmul implements Matmul {
  /// Operations worth a thread: some 2 us on one processor, against 0.1 us for a worker that is awake.
  private static final long GRAIN = 200_000;

  /// From this size on a tile is worth more than one part per thread, so that a thread that is held up by another
  /// process does not hold up the product.
  private static final long LARGE = 50_000_000;

  private static final long FEW_TERMS = 64;

  private static final int[] ARGUMENTS = {DnnlApi.SRC, DnnlApi.WEIGHTS, DnnlApi.DST};
  private static final int[] ARGUMENTS_BIAS = {
    DnnlApi.SRC, DnnlApi.WEIGHTS, DnnlApi.DST, DnnlApi.BIAS
  };

  /// A part of the result, or several products of a batch. Offsets count bytes. Without a primitive it is an sgemm.
  private record Tile(
      DnnlPrimitive primitive, long batch, long m, long n, long a, long b, long bias, long c) {}

  private static final Gemm JAVA = Gemm.of(DType.FLOAT32);

  private final MatmulSpec spec;
  private final Tile[] tiles;

  /// The bias that the tiles leave to us.
  private final Bias left;

  private final boolean aTransposed;
  private final boolean bTransposed;
  private final long lda;
  private final long ldb;

  private DnnlMatmul(MatmulSpec spec, List<Tile> tiles) {
    this.spec = spec;
    this.tiles = tiles.toArray(Tile[]::new);
    boolean added = this.tiles[0].primitive != null && spec.bias() == Bias.PER_COLUMN;
    this.left = added ? Bias.NONE : spec.bias();
    this.aTransposed = spec.aCol() != 1;
    this.bTransposed = spec.bCol() != 1;
    this.lda = aTransposed ? spec.aCol() : spec.aRow();
    this.ldb = bTransposed ? spec.bCol() : spec.bRow();
  }

  /// Whether oneDNN can take the operands where they lie: in each matrix either the rows or the columns are adjacent,
  /// and neither overlap.
  static boolean supports(MatmulSpec s) {
    boolean a = (s.aCol() == 1 && s.aRow() >= s.k()) || (s.aRow() == 1 && s.aCol() >= s.m());
    boolean b = (s.bCol() == 1 && s.bRow() >= s.n()) || (s.bRow() == 1 && s.bCol() >= s.k());
    return a && b && s.cRow() >= s.n();
  }

  /// Prepares a product.
  ///
  /// @param s a normalized geometry without zeros that [#supports] accepts
  /// @return the product, or null where oneDNN has no fast implementation
  static DnnlMatmul of(MatmulSpec s) {
    long parts = Workers.parts(s.flops(), GRAIN);
    if (parts > 1 && s.flops() / (2 * parts) >= LARGE) {
      parts *= 2;
    }
    List<Tile> tiles = new ArrayList<>();
    // With few terms a pass over c for the bias alone would count.
    boolean onlyBias = s.bias() == Bias.PER_COLUMN && s.activation() == Activation.NONE;
    boolean sgemm = s.bCol() == 1 && !(onlyBias && s.k() < FEW_TERMS);
    // A few large matrices are better cut than dealt out unevenly.
    boolean uneven =
        s.batch() % parts != 0 && s.batch() < 4 * parts && s.flops() / (s.batch() * parts) >= GRAIN;
    if (s.batch() >= parts && s.batch() > 1 && !uneven && regular(s)) {
      // A slice of the batch for each part, one primitive for the slice.
      for (long part = 0, from = 0; part < parts; part++) {
        long to = s.batch() * (part + 1) / parts;
        DnnlPrimitive primitive = primitive(s, to - from, s.m(), s.n());
        if (primitive == null) {
          return null;
        }
        tiles.add(
            new Tile(
                primitive,
                to - from,
                s.m(),
                s.n(),
                4 * from * s.aBatch(),
                4 * from * s.bBatch(),
                0,
                4 * from * s.cBatch()));
        from = to;
      }
      return new DnnlMatmul(s, tiles);
    }
    long perMatrix = uneven ? parts : (parts + s.batch() - 1) / s.batch();
    long[] block = s.tile(perMatrix);
    for (long i = 0; i < s.m(); i += block[0]) {
      for (long j = 0; j < s.n(); j += block[1]) {
        long m = Math.min(block[0], s.m() - i);
        long n = Math.min(block[1], s.n() - j);
        DnnlPrimitive primitive = sgemm ? null : primitive(s, 1, m, n);
        if (!sgemm && primitive == null) {
          return null;
        }
        for (long p = 0; p < s.batch(); p++) {
          long a = 4 * (p * s.aBatch() + i * s.aRow());
          long b = 4 * (p * s.bBatch() + j * s.bCol());
          long bias = 4 * (s.bias() == Bias.PER_ROW ? i : j);
          tiles.add(
              new Tile(primitive, 1, m, n, a, b, bias, 4 * (p * s.cBatch() + i * s.cRow() + j)));
        }
      }
    }
    return new DnnlMatmul(s, tiles);
  }

  /// Whether the matrices of the batch do not overlap, so that one description covers them all.
  private static boolean regular(MatmulSpec s) {
    // Of two shared operands the products would all be one, which oneDNN does not take for a batch.
    return (s.aBatch() != 0 || s.bBatch() != 0)
        && separate(s.batch(), s.aBatch(), s.aRow(), s.m(), s.aCol(), s.k())
        && separate(s.batch(), s.bBatch(), s.bRow(), s.k(), s.bCol(), s.n())
        && s.cBatch() > 0
        && separate(s.batch(), s.cBatch(), s.cRow(), s.m(), 1, s.n());
  }

  private static boolean separate(
      long batch, long stride, long row, long rows, long col, long cols) {
    boolean outside = stride >= Math.max(row * rows, col * cols);
    // Such as the heads of an attention, which lie side by side in each row.
    boolean between = stride >= (col == 1 ? cols : rows) && stride * batch <= Math.max(row, col);
    return stride == 0 || outside || between;
  }

  private static DnnlPrimitive primitive(MatmulSpec s, long batch, long m, long n) {
    boolean flat = batch == 1;
    long a = s.aBatch() == 0 ? 1 : batch;
    long b = s.bBatch() == 0 ? 1 : batch;
    DnnlDesc src = desc(flat, a, m, s.k(), s.aBatch(), s.aRow(), s.aCol());
    DnnlDesc weights = desc(flat, b, s.k(), n, s.bBatch(), s.bRow(), s.bCol());
    DnnlDesc dst = desc(flat, batch, m, n, s.cBatch(), s.cRow(), 1);
    DnnlDesc bias =
        s.bias() != Bias.PER_COLUMN ? null : flat ? DnnlDesc.dense(1, n) : DnnlDesc.dense(1, 1, n);
    DnnlDesc[] descs =
        bias == null
            ? new DnnlDesc[] {src, weights, dst}
            : new DnnlDesc[] {src, weights, dst, bias};
    long attributes = DnnlApi.attributes(false);
    try {
      long description =
          DnnlApi.matmul(
              src.handle(),
              weights.handle(),
              bias == null ? 0 : bias.handle(),
              dst.handle(),
              attributes);
      DnnlPrimitive primitive =
          DnnlPrimitive.of(description, bias == null ? ARGUMENTS : ARGUMENTS_BIAS, descs);
      // The reference implementation is a plain loop in C, far slower than ours.
      return primitive == null || primitive.implementation().startsWith("ref") ? null : primitive;
    } finally {
      DnnlApi.destroyAttributes(attributes);
    }
  }

  private static DnnlDesc desc(
      boolean flat, long batch, long rows, long cols, long bs, long rs, long cs) {
    if (flat) {
      return DnnlDesc.of(new long[] {rows, cols}, new long[] {rs, cs});
    }
    // A shared operand has an extent of 1 here, and then any stride will do.
    long stride = bs == 0 ? Math.max(rows * rs, cols * cs) : bs;
    return DnnlDesc.of(new long[] {batch, rows, cols}, new long[] {stride, rs, cs});
  }

  @Override
  public void run(long a, long b, long bias, long c) {
    if (tiles.length == 1) {
      run(tiles[0], a, b, bias, c);
    } else {
      Workers.run(tiles.length, part -> run(tiles[part], a, b, bias, c));
    }
  }

  private void run(Tile t, long a, long b, long bias, long c) {
    if (t.primitive == null) {
      DnnlApi.sgemm(
          aTransposed,
          bTransposed,
          t.m,
          t.n,
          spec.k(),
          a + t.a,
          lda,
          b + t.b,
          ldb,
          c + t.c,
          spec.cRow(),
          false);
    } else {
      t.primitive.run(a + t.a, b + t.b, c + t.c, bias + t.bias);
    }
    if (left != Bias.NONE || spec.activation() != Activation.NONE) {
      for (long i = 0; i < t.batch; i++) {
        long matrix = c + t.c + 4 * i * spec.cBatch();
        JAVA.finish(t.m, t.n, matrix, spec.cRow(), left, bias + t.bias, spec.activation());
      }
    }
  }

  /// Which of oneDNN's implementations runs, for tests and reports.
  String implementation() {
    return tiles[0].primitive == null ? "sgemm" : tiles[0].primitive.implementation();
  }
}
