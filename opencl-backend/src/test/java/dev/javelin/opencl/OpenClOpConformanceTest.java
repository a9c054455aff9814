package dev.javelin.opencl;

import dev.javelin.Device;
import dev.javelin.Devices;
import dev.javelin.conformance.OpConformance;
import org.junit.jupiter.api.condition.EnabledIf;

/// Every op of the conformance kit on the device `opencl`.
@EnabledIf("dev.javelin.opencl.Cases#areToRun")
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
