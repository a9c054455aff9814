package dev.javelin.cpu;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/// A loop over several operations that is written once their steps have seen much work, in the
/// background, and used from when the JIT has made it faster than they are, see [Warmup].
///
/// There is one for each [LoopShape] without inputs that walk either way, and for each [RowShape], shared
/// by all kernels.
final class FusedLoop {
  private static final Map<Record, FusedLoop> ALL = new ConcurrentHashMap<>();

  /// Runs a loop on a sample.
  @FunctionalInterface
  interface Sample {
    /// Runs it.
    ///
    /// @param memory as of [Warmup.Sample]
    void run(Loop loop, long memory);
  }

  private final Supplier<Loop> writer;
  private final int operations;
  private final Warmup warmup;
  private volatile Loop loop;

  /// Whether it is used from the start.
  private boolean always;

  /// A loop that waits.
  ///
  /// @param operations how many operations it has
  /// @param steps runs the same operations as steps, on a sample
  /// @param sample runs the loop on the same sample
  private FusedLoop(Supplier<Loop> writer, int operations, Warmup.Sample steps, Sample sample) {
    this.writer = writer;
    this.operations = operations;
    this.warmup = new Warmup(Warmup.Kind.FUSED, steps, memory -> sample.run(written(), memory));
  }

  /// The loop of a shape.
  ///
  /// @param steps runs the same operations as steps, on a sample
  static FusedLoop of(LoopShape shape, Warmup.Sample steps) {
    return ALL.computeIfAbsent(
        shape,
        _ ->
            new FusedLoop(
                () -> LoopWriter.write(shape),
                shape.operations().size(),
                steps,
                (loop, memory) -> sample(shape, loop, memory)));
  }

  /// The loop over rows of a shape.
  ///
  /// @param steps runs rows as steps, on a sample
  /// @param sample runs the loop on the same rows
  static FusedLoop of(RowShape shape, Warmup.Sample steps, Sample sample) {
    return ALL.computeIfAbsent(
        shape,
        _ ->
            new FusedLoop(
                () -> RowLoopWriter.write(shape),
                shape.operations().size() + shape.folds().size(),
                steps,
                sample));
  }

  /// A loop that is used from the start; for tests.
  static FusedLoop at(Loop loop) {
    FusedLoop fused = new FusedLoop(() -> loop, 0, _ -> {}, (_, _) -> {});
    fused.loop = loop;
    fused.always = true;
    return fused;
  }

  /// The loop, or null if the steps are to be run.
  ///
  /// @param n how many elements there are to do
  Loop get(long n) {
    return always || warmup.isReady(n * operations) ? loop : null;
  }

  private Loop written() {
    if (loop == null) {
      loop = writer.get();
    }
    return loop;
  }

  private static void sample(LoopShape shape, Loop loop, long memory) {
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
