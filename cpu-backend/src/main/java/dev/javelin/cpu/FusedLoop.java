package dev.javelin.cpu;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// A loop over several operations that is written once their steps have seen much work, in the
/// background, and used from when the JIT has made it faster than they are, see [Warmup].
///
/// There is one for each shape, without inputs that walk either way, shared by all kernels.
final class FusedLoop {
  /// After how many operations on an element it is worth the JIT's time: a tenth of a second of a
  /// processor for something that saves less than half a nanosecond on each.
  private static final long MANY = 1 << 28;

  private static final Map<LoopShape, FusedLoop> ALL = new ConcurrentHashMap<>();

  private final LoopShape shape;
  private final Warmup warmup;
  private volatile Loop loop;

  /// Threads lose some of each other's counts, which does not matter.
  private long seen;

  private FusedLoop(LoopShape shape, Warmup.Sample steps) {
    this.shape = shape;
    this.warmup = new Warmup(Warmup.Kind.FUSED, steps, this::sample);
  }

  /// The loop of a shape.
  ///
  /// @param steps runs the same operations as steps, on a sample
  static FusedLoop of(LoopShape shape, Warmup.Sample steps) {
    return ALL.computeIfAbsent(shape, _ -> new FusedLoop(shape, steps));
  }

  /// A loop that is used from the start; for tests.
  static FusedLoop at(LoopShape shape) {
    FusedLoop fused = new FusedLoop(shape, _ -> {});
    fused.loop = LoopWriter.write(shape);
    fused.seen = Long.MIN_VALUE;
    return fused;
  }

  /// The loop, or null if the steps are to be run.
  ///
  /// @param n how many elements there are to do
  Loop get(int n) {
    if (seen < 0) {
      return loop;
    }
    if (seen < MANY) {
      seen += (long) n * shape.operations().size();
      return null;
    }
    return warmup.isReady() ? loop : null;
  }

  private void sample(long memory) {
    if (loop == null) {
      loop = LoopWriter.write(shape);
    }
    long[] arguments = new long[shape.arguments()];
    int i = 0;
    arguments[i++] = memory + Samples.ROOM;
    for (int input = 0; input < shape.inputs().size(); input++) {
      arguments[i++] = Samples.input(memory, input);
    }
    for (int output = 0; i < arguments.length; output++) {
      arguments[i++] = memory + Samples.OUT + output % 4 * 4L * Samples.LENGTH;
    }
    loop.run(arguments, Samples.LENGTH);
  }
}
