package dev.javelin.backend;

import java.util.List;
import java.util.Optional;

/// Finds the devices of one kind. Found by `ServiceLoader`, in one place.
///
/// A provider that cannot run prints nothing, throws nothing and costs nothing until it is asked.
public interface BackendProvider {
  /// The name users write, such as `cpu`, `cuda` or `opencl`.
  ///
  /// @return the name, lower case, without a number
  String name();

  /// Why no device of this kind can be used here.
  ///
  /// @return one sentence, with its full stop, that says what is missing and what to do, or empty when there are devices
  Optional<String> unavailableReason();

  /// The devices present, the preferred one first.
  ///
  /// @return the devices; empty where [#unavailableReason()] gives a reason
  List<Backend> devices();
}
