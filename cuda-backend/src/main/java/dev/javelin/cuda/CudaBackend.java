package dev.javelin.cuda;

import dev.javelin.backend.Backend;
import dev.javelin.backend.CheckedExecutable;
import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.DeviceInfo;
import dev.javelin.backend.Executable;
import dev.javelin.backend.Extents;
import dev.javelin.backend.PreparedLaunch;
import dev.javelin.backend.Replay;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.c.Arg;
import dev.javelin.kernels.c.CProgram;
import dev.javelin.kernels.c.CSource;
import dev.javelin.kernels.c.Launch;
import dev.javelin.kernels.c.Target;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/// A device `cuda:0`, `cuda:1` ... Costs nothing until it is first used.
final class CudaBackend implements Backend {
  private final CudaDevice device;
  private final Libraries libraries;
  private final Driver driver;
  private final BiFunction<Kernel, Target, CProgram> generator;
  private final DeviceInfo info;
  private volatile Session session;

  CudaBackend(CudaDevice device, Libraries libraries) {
    this(device, libraries, new Driver(), CSource::of);
  }

  /// A device whose driver and whose generator may fail: for tests.
  CudaBackend(
      CudaDevice device,
      Libraries libraries,
      Driver driver,
      BiFunction<Kernel, Target, CProgram> generator) {
    this.device = device;
    this.libraries = libraries;
    this.driver = driver;
    this.generator = generator;
    this.info = device.info();
  }

  CudaDevice device() {
    return device;
  }

  Libraries libraries() {
    return libraries;
  }

  /// The device's context and all that belongs to it.
  Session session() {
    Session now = session;
    return now != null ? now : start();
  }

  private synchronized Session start() {
    if (session == null) {
      session = new Session(device, libraries, driver);
    }
    return session;
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
    return new CheckedExecutable(kernel, extents, executable(kernel));
  }

  private Executable executable(Kernel kernel) {
    if (kernel instanceof Kernel.Contract contract && libraries.blas().isPresent()) {
      Optional<Gemm> gemm = Gemm.of(contract);
      if (gemm.isPresent()) {
        return BlasExecutable.of(session(), contract, gemm.get(), this::overScratch);
      }
    }
    return generated(kernel);
  }

  private CudaExecutable generated(Kernel kernel) {
    CProgram program = generator.apply(kernel, device.target());
    return CudaExecutable.of(session(), kernel.getClass().getSimpleName(), program);
  }

  /// Compiles a kernel whose last buffer is the scratch memory.
  private CudaExecutable overScratch(Kernel.Map kernel) {
    CProgram program = generator.apply(kernel, device.target());
    int scratch = kernel.buffers().size() - 1;
    List<Launch> launches =
        program.launches().stream().map(launch -> overScratch(launch, scratch)).toList();
    return CudaExecutable.of(
        session(), "Contract", new CProgram(program.text(), launches, program.scratch()));
  }

  private static Launch overScratch(Launch launch, int buffer) {
    List<Arg> args =
        launch.args().stream()
            .map(arg -> arg.equals(new Arg.Buffer(buffer)) ? new Arg.Scratch(0) : arg)
            .toList();
    return new Launch(launch.function(), launch.groups(), launch.groupSize(), args);
  }

  @Override
  public Replay prepare(List<PreparedLaunch> launches) {
    return session().blocking() ? Replay.of(launches) : new GraphReplay(session(), launches);
  }

  @Override
  public void synchronize() {
    Session now = session;
    if (now != null) {
      now.synchronize();
    }
  }
}
