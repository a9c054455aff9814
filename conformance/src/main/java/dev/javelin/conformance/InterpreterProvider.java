package dev.javelin.conformance;

import dev.javelin.backend.Backend;
import dev.javelin.backend.BackendProvider;
import java.util.List;
import java.util.Optional;

/// Offers the interpreter as the devices `reference:0` and `reference:1`: two, so that what goes between devices can be tested on
/// any machine.
public final class InterpreterProvider implements BackendProvider {
  private static final long MEMORY = 1L << 30;
  private static final List<Backend> DEVICES =
      List.of(
          new InterpreterBackend("reference:0", MEMORY),
          new InterpreterBackend("reference:1", MEMORY));

  /// A provider; all share the devices.
  public InterpreterProvider() {}

  @Override
  public String name() {
    return "reference";
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
