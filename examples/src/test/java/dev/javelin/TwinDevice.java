package dev.javelin;

import dev.javelin.backend.Backend;
import dev.javelin.backend.BackendProvider;
import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.DeviceInfo;
import dev.javelin.backend.Executable;
import dev.javelin.backend.PlaneOrder;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Shape;
import java.util.ServiceLoader;

/// A second device for tests of moving between devices: the CPU again, under another name and with memory of its own.
public final class TwinDevice {
  private TwinDevice() {}

  /// A new device.
  ///
  /// @param name its name
  /// @return the device; it cannot be found by name
  public static Device named(String name) {
    for (BackendProvider provider : ServiceLoader.load(BackendProvider.class)) {
      if (provider.name().equals("cpu")) {
        return new Device(new Twin(provider.devices().getFirst(), name));
      }
    }
    throw new IllegalStateException("the CPU backend is not on the class path");
  }

  private record Twin(Backend cpu, String name) implements Backend {
    @Override
    public DeviceInfo info() {
      DeviceInfo info = cpu.info();
      return new DeviceInfo(name, info.description(), info.memory(), info.hostMemory());
    }

    @Override
    public PlaneOrder planeOrder(DType type, Shape x, Shape w) {
      return cpu.planeOrder(type, x, w);
    }

    @Override
    public DeviceBuffer allocate(long bytes) {
      return cpu.allocate(bytes);
    }

    @Override
    public Executable compile(Kernel kernel) {
      return cpu.compile(kernel);
    }

    @Override
    public void synchronize() {
      cpu.synchronize();
    }
  }
}
