package dev.javelin.cpu;

import dev.javelin.backend.Backend;
import dev.javelin.backend.CheckedExecutable;
import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.DeviceInfo;
import dev.javelin.backend.Executable;
import dev.javelin.backend.Extents;
import dev.javelin.backend.OutOfDeviceMemoryException;
import dev.javelin.backend.PlaneOrder;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// The device `cpu`: native memory, and an executor for each kind of kernel.
///
/// Everything runs on the calling thread and the pool of [Workers], and has finished when a launch
/// returns.
final class CpuBackend implements Backend {
  private static final System.Logger LOG = System.getLogger("dev.javelin.cpu");

  private final DeviceInfo info;
  private final AtomicLong allocated = new AtomicLong();

  CpuBackend() {
    info = new DeviceInfo("cpu", description(), Processor.memory(), true);
  }

  /// Says, in one line, what the user can add to make this device faster; nothing where all is
  /// there.
  static void logAdvice() {
    List<String> advice = advice();
    if (!advice.isEmpty()) {
      LOG.log(
          System.Logger.Level.INFO,
          "The device cpu runs slower than it could: " + String.join(" ", advice));
    }
  }

  private static String description() {
    String library = Dnnl.get().isPresent() ? "oneDNN 3.11" : "no oneDNN";
    String vectors = Loops.vectorised() ? "Vector API" : "plain Java";
    return Processor.name() + ", " + Workers.threads() + " threads, " + library + ", " + vectors;
  }

  private static List<String> advice() {
    List<String> advice = new ArrayList<>();
    if (Dnnl.get().isEmpty()) {
      advice.add(Dnnl.unavailableReason());
    }
    if (!Loops.vectorised()) {
      advice.add(
          "The module jdk.incubator.vector is not there; start Java with --add-modules"
              + " jdk.incubator.vector.");
    }
    return advice;
  }

  @Override
  public DeviceInfo info() {
    return info;
  }

  @Override
  public PlaneOrder planeOrder(DType type, Shape x, Shape w) {
    return type == DType.FLOAT32 && BatchConvolution.isPreferred(x, w)
        ? PlaneOrder.BATCH_LAST
        : PlaneOrder.CHANNELS_LAST;
  }

  @Override
  public DeviceBuffer allocate(long bytes) {
    if (bytes <= 0) {
      throw new IllegalArgumentException("a buffer has at least one byte, not " + bytes);
    }
    // More than there is would be granted, and the process killed when it is used.
    boolean fits = allocated.addAndGet(bytes) <= info.memory() && bytes <= info.memory();
    long address = fits ? NativeMemory.allocate(bytes) : 0;
    if (address == 0) {
      long rest = allocated.addAndGet(-bytes);
      throw new OutOfDeviceMemoryException(
          "cpu has no "
              + bytes
              + " bytes left: "
              + rest
              + " of its "
              + info.memory()
              + " bytes are allocated");
    }
    return new CpuBuffer(address, bytes, this);
  }

  /// Called by a buffer that gave its memory back.
  void freed(long bytes) {
    allocated.addAndGet(-bytes);
  }

  @Override
  public Executable compile(Kernel kernel) {
    Extents extents = Extents.of(kernel);
    Executable body =
        switch (kernel) {
          case Kernel.Map map -> BlockExecutor.of(map);
          case Kernel.Reduce reduce -> BlockExecutor.of(reduce);
          case Kernel.RowWise row -> BlockExecutor.of(row);
          case Kernel.Contract contract -> ContractExecutor.of(contract);
          case Kernel.Convolve convolve -> ConvolveExecutor.of(convolve);
          case Kernel.Pool pool -> PoolExecutor.of(pool);
          case Kernel.Attention attention -> AttentionExecutor.of(attention);
          case Kernel.AttentionBackward backward -> AttentionBackwardExecutor.of(backward);
          case Kernel.Gather gather -> GatherExecutor.of(gather);
          case Kernel.Scatter scatter -> ScatterExecutor.of(scatter);
          case Kernel.Random random -> RandomExecutor.of(random);
          case Kernel.Copy copy -> CopyExecutor.of(copy);
        };
    return new CheckedExecutable(kernel, extents, body);
  }

  /// A launch returns when it has finished, so there is nothing to wait for.
  @Override
  public void synchronize() {}
}
