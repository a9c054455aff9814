package dev.javelin.cpu;

import dev.javelin.Devices;
import dev.javelin.conformance.DeviceConformance;
import dev.javelin.conformance.Subject;

/// The conformance suites on the device `cpu`.
final class CpuConformanceTest extends DeviceConformance {
  /// Runs of many steps are long only where nothing is switched off: they test the same code either way.
  @Override
  protected Subject subject() {
    boolean whole =
        System.getProperty("javelin.onednn") == null
            && System.getProperty("javelin.vector") == null;
    return new Subject(Devices.cpu(), true, whole, 1);
  }
}
