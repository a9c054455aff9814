package dev.javelin.cuda;

import dev.javelin.backend.Backend;
import dev.javelin.backend.BackendProvider;
import java.util.List;
import java.util.Optional;

/// Offers NVIDIA's GPUs as `cuda:0`, `cuda:1` ..., in the driver's order.
public final class CudaBackendProvider implements BackendProvider {
  /// Looked for by the first request, so that a provider that is only listed costs nothing.
  private static final class Shared {
    static final Discovery FOUND = Discovery.run();
  }

  /// A provider; all share the devices.
  public CudaBackendProvider() {}

  @Override
  public String name() {
    return "cuda";
  }

  @Override
  public Optional<String> unavailableReason() {
    return Shared.FOUND.reason();
  }

  @Override
  public List<Backend> devices() {
    return Shared.FOUND.devices();
  }
}
