package dev.javelin.opencl;

import dev.javelin.conformance.DeviceConformance;
import dev.javelin.conformance.Subject;
import org.junit.jupiter.api.condition.EnabledIf;

/// The conformance suites on the device `opencl`.
@EnabledIf("dev.javelin.opencl.Cases#areToRun")
final class OpenClConformanceTest extends DeviceConformance {
  @Override
  protected Subject subject() {
    return Cases.subject();
  }
}
