package dev.javelin.opencl;

import dev.javelin.backend.Backend;
import dev.javelin.backend.BackendProvider;
import java.util.List;
import java.util.Optional;

/// Offers the OpenCL devices as `opencl:0`, `opencl:1` ...: GPUs first, then processors.
public final class OpenClBackendProvider implements BackendProvider {
  /// Looked for by the first request, so that a provider that is only listed costs nothing.
  private static final class Shared {
    static final Discovery FOUND = Discovery.run();
  }

  /// A provider; all share the devices.
  public OpenClBackendProvider() {}

  @Override
  public String name() {
    return "opencl";
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
