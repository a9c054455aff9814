package dev.javelin.conformance;

import dev.javelin.backend.Backend;
import dev.javelin.backend.BackendProvider;
import java.util.List;
import java.util.Optional;

/// The device `cpu` where there is no CPU backend: the interpreter under that name, since some tensors are made on the CPU first. The
/// tests of a backend name it in their `META-INF/services`, so that they need no other backend and run at the same time as its tests.
public final class CpuStandIn implements BackendProvider {
  private static final List<Backend> DEVICES = List.of(new InterpreterBackend("cpu", 1L << 30));

  /// A provider; all share the device.
  public CpuStandIn() {}

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public Optional<String> unavailableReason() {
    return Optional.empty();
  }

  @Override
  public List<Backend> devices() {
    return DEVICES;
  }
}
