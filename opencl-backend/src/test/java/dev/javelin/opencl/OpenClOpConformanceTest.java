package dev.javelin.opencl;

import dev.javelin.conformance.OpConformance;
import dev.javelin.conformance.Subject;
import org.junit.jupiter.api.condition.EnabledIf;

/// Every op of the conformance kit on the device `opencl`.
@EnabledIf("dev.javelin.opencl.Cases#areToRun")
final class OpenClOpConformanceTest extends OpConformance {
  @Override
  protected Subject subject() {
    return Cases.subject();
  }
}
