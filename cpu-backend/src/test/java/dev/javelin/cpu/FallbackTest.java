package dev.javelin.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.javelin.Devices;
import dev.javelin.kernels.DType;
import org.junit.jupiter.api.Test;

/// What was switched off is really off, and what was not is on: otherwise the other runs of the suite would show nothing.
final class FallbackTest {
  private static boolean isOn(String property) {
    return !"false".equals(System.getProperty(property));
  }

  @Test
  void theDeviceRunsOnWhatWasAskedFor() {
    String description = Devices.cpu().description();
    assertEquals(isOn("javelin.onednn"), description.contains("oneDNN 3.11"), description);
    assertEquals(isOn("javelin.vector"), description.contains("Vector API"), description);
  }

  @Test
  void productsRunOnWhatWasAskedFor() {
    boolean onVectors = Gemm.of(DType.FLOAT32) != Gemm.scalar(DType.FLOAT32);
    assertEquals(isOn("javelin.vector"), onVectors);
  }
}
