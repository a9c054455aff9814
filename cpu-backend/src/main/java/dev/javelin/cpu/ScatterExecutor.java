package dev.javelin.cpu;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.ScalarOp;

/// Writes or adds at computed places, in the order of the source where places repeat.
///
/// With several threads each takes a range of the indices' values and looks at all of them:
/// whatever meets at one place is then added by one thread, in order, and the sum does not depend
/// on how many threads there are.
final class ScatterExecutor implements Executable {
  /// Bytes of the source that are worth a thread.
  private static final long GRAIN = 128L << 10;

  /// Threads share the work only where an index moves at least this many bytes: each looks at every
  /// index.
  private static final long SHORTEST_SHARED = 128;

  private static final long SHORTEST_BULK = 32;

  /// Elements added at a time, a multiple of [Loops#LANES].
  private static final long BLOCK = 1 << 20;

  private static final int SOURCE = 0;
  private static final int INDEX = 1;
  private static final int TARGET = 2;

  private final Kernel.Scatter kernel;
  private final DType type;
  private final int bytes;
  private final DType indexType;
  private final IndexCheck check;
  private final long axisStride;
  private final Axes outer;
  private final long places;
  private final int parts;

  /// Adds neighbouring elements to neighbouring elements; null where they are not, or of another
  /// type than float32.
  private final Loops.Binary adder;

  // The innermost axis.
  private final long line;
  private final long sourceStep;
  private final long indexStep;
  private final long targetStep;

  private ScatterExecutor(Kernel.Scatter kernel) {
    this.kernel = kernel;
    type = kernel.buffers().get(kernel.source().buffer());
    bytes = type.bytes();
    indexType = kernel.buffers().get(kernel.index().buffer());
    check = new IndexCheck(kernel.shape(), kernel.index().view(), indexType, kernel.axisSize());
    axisStride = kernel.axisStride() * bytes;
    Axes axes =
        Axes.inOrder(
            kernel.shape(),
            new int[] {bytes, indexType.bytes(), bytes},
            kernel.source().view(),
            kernel.index().view(),
            kernel.target().view());
    int inner = axes.rank() - 1;
    line = inner < 0 ? 1 : axes.size(inner);
    sourceStep = inner < 0 ? bytes : axes.stride(SOURCE, inner);
    indexStep = inner < 0 ? 0 : axes.stride(INDEX, inner);
    targetStep = inner < 0 ? bytes : axes.stride(TARGET, inner);
    outer = inner < 0 ? axes : axes.without(inner);
    places = outer.numel();
    adder =
        type == DType.FLOAT32 && sourceStep == bytes && targetStep == bytes
            ? Loops.preferred().binary(ScalarOp.ADD, type)
            : null;
    boolean shared = indexStep == 0 && line * bytes >= SHORTEST_SHARED && axisStride != 0;
    parts =
        shared ? (int) Math.min(kernel.axisSize(), Workers.parts(axes.numel() * bytes, GRAIN)) : 1;
  }

  static Executable of(Kernel.Scatter kernel) {
    if (kernel.shape().numel() == 0) {
      return (buffers, offsets, params) -> {};
    }
    return new ScatterExecutor(kernel);
  }

  @Override
  public void launch(DeviceBuffer[] buffers, long[] offsets, long[] params) {
    long index =
        CpuBuffer.address(buffers, offsets, kernel.index().buffer())
            + kernel.index().view().offset() * indexType.bytes();
    check.run(index);
    long source =
        CpuBuffer.address(buffers, offsets, kernel.source().buffer())
            + kernel.source().view().offset() * bytes;
    long target =
        CpuBuffer.address(buffers, offsets, kernel.target().buffer())
            + kernel.target().view().offset() * bytes;
    long size = kernel.axisSize();
    if (parts <= 1) {
      run(source, index, target, 0, size);
    } else {
      Workers.run(
          parts,
          part -> run(source, index, target, size * part / parts, size * (part + 1) / parts));
    }
  }

  /// Moves what goes to the places from `low` on and below `high`.
  private void run(long source, long index, long target, long low, long high) {
    Walk walk = new Walk(outer, 3, 0);
    for (long i = 0; i < places; i++, walk.next()) {
      long from = source + walk.distance(SOURCE);
      long to = target + walk.distance(TARGET);
      long at = index + walk.distance(INDEX);
      if (indexStep == 0) {
        long place = IndexCheck.get(indexType, at, kernel.axisSize());
        if (place >= low && place < high) {
          row(from, to + place * axisStride);
        }
      } else {
        elements(from, at, to);
      }
    }
  }

  /// One index for the whole line.
  private void row(long from, long to) {
    if (kernel.add()) {
      addLine(from, to);
    } else if (sourceStep == bytes && targetStep == bytes && line * bytes >= SHORTEST_BULK) {
      Memory.copy(from, to, line * bytes);
    } else {
      Elements.copyLine(from, sourceStep, to, targetStep, line, bytes);
    }
  }

  private void addLine(long from, long to) {
    long done = 0;
    if (adder != null) {
      int block = (int) Math.min(line - line % Loops.LANES, BLOCK);
      for (; done + block <= line && block > 0; done += block) {
        adder.run(to + done * bytes, -1, from + done * bytes, -1, to + done * bytes, block);
      }
    }
    for (; done < line; done++) {
      add(from + done * sourceStep, to + done * targetStep);
    }
  }

  private void elements(long from, long index, long to) {
    for (long i = 0; i < line; i++) {
      long place = IndexCheck.get(indexType, index + i * indexStep, kernel.axisSize());
      long source = from + i * sourceStep;
      long target = to + i * targetStep + place * axisStride;
      if (kernel.add()) {
        add(source, target);
      } else {
        Elements.copy(source, target, bytes);
      }
    }
  }

  private void add(long from, long to) {
    if (type.isFloatingPoint()) {
      Elements.putDouble(type, to, Elements.getDouble(type, to) + Elements.getDouble(type, from));
    } else {
      Elements.putLong(type, to, Elements.getLong(type, to) + Elements.getLong(type, from));
    }
  }
}
