package dev.javelin.cpu;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;

/// Reads at computed places: whole rows where one index moves a row of neighbours (an embedding),
/// else single elements.
final class GatherExecutor implements Executable {
  /// Elements that are worth a thread where each is fetched on its own, and bytes where rows are.
  private static final long GRAIN = 128L << 10;

  /// A shorter row is copied element by element.
  private static final long SHORTEST_BULK = 32;

  private static final int SOURCE = 0;
  private static final int INDEX = 1;
  private static final int TARGET = 2;

  private final Kernel.Gather kernel;
  private final int bytes;
  private final DType indexType;
  private final IndexCheck check;
  private final long axisStride;

  private final Axes outer;
  private final long places;
  private final int parts;

  // The innermost axis.
  private final long line;
  private final long sourceStep;
  private final long indexStep;
  private final long targetStep;

  private GatherExecutor(Kernel.Gather kernel) {
    this.kernel = kernel;
    bytes = kernel.buffers().get(kernel.source().buffer()).bytes();
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
    long work = axes.numel() * (indexStep == 0 ? bytes : 8);
    parts = (int) Math.min(places, Workers.parts(work, GRAIN));
  }

  static Executable of(Kernel.Gather kernel) {
    if (kernel.shape().numel() == 0) {
      return (buffers, offsets, params) -> {};
    }
    return new GatherExecutor(kernel);
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
    if (parts == 1) {
      run(source, index, target, 0, places);
    } else {
      Workers.run(
          parts,
          part -> run(source, index, target, places * part / parts, places * (part + 1) / parts));
    }
  }

  private void run(long source, long index, long target, long first, long end) {
    Walk walk = new Walk(outer, 3, first);
    for (long place = first; place < end; place++, walk.next()) {
      line(
          source + walk.distance(SOURCE),
          index + walk.distance(INDEX),
          target + walk.distance(TARGET));
    }
  }

  private void line(long source, long index, long target) {
    long size = kernel.axisSize();
    if (indexStep == 0) {
      long from = source + IndexCheck.get(indexType, index, size) * axisStride;
      if (sourceStep == bytes && targetStep == bytes && line * bytes >= SHORTEST_BULK) {
        Memory.copy(from, target, line * bytes);
      } else {
        Elements.copyLine(from, sourceStep, target, targetStep, line, bytes);
      }
      return;
    }
    for (long i = 0; i < line; i++) {
      long place = IndexCheck.get(indexType, index + i * indexStep, size);
      Elements.copy(source + i * sourceStep + place * axisStride, target + i * targetStep, bytes);
    }
  }
}
