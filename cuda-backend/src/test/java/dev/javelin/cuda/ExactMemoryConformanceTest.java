package dev.javelin.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Device;
import dev.javelin.DeviceOf;
import dev.javelin.conformance.OpConformance;
import dev.javelin.conformance.Subject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.condition.EnabledIf;

/// Every op once more, each tensor in a new block of just its size: the emulated driver sees every access behind its end, and memory that
/// nobody wrote is not a number.
@DisplayName("cuda (emulated), without a cache of memory")
@EnabledIf("dev.javelin.cuda.Emulation#isToRun")
final class ExactMemoryConformanceTest extends OpConformance {
  private static Device device;

  @BeforeAll
  static void makeDevice() {
    System.setProperty("javelin.memory.cache", "false");
    try {
      device = DeviceOf.backend(Emulation.first());
    } finally {
      System.clearProperty("javelin.memory.cache");
    }
  }

  @AfterAll
  static void nothingWasKept() {
    assertTrue(device.maxMemoryAllocated() > 0);
    assertEquals(0, device.memoryCached());
  }

  @Override
  protected Subject subject() {
    return new Subject(device, false, false, 48);
  }
}
