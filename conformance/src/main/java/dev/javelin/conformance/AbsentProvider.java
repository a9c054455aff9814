package dev.javelin.conformance;

import dev.javelin.backend.Backend;
import dev.javelin.backend.BackendProvider;
import java.util.List;
import java.util.Optional;

/// A kind of device that no machine has: what asking for it says is tested everywhere.
public final class AbsentProvider implements BackendProvider {
  static final String REASON = "there is no such hardware, and the test kit counts on it.";

  /// A provider.
  public AbsentProvider() {}

  @Override
  public String name() {
    return "absent";
  }

  @Override
  public Optional<String> unavailableReason() {
    return Optional.of(REASON);
  }

  @Override
  public List<Backend> devices() {
    throw new AssertionError("asked for devices although there are none");
  }
}
