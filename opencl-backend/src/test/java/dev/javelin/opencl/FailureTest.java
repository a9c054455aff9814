package dev.javelin.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Device;
import dev.javelin.DeviceOf;
import dev.javelin.Tensor;
import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.backend.OutOfDeviceMemoryException;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.c.Arg;
import dev.javelin.kernels.c.CProgram;
import dev.javelin.kernels.c.Launch;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.lwjgl.opencl.CL10;

/// What users see where the device, its driver or a kernel fails.
@EnabledIf("dev.javelin.opencl.Cases#areToRun")
final class FailureTest {
  private final FailingDriver driver = new FailingDriver();

  @Test
  void aBufferLargerThanTheDeviceAllows() {
    OpenClBackend backend = Cases.first();
    long largest = backend.device().largestBuffer();
    var error = assertThrows(OutOfDeviceMemoryException.class, () -> backend.allocate(largest + 1));
    assertEquals(
        "opencl:0 allows at most "
            + largest
            + " bytes in one buffer, and "
            + (largest + 1)
            + " were asked for",
        error.getMessage());
    assertThrows(OutOfDeviceMemoryException.class, () -> backend.allocate(Long.MAX_VALUE));
    assertThrows(IllegalArgumentException.class, () -> backend.allocate(0));
  }

  @Test
  void moreThanTheDeviceHas() {
    // PoCL would promise the memory and fail, or be killed, when it is used.
    OpenClBackend backend = Cases.device(driver, Cases.addParameter(1));
    long piece = Math.min(backend.device().largestBuffer(), backend.device().memory() / 4);
    var buffers = new java.util.ArrayList<DeviceBuffer>();
    var error =
        assertThrows(
            OutOfDeviceMemoryException.class,
            () -> {
              while (buffers.size() < 1000) {
                buffers.add(backend.allocate(piece));
              }
            });
    assertTrue(error.getMessage().startsWith("opencl:0 has no " + piece), error.getMessage());
    buffers.forEach(DeviceBuffer::free);
    backend.allocate(piece).free();
  }

  @Test
  void thePoolDrainsAndTriesAgain() {
    Device device = DeviceOf.backend(Cases.device(driver, Cases.addParameter(1)));
    zeros(1000, device);
    for (int status : new int[] {CL10.CL_MEM_OBJECT_ALLOCATION_FAILURE, CL10.CL_OUT_OF_RESOURCES}) {
      driver.allocationStatus = status;
      driver.failingAllocations.set(1);
      long collections = device.collections();
      zeros(5000, device);
      assertEquals(collections + 1, device.collections());
      driver.failingAllocations.set(2);
      var error = assertThrows(OutOfDeviceMemoryException.class, () -> zeros(50_000, device));
      assertTrue(error.getMessage().contains("out of memory on opencl:0"), error.getMessage());
      assertTrue(error.getMessage().contains(ClStatus.name(status)), error.getMessage());
      device.emptyCache();
    }
  }

  private static void zeros(int count, Device device) {
    MemorySegment zeros = MemorySegment.ofArray(new float[count]);
    Tensor.of(zeros, DType.FLOAT32, Shape.of(count), device);
  }

  @Test
  void aKernelThatDoesNotCompile() {
    String text =
        """
        /* one */
        /* two */
        KERNEL(64) f(GLOBAL u8 *xm, i64 xo) {
          int a = undeclared_name;
        }
        /* six */
        """;
    OpenClBackend backend = Cases.device(driver, Cases.program(text, 1, new Arg.Buffer(0)));
    var error = assertThrows(OpenClException.class, () -> backend.compile(Cases.kernel(1)));
    String message = error.getMessage();
    assertTrue(message.startsWith("opencl:0: the kernel Copy does not compile"), message);
    assertTrue(message.contains("CL_BUILD_PROGRAM_FAILURE (-11)"), message);
    assertTrue(message.contains("undeclared identifier 'undeclared_name'"), message);
    assertTrue(message.contains("\n> 4:   int a = undeclared_name;\n"), message);
    assertTrue(message.contains("\n  1: /* one */\n"), message);
    // The device is as good as before.
    assertThrows(OpenClException.class, () -> backend.compile(Cases.kernel(1)));
    DeviceBuffer buffer = backend.allocate(64);
    Cases.write(buffer, 1, 2);
    assertArrayEquals(new float[] {1, 2}, Cases.read(buffer, 2));
    buffer.free();
  }

  @Test
  void aKernelThatTheDeviceCannotRun() {
    String local =
        """
        KERNEL(64) f(GLOBAL u8 *xm, i64 xo) {
          LOCAL int all[1000000000];
          all[LID()] = 1;
          BARRIER();
          ((GLOBAL int *)xm)[0] = all[63 - LID()];
        }
        """;
    OpenClBackend much = Cases.device(driver, Cases.program(local, 1, new Arg.Buffer(0)));
    var error = assertThrows(OpenClException.class, () -> much.compile(Cases.kernel(1)));
    assertTrue(error.getMessage().contains("of local memory"), error.getMessage());
    OpenClBackend few = Cases.device(driver, Cases.program(local, 1));
    error = assertThrows(OpenClException.class, () -> few.compile(Cases.kernel(1)));
    assertTrue(error.getMessage().contains("2 parameters, but 0 are bound"), error.getMessage());
    OpenClBackend missing = Cases.device(driver, Cases.program("/* nothing */\n", 1));
    error = assertThrows(OpenClException.class, () -> missing.compile(Cases.kernel(1)));
    assertTrue(error.getMessage().contains("CL_INVALID_KERNEL_NAME"), error.getMessage());
  }

  @Test
  void theDeviceIsLost() {
    OpenClBackend backend = Cases.device(driver, Cases.addParameter(10));
    Executable executable = backend.compile(Cases.kernel(10));
    DeviceBuffer x = backend.allocate(40);
    DeviceBuffer y = backend.allocate(40);
    Cases.write(x, new float[10]);
    driver.launchStatus = CL10.CL_INVALID_COMMAND_QUEUE;
    var error = assertThrows(OpenClException.class, () -> Cases.launch(executable, x, y, 1));
    assertEquals(
        "opencl:0: CL_INVALID_COMMAND_QUEUE (-36) while launching f; the device was lost: what is"
            + " on it is gone, start the program again",
        error.getMessage());
    driver.queueStatus = CL10.CL_DEVICE_NOT_AVAILABLE;
    error = assertThrows(OpenClException.class, () -> Cases.read(x, 10));
    assertTrue(error.getMessage().contains("while reading 40 bytes; the device was lost"));
    assertThrows(OpenClException.class, () -> Cases.write(x, 1));
    assertThrows(OpenClException.class, backend::synchronize);
    driver.launchStatus = 0;
    driver.queueStatus = 0;
    Cases.launch(executable, x, y, 3);
    assertEquals(3, Cases.read(y, 10)[9]);
  }

  @Test
  void aBadIndexIsReportedOnceWhenTheHostWaits() {
    CProgram program =
        Cases.program(
            """
            KERNEL(64) f(GLOBAL u8 *fm, i64 fo, i64 index) {
              GLOBAL i64 *fault = (GLOBAL i64 *)(fm + fo);
              if (LID() == 0 && index >= 5) {
                fault[1] = index;
                fault[2] = 5;
                fault[0] = 1;
              }
            }
            """,
            1,
            new Arg.Fault(),
            new Arg.Param(0, DType.INT64));
    OpenClBackend backend = Cases.device(driver, program);
    Executable executable = backend.compile(Cases.kernel(1));
    DeviceBuffer[] buffers = {backend.allocate(64), backend.allocate(64)};
    Cases.write(buffers[0], 7);
    executable.launch(buffers, new long[2], new long[] {4});
    assertEquals(7, Cases.read(buffers[0], 1)[0]);
    executable.launch(buffers, new long[2], new long[] {1L << 40});
    var error = assertThrows(IndexOutOfBoundsException.class, () -> Cases.read(buffers[0], 1));
    assertEquals(
        "index 1099511627776 is out of bounds for a dimension of size 5", error.getMessage());
    assertEquals(7, Cases.read(buffers[0], 1)[0]);
    executable.launch(buffers, new long[2], new long[] {5});
    assertThrows(IndexOutOfBoundsException.class, backend::synchronize);
    backend.synchronize();
  }

  @Test
  void scratchMemoryGrowsWithTheKernelsThatNeedIt() {
    String text =
        """
        KERNEL(64) f(GLOBAL u8 *xm, i64 xo, GLOBAL u8 *sm, i64 so) {
          GLOBAL float *s = (GLOBAL float *)(sm + so);
          int i = GRP() * 64 + LID();
          s[i] = ((GLOBAL float *)(xm + xo))[i];
        }
        KERNEL(64) g(GLOBAL u8 *ym, i64 yo, GLOBAL u8 *sm, i64 so) {
          GLOBAL float *s = (GLOBAL float *)(sm + so);
          int i = GRP() * 64 + LID();
          ((GLOBAL float *)(ym + yo))[i] = s[i] * 2;
        }
        """;
    OpenClBackend[] devices = new OpenClBackend[1];
    // The offset of the scratch memory is the kernel's size, so that each needs more than the last.
    devices[0] =
        new OpenClBackend(
            Cases.first().device(),
            driver,
            (kernel, target) -> {
              int count = sizeOf(kernel);
              Arg scratch = new Arg.Scratch(256L * count);
              return new CProgram(
                  text,
                  List.of(
                      new Launch("f", count / 64, 64, List.of(new Arg.Buffer(0), scratch)),
                      new Launch("g", count / 64, 64, List.of(new Arg.Buffer(1), scratch))),
                  256L * count + 4L * count);
            });
    Executable small = devices[0].compile(Cases.kernel(64));
    Executable large = devices[0].compile(Cases.kernel(6400));
    assertEquals(1, devices[0].session().programs().size() - warm(devices[0]), "one text");
    DeviceBuffer x = devices[0].allocate(4 * 6400);
    DeviceBuffer y = devices[0].allocate(4 * 6400);
    float[] values = new float[6400];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    Cases.write(x, values);
    for (int repeat = 0; repeat < 2; repeat++) {
      for (Executable executable : List.of(small, large)) {
        executable.launch(new DeviceBuffer[] {x, y}, new long[2], new long[0]);
        assertEquals(126, Cases.read(y, 6400)[63]);
      }
    }
    assertEquals(2 * 6399, Cases.read(y, 6400)[6399]);
  }

  private static int warm(OpenClBackend backend) {
    return backend.device().cpu() ? 1 : 0;
  }

  private static int sizeOf(dev.javelin.kernels.Kernel kernel) {
    var copy = (dev.javelin.kernels.Kernel.Copy) kernel;
    return (int) copy.target().view().shape().numel();
  }

  @Test
  void nothingToDoIsNotLaunched() {
    OpenClBackend backend = Cases.device(driver, new CProgram("", List.of(), 0));
    Executable executable = backend.compile(Cases.kernel(0));
    driver.launchStatus = CL10.CL_INVALID_VALUE;
    executable.launch(new DeviceBuffer[] {null, null}, new long[2], new long[0]);
    assertFalse(backend.info().hostMemory());
  }

  @Test
  void freedMemoryIsNotLaunchedOn() {
    OpenClBackend backend = Cases.device(driver, Cases.addParameter(10));
    Executable executable = backend.compile(Cases.kernel(10));
    DeviceBuffer x = backend.allocate(40);
    DeviceBuffer y = backend.allocate(40);
    y.free();
    assertThrows(IllegalStateException.class, () -> Cases.launch(executable, x, y, 1));
    DeviceBuffer tooShort = backend.allocate(39);
    assertThrows(IllegalStateException.class, () -> Cases.launch(executable, x, tooShort, 1));
    x.free();
    tooShort.free();
  }
}
