package dev.javelin.opencl;

import dev.javelin.backend.Backend;
import dev.javelin.backend.CheckedExecutable;
import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.DeviceInfo;
import dev.javelin.backend.Executable;
import dev.javelin.backend.Extents;
import dev.javelin.backend.Tuner;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.c.CProgram;
import dev.javelin.kernels.c.CSource;
import dev.javelin.kernels.c.Candidates;
import dev.javelin.kernels.c.Target;
import java.util.Optional;
import java.util.function.BiFunction;

/// A device `opencl:0`, `opencl:1` ... Costs nothing until it is first used.
final class OpenClBackend implements Backend {
  private final ClDevice device;
  private final Driver driver;
  private final BiFunction<Kernel, Target, Candidates> generator;
  private final Optional<Tuner> tuner;
  private final DeviceInfo info;
  private volatile Session session;

  OpenClBackend(ClDevice device) {
    this(device, new Driver(), CSource::candidates, Optional.of(device.tuner()));
  }

  /// A device whose driver and whose generator may fail: for tests.
  OpenClBackend(ClDevice device, Driver driver, BiFunction<Kernel, Target, CProgram> generator) {
    this(device, driver, generator.andThen(Candidates::only), Optional.empty());
  }

  private OpenClBackend(
      ClDevice device,
      Driver driver,
      BiFunction<Kernel, Target, Candidates> generator,
      Optional<Tuner> tuner) {
    this.device = device;
    this.driver = driver;
    this.generator = generator;
    this.tuner = tuner;
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
      session =
          device.cpu()
              ? Signals.kept(() -> SignalFilter.run(this::startProcessor))
              : new Session(device, driver);
    }
    return session;
  }

  /// The compiler of a driver for processors may replace signal handlers when it first runs.
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
    Candidates candidates = generator.apply(kernel, device.target());
    String name = kernel.getClass().getSimpleName();
    CProgram program =
        candidates
            .programs()
            .get(
                tuner
                    .map(all -> Trial.choose(all, session(), name, candidates, extents))
                    .orElse(0));
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
