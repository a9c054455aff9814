package dev.javelin;

import dev.javelin.backend.Backend;

/// Lets tests of other packages make a device that cannot be found by name.
public final class DeviceOf {
  private DeviceOf() {}

  /// A device with a memory pool of its own.
  public static Device backend(Backend backend) {
    return new Device(backend);
  }
}
