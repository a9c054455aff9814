package dev.javelin.cpu;

import dev.javelin.backend.Executable;
import dev.javelin.kernels.Kernel;

/// Reads at computed places: whole rows where one index moves a row of neighbours (an embedding),
/// else single elements.
final class GatherExecutor extends PlaceExecutor {
  /// Elements that are worth a thread where each is fetched on its own, and bytes where rows are.
  private static final long GRAIN = 128L << 10;

  private final int parts;

  private GatherExecutor(Kernel.Gather kernel) {
    super(
        kernel.buffers(),
        kernel.shape(),
        kernel.source(),
        kernel.index(),
        kernel.target(),
        kernel.axisSize(),
        kernel.axisStride());
    long work = places * line * (indexStep == 0 ? bytes : 8);
    parts = (int) Math.min(places, Workers.parts(work, GRAIN));
  }

  static Executable of(Kernel.Gather kernel) {
    if (kernel.shape().numel() == 0) {
      return (buffers, offsets, params) -> {};
    }
    return new GatherExecutor(kernel);
  }

  @Override
  void run(long source, long index, long target) {
    Workers.share(places, parts, (from, end) -> run(source, index, target, from, end));
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
    if (indexStep == 0) {
      copyLine(source + IndexCheck.get(indexType, index, axisSize) * axisStride, target);
      return;
    }
    for (long i = 0; i < line; i++) {
      long place = IndexCheck.get(indexType, index + i * indexStep, axisSize);
      Elements.copy(source + i * sourceStep + place * axisStride, target + i * targetStep, bytes);
    }
  }
}
