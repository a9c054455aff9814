package dev.javelin;

import dev.javelin.backend.Backend;
import dev.javelin.engine.DeviceContext;
import dev.javelin.engine.MemoryStatistics;

/// A device tensors live on: `cpu`, `cuda:0`, `opencl:1` ... Obtained by name from [Devices].
public final class Device {
  private static final double BUDGET_SHARE = 0.8;

  private final DeviceContext context;

  Device(Backend backend) {
    this.context = new DeviceContext(backend, (long) (backend.info().memory() * BUDGET_SHARE));
    context.setFacade(this);
  }

  DeviceContext context() {
    return context;
  }

  /// The name users write, such as `cpu` or `cuda:0`.
  ///
  /// @return the name
  public String name() {
    return context.backend().info().name();
  }

  /// The kind of device: the name without its number.
  ///
  /// @return `cpu`, `cuda` or `opencl`
  public String type() {
    return context.type();
  }

  /// The hardware's and the driver's own name.
  ///
  /// @return one line
  public String description() {
    return context.backend().info().description();
  }

  /// How much memory the device has.
  ///
  /// @return the number of bytes
  public long totalMemory() {
    return context.backend().info().memory();
  }

  /// Waits until everything launched on this device has finished.
  public void synchronize() {
    context.backend().synchronize();
  }

  /// Bytes held by tensors now.
  ///
  /// @return the number of bytes, rounded up to the allocator's size classes
  public long memoryAllocated() {
    return context.statistics().allocated();
  }

  /// The most bytes held by tensors at once, since the start or [#resetPeakMemory()].
  ///
  /// @return the number of bytes
  public long maxMemoryAllocated() {
    return context.statistics().peak();
  }

  /// Bytes freed by tensors and kept for reuse.
  ///
  /// @return the number of bytes
  public long memoryCached() {
    return context.statistics().cached();
  }

  /// How many garbage collections were asked for because tensors filled the memory.
  ///
  /// @return the number since the start
  public long collections() {
    return context.statistics().collections();
  }

  /// Begins measuring [#maxMemoryAllocated()] anew.
  public void resetPeakMemory() {
    context.resetPeak();
  }

  /// Limits the memory tensors may take on this device; by default 80 % of what it has.
  ///
  /// @param bytes the most, above 0
  public void setMemoryBudget(long bytes) {
    if (bytes <= 0) {
      throw new IllegalArgumentException(
          "setMemoryBudget: expected a number of bytes above 0, got " + bytes);
    }
    context.setBudget(bytes);
  }

  /// Gives memory kept for reuse back to the system.
  public void emptyCache() {
    context.emptyCache();
  }

  /// A summary of the memory.
  ///
  /// @return one line
  public String memorySummary() {
    MemoryStatistics s = context.statistics();
    return "%s: allocated %s, cached %s, peak %s, budget %s bytes; %s allocations, %s collections"
        .formatted(
            name(),
            s.allocated(),
            s.cached(),
            s.peak(),
            s.budget(),
            s.allocations(),
            s.collections());
  }

  @Override
  public String toString() {
    return name();
  }
}
