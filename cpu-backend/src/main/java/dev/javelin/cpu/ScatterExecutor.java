package dev.javelin.cpu;

import dev.javelin.backend.Executable;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.ScalarOp;

/// Writes or adds at computed places, in the order of the source where places repeat.
///
/// With several threads each takes a range of the indices' values and looks at all of them:
/// whatever meets at one place is then added by one thread, in order, and the sum does not depend
/// on how many threads there are.
final class ScatterExecutor extends PlaceExecutor {
  /// Bytes of the source that are worth a thread.
  private static final long GRAIN = 128L << 10;

  /// Threads share the work only where an index moves at least this many bytes: each looks at every
  /// index.
  private static final long SHORTEST_SHARED = 128;

  /// Elements added at a time, a multiple of [Loops#LANES].
  private static final long BLOCK = 1 << 20;

  private final boolean add;
  private final int parts;

  /// Adds neighbouring elements to neighbouring elements; null where they are not, or of another
  /// type than float32.
  private final Loops.Binary adder;

  private ScatterExecutor(Kernel.Scatter kernel) {
    super(
        kernel.buffers(),
        kernel.shape(),
        kernel.source(),
        kernel.index(),
        kernel.target(),
        kernel.axisSize(),
        kernel.axisStride());
    add = kernel.add();
    adder =
        type == DType.FLOAT32 && sourceStep == bytes && targetStep == bytes
            ? Loops.preferred().binary(ScalarOp.ADD, type)
            : null;
    boolean shared = indexStep == 0 && line * bytes >= SHORTEST_SHARED && axisStride != 0;
    long work = places * line * bytes;
    parts = shared ? (int) Math.min(axisSize, Workers.parts(work, GRAIN)) : 1;
  }

  static Executable of(Kernel.Scatter kernel) {
    if (kernel.shape().numel() == 0) {
      return (buffers, offsets, params) -> {};
    }
    return new ScatterExecutor(kernel);
  }

  @Override
  void run(long source, long index, long target) {
    Workers.share(axisSize, parts, (low, high) -> run(source, index, target, low, high));
  }

  /// Moves what goes to the places from `low` on and below `high`.
  private void run(long source, long index, long target, long low, long high) {
    Walk walk = new Walk(outer, 3, 0);
    for (long i = 0; i < places; i++, walk.next()) {
      long from = source + walk.distance(SOURCE);
      long to = target + walk.distance(TARGET);
      long at = index + walk.distance(INDEX);
      if (indexStep == 0) {
        long place = IndexCheck.get(indexType, at, axisSize);
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
    if (add) {
      addLine(from, to);
    } else {
      copyLine(from, to);
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
      long place = IndexCheck.get(indexType, index + i * indexStep, axisSize);
      long source = from + i * sourceStep;
      long target = to + i * targetStep + place * axisStride;
      if (add) {
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
