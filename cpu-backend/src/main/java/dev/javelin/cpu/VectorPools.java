package dev.javelin.cpu;

import dev.javelin.backend.PlaneOrder;
import dev.javelin.cpu.PoolExecutor.Bound;
import dev.javelin.cpu.PoolExecutor.Loop;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Kernel.PoolOp;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.List;
import java.util.stream.Stream;

/// The poolings that have a loop on vectors, each with its warm-up. Loaded only where the Vector
/// API is there.
final class VectorPools {
  // Channels side by side.
  private static final VectorPools MAX_OF_PAIRS =
      new VectorPools(PoolOp.MAX, true, 2, VectorPool::maxOfPairs);
  private static final VectorPools MAX = new VectorPools(PoolOp.MAX, true, 3, VectorPool::max);
  private static final VectorPools MAX_BACKWARD =
      new VectorPools(PoolOp.MAX_BACKWARD, true, 3, VectorPool::maxBackward);
  private static final VectorPools MAX_BACKWARD_OF_PAIRS =
      new VectorPools(PoolOp.MAX_BACKWARD, true, 2, VectorPool::maxBackwardOfPairs);
  private static final VectorPools AVERAGE =
      new VectorPools(PoolOp.AVERAGE, true, 3, VectorPool::average);
  private static final VectorPools AVERAGE_BACKWARD =
      new VectorPools(PoolOp.AVERAGE_BACKWARD, true, 3, VectorPool::averageBackward);

  // Rows contiguous, windows of 2 by 2 side by side.
  private static final VectorPools ROWS_MAX =
      new VectorPools(PoolOp.MAX, false, 2, VectorRowPool::max);
  private static final VectorPools ROWS_MAX_BACKWARD =
      new VectorPools(PoolOp.MAX_BACKWARD, false, 2, VectorRowPool::maxBackward);

  private final Loop loop;
  private final Warmup warmup;

  private VectorPools(PoolOp op, boolean channelsLast, long kernel, Loop loop) {
    this.loop = loop;
    // Whole vectors, a rest, and both, with vectors of any size: what the compiler has seen it need
    // not compile again.
    List<PoolPlan> plans =
        Stream.of(10L, 32L, 39L)
            .map(length -> channelsLast ? Shape.of(1, length, 4, 7) : Shape.of(1, 3, 5, 2 * length))
            .map(shape -> sample(op, channelsLast, kernel, shape))
            .toList();
    this.warmup =
        new Warmup(
            memory -> run(plans, PlainPool::run, memory), memory -> run(plans, loop, memory));
  }

  private static void run(List<PoolPlan> plans, Loop loop, long memory) {
    long third = Warmup.MEMORY / 4;
    for (PoolPlan plan : plans) {
      loop.run(
          new Bound(plan, memory, memory + third, memory + 2 * third),
          0,
          plan.isBackward() ? plan.h() : plan.oh());
    }
  }

  private static PoolPlan sample(PoolOp op, boolean channelsLast, long size, Shape shape) {
    Kernel.Window window = new Kernel.Window(size, size, 2, 2, 0, 0, 1, 1, 1);
    Shape small =
        shape.with(2, window.outHeight(shape.size(2))).with(3, window.outWidth(shape.size(3)));
    View x = view(channelsLast, shape);
    View y = view(channelsLast, small);
    return new PoolPlan(
        Kernel.Pool.of(
            List.of(DType.FLOAT32, DType.FLOAT32, DType.INT32),
            op,
            window,
            new Kernel.Operand(0, x),
            new Kernel.Operand(1, y),
            new Kernel.Operand(2, y)));
  }

  private static View view(boolean channelsLast, Shape s) {
    return (channelsLast ? PlaneOrder.CHANNELS_LAST : PlaneOrder.CONTIGUOUS).of(s);
  }

  /// The loop for a pooling, or null where there is none.
  static VectorPools of(PoolPlan plan) {
    if (plan.type() != DType.FLOAT32) {
      return null;
    }
    if (plan.isChannelsLast() && plan.c() > 1) {
      return switch (plan.op()) {
        case MAX -> plan.isPairs() ? MAX_OF_PAIRS : plan.hasEmptyWindows() ? null : MAX;
        case MAX_BACKWARD -> plan.isPairs() ? MAX_BACKWARD_OF_PAIRS : MAX_BACKWARD;
        case AVERAGE -> AVERAGE;
        case AVERAGE_BACKWARD -> AVERAGE_BACKWARD;
      };
    }
    if (plan.isMax() && plan.isPairs() && plan.isRowMajor() && VectorRowPool.isUsable(plan)) {
      return plan.isBackward() ? ROWS_MAX_BACKWARD : ROWS_MAX;
    }
    return null;
  }

  /// Whether the loop is fast by now.
  ///
  /// @param work how many operations there are to do
  boolean isReady(long work) {
    return warmup.isReady(work);
  }

  /// The loop.
  Loop loop() {
    return loop;
  }
}
