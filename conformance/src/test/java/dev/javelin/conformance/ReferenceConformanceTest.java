package dev.javelin.conformance;

import dev.javelin.Devices;

/// The suites on the reference device: what fails here is wrong in the engine or in an op, not in a backend.
final class ReferenceConformanceTest extends DeviceConformance {
  @Override
  protected Subject subject() {
    return new Subject(Devices.get("reference:0"), false, false, 1);
  }
}
