package dev.javelin.conformance;

import dev.javelin.backend.Backend;
import dev.javelin.backend.BackendProvider;
import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.DeviceInfo;
import dev.javelin.backend.Executable;
import dev.javelin.kernels.Kernel;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The device `collector`: the interpreter, which remembers every kernel that it was given.
public final class Collector implements BackendProvider {
  private static final Device DEVICE = new Device();

  private static final class Device implements Backend {
    private final Backend body = new InterpreterBackend("collector", 1L << 30);
    private final Set<Kernel> kernels = ConcurrentHashMap.newKeySet();

    @Override
    public DeviceInfo info() {
      return body.info();
    }

    @Override
    public DeviceBuffer allocate(long bytes) {
      return body.allocate(bytes);
    }

    @Override
    public Executable compile(Kernel kernel) {
      kernels.add(kernel);
      return body.compile(kernel);
    }

    @Override
    public void synchronize() {
      body.synchronize();
    }
  }

  /// Every kernel so far.
  static Set<Kernel> kernels() {
    return DEVICE.kernels;
  }

  @Override
  public String name() {
    return "collector";
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
