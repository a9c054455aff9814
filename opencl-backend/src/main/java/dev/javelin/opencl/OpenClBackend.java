package dev.javelin.opencl;

import dev.javelin.backend.Backend;
import dev.javelin.backend.CheckedExecutable;
import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.DeviceInfo;
import dev.javelin.backend.Executable;
import dev.javelin.backend.Extents;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.c.CProgram;
import dev.javelin.kernels.c.CSource;
import dev.javelin.kernels.c.Target;
import java.util.function.BiFunction;

/// A device `opencl:0`, `opencl:1` ... Costs nothing until it is first used.
final class OpenClBackend implements Backend {
  private final ClDevice device;
  private final Driver driver;
  private final BiFunction<Kernel, Target, CProgram> generator;
  private final DeviceInfo info;
  private volatile Session session;

  OpenClBackend(ClDevice device) {
    this(device, new Driver(), CSource::of);
  }

  /// A device whose driver and whose generator may fail: for tests.
  OpenClBackend(ClDevice device, Driver driver, BiFunction<Kernel, Target, CProgram> generator) {
    this.device = device;
    this.driver = driver;
    this.generator = generator;
    this.info = device.info();
  }

  ClDevice device() {
    return device;
  }

  /// The device's context and all that belongs to it.
  Session session() {
    Session now = session;
    return now != null ? now : start();
  }

  private synchronized Session start() {
    if (session == null) {
      session = device.cpu() ? Signals.kept(this::startProcessor) : new Session(device, driver);
    }
    return session;
  }

  /// The compiler of a driver for processors replaces signal handlers when it first runs.
  private Session startProcessor() {
    Session started = new Session(device, driver);
    started.programs().warmUp();
    return started;
  }

  @Override
  public DeviceInfo info() {
    return info;
  }

  @Override
  public DeviceBuffer allocate(long bytes) {
    if (bytes <= 0) {
      throw new IllegalArgumentException("a buffer has at least one byte, not " + bytes);
    }
    return session().allocate(bytes);
  }

  @Override
  public Executable compile(Kernel kernel) {
    Extents extents = Extents.of(kernel);
    CProgram program = generator.apply(kernel, device.target());
    String name = kernel.getClass().getSimpleName();
    return new CheckedExecutable(kernel, extents, ClExecutable.of(session(), name, program));
  }

  @Override
  public void synchronize() {
    Session now = session;
    if (now != null) {
      now.synchronize();
    }
  }
}
