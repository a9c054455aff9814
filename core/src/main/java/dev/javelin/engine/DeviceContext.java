package dev.javelin.engine;

import dev.javelin.backend.Backend;
import dev.javelin.backend.Executable;
import dev.javelin.backend.Settings;
import dev.javelin.kernels.Kernel;
import dev.javelin.ops.OpDef;
import java.util.concurrent.ConcurrentHashMap;

/// What the engine keeps for a device: its memory pool, its kernels, its plans.
public final class DeviceContext {
  private static final int KERNEL_LIMIT = 1 << 14;

  /// Waits after each launch, so that its event lasts as long as the kernel runs: for `./javelin profile`.
  private static final boolean BLOCKING = Settings.isOn("javelin.blocking", false);

  final Backend backend;
  final MemoryPool pool;
  final PlanTable plans = new PlanTable();
  private final ConcurrentHashMap<Kernel, Executable> kernels = new ConcurrentHashMap<>();
  private final String type;
  private Object facade;

  /// What each kernel is called in a recording.
  private final ConcurrentHashMap<Executable, String> labels = new ConcurrentHashMap<>();

  /// A context.
  ///
  /// @param backend the device
  /// @param budget how many bytes tensors may take
  public DeviceContext(Backend backend, long budget) {
    this.backend = backend;
    this.pool = new MemoryPool(backend, budget);
    this.type = backend.info().name().replaceFirst(":.*", "");
  }

  /// The device itself.
  ///
  /// @return the device
  public Backend backend() {
    return backend;
  }

  /// The kind of device: its name without the number.
  ///
  /// @return `cpu`, `cuda` or `opencl`
  public String type() {
    return type;
  }

  /// What users hold of this device.
  ///
  /// @return the `Device`
  public Object facade() {
    return facade;
  }

  /// Sets what users hold of this device, once.
  ///
  /// @param device the `Device`
  public void setFacade(Object device) {
    facade = device;
  }

  /// The state of the memory pool.
  ///
  /// @return the statistics
  public MemoryStatistics statistics() {
    return pool.statistics();
  }

  /// Begins measuring the peak anew.
  public void resetPeak() {
    pool.resetPeak();
  }

  /// Limits the memory of tensors.
  ///
  /// @param bytes the most they may take
  public void setBudget(long bytes) {
    pool.setBudget(bytes);
  }

  /// Gives cached memory back to the system.
  public void emptyCache() {
    pool.drain();
  }

  Executable kernel(Kernel kernel) {
    if (kernels.size() > KERNEL_LIMIT) {
      kernels.clear();
      labels.clear();
      plans.clear();
    }
    Executable known = kernels.get(kernel);
    if (known != null) {
      return known;
    }
    // Compiled outside the map's lock: compiling may take long and may launch other kernels.
    Executable compiled = backend.compile(kernel);
    Executable other = kernels.putIfAbsent(kernel, compiled);
    Executable kept = other != null ? other : compiled;
    labels.putIfAbsent(kept, KernelLabel.of(kernel));
    return kept;
  }

  /// Whether each launch must be seen by itself.
  boolean watchesLaunches() {
    return BLOCKING || Events.wantsLaunches();
  }

  /// Launches a kernel on what the context holds. The one place where ops launch, so that a recording sees all of them.
  void launch(OpDef op, Executable executable, ThreadContext context) {
    Events.Launch event = Events.launch();
    executable.launch(context.buffers, context.offsets, context.params);
    if (BLOCKING) {
      backend.synchronize();
    }
    Events.finish(event, op, executable, this);
  }

  /// What a kernel is called in events.
  String label(Executable executable) {
    return labels.get(executable);
  }

  /// How many different kernels were compiled: for tests of fusion.
  ///
  /// @return the number
  public int kernelCount() {
    return kernels.size();
  }
}
