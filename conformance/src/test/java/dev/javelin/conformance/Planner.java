package dev.javelin.conformance;

import dev.javelin.backend.Backend;
import dev.javelin.backend.BackendProvider;
import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.DeviceInfo;
import dev.javelin.backend.Executable;
import dev.javelin.kernels.Kernel;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The device `planner`: remembers which kernels it is given and computes nothing, so that sizes may be those of real work.
public final class Planner implements BackendProvider {
  private static final Device DEVICE = new Device();

  private record Buffer(long bytes) implements DeviceBuffer {
    @Override
    public void write(long offset, MemorySegment source) {}

    @Override
    public void read(long offset, MemorySegment target) {
      target.fill((byte) 0);
    }

    @Override
    public void free() {}
  }

  private static final class Device implements Backend {
    private final Set<Kernel> kernels = new LinkedHashSet<>();

    @Override
    public DeviceInfo info() {
      return new DeviceInfo("planner", "plans only", 1L << 40, false);
    }

    @Override
    public DeviceBuffer allocate(long bytes) {
      return new Buffer(bytes);
    }

    @Override
    public synchronized Executable compile(Kernel kernel) {
      kernels.add(kernel);
      return (buffers, offsets, params) -> {};
    }

    @Override
    public void synchronize() {}

    private synchronized List<Kernel> kernels() {
      return List.copyOf(kernels);
    }
  }

  /// Every kernel so far.
  static List<Kernel> kernels() {
    return DEVICE.kernels();
  }

  @Override
  public String name() {
    return "planner";
  }

  @Override
  public Optional<String> unavailableReason() {
    return Optional.empty();
  }

  @Override
  public List<Backend> devices() {
    return List.of(DEVICE);
  }
}
