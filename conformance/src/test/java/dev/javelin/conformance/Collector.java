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

/// The device `collector`: the interpreter, which remembers every kernel that it ran.
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
      Executable executable = body.compile(kernel);
      return (buffers, offsets, params) -> {
        kernels.add(kernel);
        executable.launch(buffers, offsets, params);
      };
    }

    @Override
    public void synchronize() {
      body.synchronize();
    }
  }

  /// The kernels that ran since the last call.
  static Set<Kernel> take() {
    Set<Kernel> taken = Set.copyOf(DEVICE.kernels);
    DEVICE.kernels.clear();
    return taken;
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
