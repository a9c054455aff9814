package dev.javelin.cuda;

import dev.javelin.Devices;
import dev.javelin.conformance.DeviceConformance;
import dev.javelin.conformance.Subject;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.condition.EnabledIf;

/// The conformance suites on the device `cuda` of the emulated driver: the kernels are those that a GPU would run, compiled by g++.
@DisplayName("cuda (emulated)")
@EnabledIf("dev.javelin.cuda.Emulation#isToRun")
final class CudaConformanceTest extends DeviceConformance {
  @Override
  protected Subject subject() {
    return new Subject(Devices.get("cuda"), false, false, 48);
  }
}
