package dev.javelin.cpu;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.kernels.Kernel;

/// Copies between any two layouts: in bulk where both lie row by row, in tiles where rows of one
/// are columns of the other, else line by line.
final class CopyExecutor implements Executable {
  /// Bytes that are worth a thread: some 10 us of copying.
  private static final long GRAIN = 256L << 10;

  /// A line longer than this is cut, so that few long lines can be shared by many threads.
  private static final long LONGEST_LINE = 1L << 20;

  /// Shorter lines than this are not worth a bulk copy.
  private static final long SHORTEST_BULK = 64;

  /// How many elements the tiles of a thread have at least.
  private static final long TILE_SIZE = 1024;

  /// Copies of so many elements are worth starting the loop on vectors for.
  private static final long WORTHWHILE = 4096;

  private static final int SOURCE = 1;
  private static final int TARGET = 0;

  private final Kernel.Operand source;
  private final Kernel.Operand target;
  private final int bytes;
  private final Axes outer;

  // The innermost axis, along which the target steps least.
  private final long line;
  private final long sourceStep;
  private final long targetStep;

  // With tiles: the axis along which the source is adjacent. 0 where there are no tiles.
  private final long rows;
  private final long rowStep;

  /// Whether tiles may have a loop on vectors.
  private final boolean vectorised;

  private final long items;
  private final long chunk;
  private final int parts;

  private CopyExecutor(Kernel.Copy kernel) {
    source = kernel.source();
    target = kernel.target();
    bytes = kernel.buffers().get(source.buffer()).bytes();
    Axes axes =
        Axes.sorted(target.view().shape(), new int[] {bytes, bytes}, target.view(), source.view());
    int inner = axes.rank() - 1;
    line = inner < 0 ? 1 : axes.size(inner);
    sourceStep = inner < 0 ? bytes : axes.stride(SOURCE, inner);
    targetStep = inner < 0 ? bytes : axes.stride(TARGET, inner);
    Axes rest = inner < 0 ? axes : axes.without(inner);
    int row = tileAxis(rest);
    rows = row < 0 ? 0 : rest.size(row);
    rowStep = row < 0 ? 0 : rest.stride(TARGET, row);
    outer = row < 0 ? rest : rest.without(row);
    vectorised = rows > 0 && bytes == 4 && axes.numel() >= WORTHWHILE;
    long longest = LONGEST_LINE / bytes;
    chunk =
        rows > 0
            ? Math.max(
                Transposition.TILE, TILE_SIZE / line / Transposition.TILE * Transposition.TILE)
            : Math.min(line, longest);
    items = outer.numel() * ceilDiv(rows > 0 ? rows : line, chunk);
    parts = (int) Math.min(items, Workers.parts(axes.numel() * bytes, GRAIN));
  }

  /// The axis along which the source is adjacent, where the target is adjacent along another; -1 if
  /// lines do.
  private int tileAxis(Axes rest) {
    if (targetStep != bytes || sourceStep == bytes) {
      return -1;
    }
    for (int axis = 0; axis < rest.rank(); axis++) {
      if (rest.stride(SOURCE, axis) == bytes && rest.size(axis) >= 4) {
        return axis;
      }
    }
    return -1;
  }

  static Executable of(Kernel.Copy kernel) {
    if (kernel.target().view().shape().numel() == 0) {
      return (buffers, offsets, params) -> {};
    }
    return new CopyExecutor(kernel);
  }

  @Override
  public void launch(DeviceBuffer[] buffers, long[] offsets, long[] params) {
    long from = CpuBuffer.address(buffers, offsets, source, bytes);
    long to = CpuBuffer.address(buffers, offsets, target, bytes);
    if (items == 1 && rows == 0) {
      line(from, to, line);
    } else {
      Workers.share(items, parts, (first, end) -> run(from, to, first, end));
    }
  }

  private void run(long from, long to, long first, long end) {
    boolean vectors = vectorised && Transposition.isReady((end - first) * chunk * line);
    long perPlace = items / outer.numel();
    Walk walk = new Walk(outer, 2, first / perPlace);
    long within = first % perPlace;
    for (long item = first; item < end; item++) {
      long start = within * chunk;
      long source = from + walk.distance(SOURCE);
      long target = to + walk.distance(TARGET);
      if (rows > 0) {
        Transposition.run(
            source + start * bytes,
            sourceStep,
            target + start * rowStep,
            rowStep,
            Math.min(chunk, rows - start),
            line,
            bytes,
            vectors);
      } else {
        line(
            source + start * sourceStep,
            target + start * targetStep,
            Math.min(chunk, line - start));
      }
      if (++within == perPlace) {
        within = 0;
        walk.next();
      }
    }
  }

  private void line(long from, long to, long count) {
    if (sourceStep == bytes && targetStep == bytes && count * bytes >= SHORTEST_BULK) {
      Memory.copy(from, to, count * bytes);
    } else {
      Elements.copyLine(from, sourceStep, to, targetStep, count, bytes);
    }
  }

  private static long ceilDiv(long a, long b) {
    return (a + b - 1) / b;
  }
}
