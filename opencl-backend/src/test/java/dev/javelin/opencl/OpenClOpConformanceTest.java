package dev.javelin.opencl;

import dev.javelin.Device;
import dev.javelin.Devices;
import dev.javelin.conformance.OpConformance;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/// Every op of the conformance kit on the device `opencl`. Without one it fails, as [OpenClConformanceTest] does.
@DisabledIfSystemProperty(named = "javelin.opencl.tests", matches = "none")
final class OpenClOpConformanceTest extends OpConformance {
  @Override
  protected Device device() {
    return Devices.get("opencl");
  }

  @Override
  protected boolean isThorough() {
    return Cases.isGpu();
  }

  @Override
  protected int oneIn() {
    return Cases.oneIn();
  }
}
