package dev.javelin.cpu;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;

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

  private final PoolPlan plan;

  /// The loop on vectors, or null where there is none for this case.
  private final VectorPools vectors;

  private final long rows;
  private final int parts;

  /// Whether a thread has the same rows of all planes, as in [BatchSums]: what it reads is then in its own cache.
  private final boolean byRow;

  private PoolExecutor(PoolPlan plan, boolean byRow) {
    this.plan = plan;
    this.byRow = byRow;
    vectors = Loops.vectorised() ? VectorPools.of(plan) : null;
    rows = plan.n() * (plan.isBackward() ? plan.h() : plan.oh());
    parts = (int) Math.min(rows, Workers.parts(elements(), GRAIN));
  }

  static Executable of(Kernel.Pool kernel) {
    if (kernel.target().view().shape().numel() == 0) {
      return (buffers, offsets, params) -> {};
    }
    // Each channel of each image is pooled by itself, so to the loops they are all the same.
    boolean batchLast = isBatchLast(kernel);
    Kernel.Pool pool = batchLast ? exchanged(kernel) : kernel;
    if (ImagewisePool.isWorthwhile(pool)) {
      return ImagewisePool.of(pool);
    }
    return new PoolExecutor(new PoolPlan(pool), batchLast && !kernel.op().isBackward());
  }

  /// Whether the same pixel of all images lies side by side in all that is written or read, and not that of all channels.
  private static boolean isBatchLast(Kernel.Pool kernel) {
    return kernel.shape().size(0) > 1
        && ImagewisePool.isAdjacent(kernel, 0)
        && !ImagewisePool.isAdjacent(kernel, 1);
  }

  /// The same with images for channels and channels for images.
  private static Kernel.Pool exchanged(Kernel.Pool kernel) {
    Shape shape = kernel.shape();
    return new Kernel.Pool(
        kernel.buffers(),
        kernel.op(),
        kernel.window(),
        shape.with(0, shape.size(1)).with(1, shape.size(0)),
        new Program(kernel.body().code().stream().map(PoolExecutor::exchanged).toList()),
        kernel.value(),
        exchanged(kernel.target()),
        exchanged(kernel.index()));
  }

  private static Instr exchanged(Instr instr) {
    return switch (instr) {
      case Instr.Load(int buffer, View view, DType stored) ->
          new Instr.Load(buffer, exchanged(view), stored);
      case Instr.Iota(View view) -> new Instr.Iota(exchanged(view));
      case Instr.Const _, Instr.Param _, Instr.Result _, Instr.Apply _, Instr.Cast _ -> instr;
    };
  }

  private static Kernel.Operand exchanged(Kernel.Operand operand) {
    return new Kernel.Operand(operand.buffer(), exchanged(operand.view()));
  }

  private static View exchanged(View view) {
    return view.permute(1, 0, 2, 3);
  }

  /// A pooling on the memory as it lies.
  static Executable direct(Kernel.Pool kernel) {
    return new PoolExecutor(new PoolPlan(kernel), false);
  }

  private long elements() {
    return plan.x().view().shape().numel();
  }

  @Override
  public void launch(DeviceBuffer[] buffers, long[] offsets, long[] params) {
    Bound bound =
        new Bound(
            plan,
            CpuBuffer.address(buffers, offsets, plan.x(), plan.bytes()),
            CpuBuffer.address(buffers, offsets, plan.y(), plan.bytes()),
            plan.isMax()
                ? CpuBuffer.address(buffers, offsets, plan.index(), DType.INT32.bytes())
                : 0);
    Loop loop = vectors != null && vectors.isReady(elements()) ? vectors.loop() : PlainPool::run;
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
