package dev.javelin.cpu;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;

/// Pooling of planes: finds the loop for the layout, binds the memory, and shares the rows of all
/// images among the threads.
///
/// Gradients are gathered, not scattered: each element of x sums over the windows that hold it. So
/// every element is written once, nothing is cleared first, threads never meet, and no index read
/// from memory ever becomes an address.
final class PoolExecutor implements Executable {
  /// Elements of x that are worth a thread.
  private static final long GRAIN = 32L << 10;

  /// A pooling with its memory: what the loops work on. Strides are in bytes.
  ///
  /// @param plan everything that is known when the kernel is compiled
  /// @param x the address of x's first element
  /// @param y the address of y's first element
  /// @param index the address of the first index; unused for averages
  record Bound(PoolPlan plan, long x, long y, long index) {}

  /// Computes some rows: of y forward, of x backward.
  @FunctionalInterface
  interface Loop {
    /// Runs rows `first` to `end - 1`, numbered through all images.
    void run(Bound bound, long first, long end);
  }

  private final Kernel.Pool kernel;
  private final PoolPlan plan;

  /// The loop on vectors, or null where there is none for this case.
  private final VectorPools vectors;

  private final long rows;
  private final int parts;

  /// Whether a thread has the same rows of all planes, as in [BatchSums]: what it reads is then in its own cache.
  private final boolean byRow;

  private PoolExecutor(Kernel.Pool kernel, PoolPlan plan, boolean byRow) {
    this.kernel = kernel;
    this.plan = plan;
    this.byRow = byRow;
    vectors = Loops.vectorised() ? VectorPools.of(plan) : null;
    rows = plan.n() * (plan.isBackward() ? plan.h() : plan.oh());
    parts = (int) Math.min(rows, Workers.parts(kernel.x().view().shape().numel(), GRAIN));
  }

  static Executable of(Kernel.Pool kernel) {
    Kernel.Operand target =
        switch (kernel.op()) {
          case MAX, AVERAGE -> kernel.y();
          case MAX_BACKWARD, AVERAGE_BACKWARD -> kernel.x();
        };
    if (target.view().shape().numel() == 0) {
      return (buffers, offsets, params) -> {};
    }
    PoolPlan plan = new PoolPlan(kernel);
    if (plan.isBatchLast() && !plan.isChannelsLast()) {
      // Each channel of each image is pooled by itself, so to the loops they are all the same.
      return new PoolExecutor(kernel, new PoolPlan(exchanged(kernel)), !plan.isBackward());
    }
    PoolExecutor direct = new PoolExecutor(kernel, plan, false);
    return direct.vectors == null && ImagewisePool.isWorthwhile(kernel, plan)
        ? ImagewisePool.of(kernel)
        : direct;
  }

  /// The same with images for channels and channels for images.
  private static Kernel.Pool exchanged(Kernel.Pool kernel) {
    return new Kernel.Pool(
        kernel.buffers(),
        kernel.op(),
        kernel.window(),
        exchanged(kernel.x()),
        exchanged(kernel.y()),
        exchanged(kernel.index()));
  }

  private static Kernel.Operand exchanged(Kernel.Operand operand) {
    return new Kernel.Operand(operand.buffer(), operand.view().permute(1, 0, 2, 3));
  }

  /// A pooling on the memory as it lies.
  static Executable direct(Kernel.Pool kernel) {
    return new PoolExecutor(kernel, new PoolPlan(kernel), false);
  }

  @Override
  public void launch(DeviceBuffer[] buffers, long[] offsets, long[] params) {
    Bound bound =
        new Bound(
            plan,
            CpuBuffer.address(buffers, offsets, kernel.x(), plan.bytes()),
            CpuBuffer.address(buffers, offsets, kernel.y(), plan.bytes()),
            plan.isMax()
                ? CpuBuffer.address(buffers, offsets, kernel.index(), DType.INT32.bytes())
                : 0);
    Loop loop =
        vectors != null && vectors.isReady(kernel.x().view().shape().numel())
            ? vectors.loop()
            : PlainPool::run;
    if (byRow) {
      Workers.share(
          plan.oh(),
          Math.min(plan.oh(), parts),
          (from, end) -> {
            for (long n = 0; n < plan.n(); n++) {
              loop.run(bound, n * plan.oh() + from, n * plan.oh() + end);
            }
          });
    } else {
      Workers.share(rows, parts, (from, end) -> loop.run(bound, from, end));
    }
  }
}
