package dev.javelin.cpu;

import dev.javelin.backend.Backend;
import dev.javelin.backend.BackendProvider;
import java.util.List;
import java.util.Optional;

/// Offers the processor as a device named `cpu`. It is always there.
public final class CpuBackendProvider implements BackendProvider {
  /// Made by the first request, so that a provider that is only listed costs nothing.
  private static final class Shared {
    static final List<Backend> DEVICES = devices();

    private static List<Backend> devices() {
      CpuBackend.logAdvice();
      return List.of(new CpuBackend());
    }
  }

  /// A provider; all share one device.
  public CpuBackendProvider() {}

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
    return Shared.DEVICES;
  }
}
