package dev.javelin.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What the emulated driver catches: kernels that are wrong, each in a way that a real GPU may let pass.
@EnabledIf("dev.javelin.cuda.Emulation#isToRun")
final class EmulationTest {
  private static final int COUNT = 64;

  @AfterEach
  void reset() {
    Emulation.reset();
  }

  /// Runs a kernel over 64 elements of `x`, which are 0, 1, 2 ...
  private static float[] run(String body) {
    CudaBackend device = SmallKernels.device(SmallKernels.program(COUNT, body));
    Executable executable = device.compile(SmallKernels.kernel(COUNT));
    DeviceBuffer x = device.allocate(4 * COUNT);
    DeviceBuffer y = device.allocate(4 * COUNT);
    float[] values = new float[COUNT];
    for (int i = 0; i < COUNT; i++) {
      values[i] = i;
    }
    SmallKernels.write(x, values);
    SmallKernels.launch(executable, x, y, 1);
    float[] result = SmallKernels.read(y, COUNT);
    x.free();
    y.free();
    return result;
  }

  @Test
  void aBlocksThreadsMeetAtBarriers() {
    float[] reversed = run("shared[LID()] = x[i]; BARRIER(); y[i] = shared[63 - LID()];");
    for (int i = 0; i < COUNT; i++) {
      assertEquals(63 - i, reversed[i]);
    }
    float[] sums =
        run(
            """
            float sum = x[i];
            for (int by = 16; by > 0; by /= 2) { sum += __shfl_xor_sync(0xffffffffu, sum, by); }
            y[i] = sum;
            """);
    assertEquals(31 * 16, sums[5]);
    assertEquals(95 * 16, sums[40]);
  }

  /// The order of threads changes from turn to turn, so what is read before it was written is seen.
  @Test
  void aMissingBarrierIsSeen() {
    float[] reversed = run("shared[LID()] = x[i]; y[i] = shared[63 - LID()];");
    int unwritten = 0;
    for (float value : reversed) {
      unwritten += Float.isNaN(value) ? 1 : 0;
    }
    assertTrue(unwritten > 0, "every element was there");
  }

  @Test
  void memoryThatNobodyWroteIsNotANumber() {
    assertTrue(Float.isNaN(run("if (i < 10) { y[i] = 1; }")[10]));
  }

  @Test
  void halfPrecisionRoundsAsAGpuDoes() {
    float[] rounded = run("y[i] = jv_round_f16(2048 + x[i]);");
    assertArrayEquals(
        new float[] {2048, 2048, 2050, 2052, 2052},
        new float[] {rounded[0], rounded[1], rounded[2], rounded[3], rounded[4]});
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          if (i < 10) { BARRIER(); }             | 719 | a barrier is not reached by all threads
          if (i < 10) { return; } BARRIER();     | 719 | a barrier is not reached by all threads
          y[i + 1] = 1;                          | 700 | 0 bytes after the end of a block of 256 bytes
          y[i] = x[i - 2000];                    | 700 | an illegal address
          ((GLOBAL float *)(ym + 2))[0] = 1;     | 716 | a misaligned address
          float4 v = *(GLOBAL float4 *)(xm + 4); y[i] = v.x; | 716 | a misaligned address
          shared[64 + LID()] = 1; y[i] = shared[63 - LID()]; | 700 | an illegal address
          y[i] = 7 / (n - 64);                   | 719 | an integer division by zero
          """)
  void whatIsWrongInAKernel(String body, int status, String fault) {
    Emulation.expectFaults();
    var error = assertThrows(CudaException.class, () -> run(body));
    assertTrue(error.getMessage().contains("(" + status + ")"), error.getMessage());
    assertTrue(Emulation.fault().startsWith("kernel f: "), Emulation.fault());
    assertTrue(Emulation.fault().contains(fault), Emulation.fault());
  }

  /// A store between the end of a block and the page behind it is found when the block is freed.
  @Test
  void aStoreJustBehindTheEndIsFound() {
    Emulation.expectFaults();
    CudaBackend device = SmallKernels.device(SmallKernels.program(COUNT, "y[10] = 1;"));
    Executable executable = device.compile(SmallKernels.kernel(10));
    DeviceBuffer x = device.allocate(40);
    DeviceBuffer y = device.allocate(40);
    SmallKernels.launch(executable, x, y, 1);
    assertThrows(CudaException.class, y::free);
    assertEquals("somebody wrote just after the end of a block of 40 bytes", Emulation.fault());
    Emulation.reset();
    x.free();
  }

  @Test
  void whatIsQueuedRunsWhenSomebodyWaits() {
    CudaBackend device = SmallKernels.device(SmallKernels.addParameter(COUNT));
    Executable executable = device.compile(SmallKernels.kernel(COUNT));
    DeviceBuffer x = device.allocate(4 * COUNT);
    SmallKernels.write(x, new float[COUNT]);
    device.synchronize();
    long before = Emulation.calls("execute");
    SmallKernels.launch(executable, x, x, 1);
    SmallKernels.launch(executable, x, x, 1);
    assertEquals(before, Emulation.calls("execute"));
    assertEquals(2, SmallKernels.read(x, COUNT)[7]);
    assertEquals(before + 2, Emulation.calls("execute"));
    x.free();
  }
}
