package dev.javelin.cpu;

/// The gradient of the weights of a [BatchConvolution].
///
/// Each thread has some of the weights to itself and sums over all images and pixels, so the order of a sum does not
/// depend on the number of threads.
final class BatchProducts implements Conv {
  private static final boolean MANY = FunctionCopier.REGISTERS == 32;

  /// The sums of a tile: with what they are of, what the JIT keeps in registers.
  private static final int MOST_SUMS = MANY ? 20 : 9;

  private static final int MOST_ROWS = 8;
  private static final int MOST_COLUMNS = MANY ? 5 : 4;

  private final ConvSpec s;

  /// Strides in bytes.
  private final long[] y;

  private final long[] w;

  /// Strides in bytes of x as the loops find it.
  private final long[] x;

  /// Whether x is copied into a frame of zeros.
  private final boolean padded;

  /// Where the tiles of channels of y begin, and the end.
  private final int[] rows;

  /// The rows of the weights in a tile: all, so that y need not be read again for each, if they fit; else one.
  private final int groups;

  /// Where the tiles of columns of the weights begin, and the end.
  private final int[] columns;

  /// For each tile of channels of y and each of columns.
  private final Loop[][] loops;

  BatchProducts(ConvSpec s) {
    this.s = s;
    padded = s.padW() > 0 || s.padH() > 0;
    y = BatchConvolution.bytes(s.yStrides());
    w = BatchConvolution.bytes(s.wStrides());
    x =
        BatchConvolution.bytes(
            padded
                ? new long[] {1, height() * width() * s.n(), width() * s.n(), s.n()}
                : s.xStrides());
    columns = BatchConvolution.divide(s.kw(), MOST_COLUMNS);
    int widest = Math.ceilDiv((int) s.kw(), columns.length - 1);
    groups = 2 * s.kh() * widest <= MOST_SUMS ? (int) s.kh() : 1;
    rows = BatchConvolution.divide(s.o(), Math.min(MOST_ROWS, MOST_SUMS / (groups * widest)));
    // Of a single column the distance to the next means nothing, and may be any.
    int step = s.kw() == 1 ? 0 : Math.toIntExact(s.dilationW() * x[3]);
    loops = new Loop[rows.length - 1][columns.length - 1];
    for (int row = 0; row < loops.length; row++) {
      for (int column = 0; column < columns.length - 1; column++) {
        loops[row][column] =
            TileWriter.of(
                new TileWriter.Products(
                    rows[row + 1] - rows[row],
                    groups,
                    columns[column + 1] - columns[column],
                    step));
      }
    }
  }

  // The size of x with its padding.

  private long width() {
    return s.w() + 2 * s.padW();
  }

  private long height() {
    return s.h() + 2 * s.padH();
  }

  @Override
  public void run(long x, long w, long bias, long y) {
    if (!padded) {
      products(x, w, y);
      return;
    }
    Scratch scratch = Scratch.borrow();
    try {
      long copy = scratch.reserve(this.x[1] * s.c());
      pad(x, copy);
      products(copy, w, y);
    } finally {
      scratch.giveBack();
    }
  }

  private int parts() {
    return Workers.parts(s.flops(), BatchConvolution.GRAIN);
  }

  private void pad(long from, long to) {
    long[] strides = BatchConvolution.bytes(s.xStrides());
    long border = s.padW() * x[3];
    Workers.share(
        s.c() * height(),
        (int) Math.min(s.c() * height(), parts()),
        (first, end) -> {
          for (long line = first; line < end; line++) {
            long target = to + line * x[2];
            long row = line % height() - s.padH();
            if (row < 0 || row >= s.h()) {
              Memory.clear(target, x[2]);
              continue;
            }
            long source = from + line / height() * strides[1] + row * strides[2];
            Memory.clear(target, border);
            for (long column = 0; column < s.w(); column++) {
              Memory.copy(source + column * strides[3], target + border + column * x[3], x[3]);
            }
            Memory.clear(target + x[2] - border, border);
          }
        });
  }

  private void products(long x, long w, long y) {
    long across = columns.length - 1L;
    long down = s.kh() / groups;
    long units = (rows.length - 1) * s.c() * down * across;
    Workers.share(
        units,
        (int) Math.min(units, parts()),
        (first, end) -> {
          Scratch scratch = Scratch.borrow();
          try {
            long sums = scratch.reserve(MOST_SUMS * VectorLoops.BYTES);
            for (long unit = first; unit < end; unit++) {
              int row = (int) (unit / across / down / s.c());
              long c = unit / across / down % s.c();
              long i = unit / across % down * groups;
              tile(row, c, i, (int) (unit % across), x, w, y, sums);
            }
          } finally {
            scratch.giveBack();
          }
        });
  }

  private void tile(int row, long c, long i, int column, long xAt, long wAt, long yAt, long sums) {
    long[] arguments = Frame.current().arguments;
    arguments[0] = yAt + rows[row] * y[1];
    arguments[1] =
        xAt + c * x[1] + i * s.dilationH() * x[2] + columns[column] * s.dilationW() * x[3];
    arguments[2] = sums;
    nest(arguments, 0, s.oh(), y[2], s.strideH() * x[2]);
    boolean dense = s.strideW() == 1 && x[3] == 4 * s.n() && y[3] == 4 * s.n();
    long pixels = dense ? 1 : s.ow();
    long vectors = s.n() * (dense ? s.ow() : 1) / VectorLoops.W;
    nest(arguments, 1, pixels, y[3], s.strideW() * x[3]);
    nest(arguments, 2, vectors, VectorLoops.BYTES, VectorLoops.BYTES);
    int next = TileWriter.NEST + 3 * TileWriter.LOOPS;
    for (int o = rows[row]; o < rows[row + 1]; o++) {
      arguments[next++] = (o - rows[row]) * y[1];
    }
    for (int group = 0; group < groups; group++) {
      arguments[next++] = group * s.dilationH() * x[2];
    }
    loops[row][column].run(arguments, 1);
    long at = sums;
    for (int o = rows[row]; o < rows[row + 1]; o++) {
      for (int group = 0; group < groups; group++) {
        for (int j = columns[column]; j < columns[column + 1]; j++) {
          Memory.putFloat(wAt + o * w[0] + c * w[1] + (i + group) * w[2] + j * w[3], sum(at));
          at += VectorLoops.BYTES;
        }
      }
    }
  }

  /// Describes one of the loops of a tile.
  ///
  /// @param loop its number, 0 for the outermost
  private static void nest(long[] arguments, int loop, long count, long yStep, long xStep) {
    int at = TileWriter.NEST + 3 * loop;
    arguments[at] = count;
    arguments[at + 1] = yStep;
    arguments[at + 2] = xStep;
  }

  /// The sum of the lanes of a vector in memory. Four at a time, because an addition waits for the one before.
  private static float sum(long at) {
    float s0 = 0;
    float s1 = 0;
    float s2 = 0;
    float s3 = 0;
    for (int lane = 0; lane < VectorLoops.W; lane += 4) {
      s0 += Memory.getFloat(at + 4L * lane);
      s1 += Memory.getFloat(at + 4L * lane + 4);
      s2 += Memory.getFloat(at + 4L * lane + 8);
      s3 += Memory.getFloat(at + 4L * lane + 12);
    }
    return s0 + s1 + (s2 + s3);
  }
}
