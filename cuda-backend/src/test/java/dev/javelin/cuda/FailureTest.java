package dev.javelin.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Device;
import dev.javelin.DeviceOf;
import dev.javelin.Devices;
import dev.javelin.Tensor;
import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.backend.OutOfDeviceMemoryException;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.c.CProgram;
import dev.javelin.kernels.c.Launch;
import java.lang.foreign.MemorySegment;
import java.util.List;
import jcuda.driver.CUresult;
import jcuda.jcublas.cublasStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/// What users see where the device, its driver or a kernel fails; on the emulated driver, which fails when it is told to.
@EnabledIf("dev.javelin.cuda.Emulation#isToRun")
final class FailureTest {
  @BeforeEach
  void faultsAreExpected() {
    Emulation.first().allocate(4).free();
    Emulation.expectFaults();
  }

  @AfterEach
  void reset() {
    Emulation.reset();
  }

  private static void zeros(int count, Device device) {
    Tensor.of(MemorySegment.ofArray(new float[count]), DType.FLOAT32, Shape.of(count), device);
  }

  @Test
  void thePoolDrainsAndTriesAgain() {
    Device device = DeviceOf.backend(SmallKernels.device(SmallKernels.addParameter(1)));
    zeros(1000, device);
    long collections = device.collections();
    Emulation.fail("cuMemAlloc_v2", 0, 1, CUresult.CUDA_ERROR_OUT_OF_MEMORY);
    zeros(5000, device);
    assertEquals(collections + 1, device.collections());
    Emulation.fail("cuMemAlloc_v2", 0, 2, CUresult.CUDA_ERROR_OUT_OF_MEMORY);
    var error = assertThrows(OutOfDeviceMemoryException.class, () -> zeros(50_000, device));
    assertTrue(error.getMessage().contains("out of memory on cuda:0"), error.getMessage());
    assertTrue(error.getMessage().contains("CUDA_ERROR_OUT_OF_MEMORY (2)"), error.getMessage());
    zeros(50_000, device);
    device.emptyCache();
  }

  @Test
  void moreThanTheDeviceHas() {
    CudaBackend backend = Emulation.first();
    long bytes = backend.info().memory() + 1;
    var error = assertThrows(OutOfDeviceMemoryException.class, () -> backend.allocate(bytes));
    assertTrue(error.getMessage().startsWith("cuda:0 has no " + bytes), error.getMessage());
  }

  @Test
  void aKernelThatDoesNotCompile() {
    String text =
        """
        /* one */
        KERNEL(64) f(GLOBAL u8 *xm, i64 xo) {
          int a = undeclared_name;
        }
        """;
    CProgram program = new CProgram(text, List.of(new Launch("f", 1, 64, List.of())), 0);
    CudaBackend backend = SmallKernels.device(program);
    var error = assertThrows(CudaException.class, () -> backend.compile(SmallKernels.kernel(1)));
    String message = error.getMessage();
    assertTrue(message.startsWith("cuda:0: the kernel Copy does not compile"), message);
    assertTrue(message.contains("undeclared_name"), message);
    assertTrue(message.contains("> 3:   int a = undeclared_name;"), message);
    DeviceBuffer buffer = backend.allocate(64);
    SmallKernels.write(buffer, 1, 2);
    assertArrayEquals(new float[] {1, 2}, SmallKernels.read(buffer, 2));
    buffer.free();
  }

  @Test
  void aModuleThatDoesNotLoad() {
    CudaBackend backend =
        SmallKernels.device(SmallKernels.program(7, "y[i] = __float_as_int(by);"));
    Emulation.fail("cuModuleLoadData", 0, 2, CUresult.CUDA_ERROR_NO_BINARY_FOR_GPU);
    var error = assertThrows(CudaException.class, () -> backend.compile(SmallKernels.kernel(1)));
    assertEquals(
        "cuda:0: CUDA_ERROR_NO_BINARY_FOR_GPU (209) while loading the kernel Copy",
        error.getMessage());
    backend.compile(SmallKernels.kernel(1));
  }

  @Test
  void aLaunchThatFailsNamesTheKernelAndItsArguments() {
    CudaBackend backend = SmallKernels.device(SmallKernels.addParameter(10));
    Executable executable = backend.compile(SmallKernels.kernel(10));
    DeviceBuffer x = backend.allocate(40);
    SmallKernels.write(x, new float[10]);
    Emulation.fail("cuLaunchKernel", 1, 1, CUresult.CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES);
    SmallKernels.launch(executable, x, x, 1.5);
    var error = assertThrows(CudaException.class, () -> SmallKernels.launch(executable, x, x, 2.5));
    assertEquals(
        "cuda:0: CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES (701) while launching f of the kernel Copy, 1"
            + " blocks of 64 threads, with (buffer 0 of 40 bytes, byte 0, buffer 1 of 40 bytes,"
            + " byte 0, 10, 2.5)",
        error.getMessage());
    assertEquals(1.5f, SmallKernels.read(x, 10)[9]);
    x.free();
  }

  @Test
  void blockingNamesTheKernelThatFailsOnTheDevice() {
    System.setProperty("javelin.cuda.blocking", "1");
    try {
      CudaBackend backend =
          SmallKernels.device(SmallKernels.program(10, "y[i + (int)by] = x[i % n];"));
      Executable executable = backend.compile(SmallKernels.kernel(10));
      DeviceBuffer x = backend.allocate(40);
      DeviceBuffer y = backend.allocate(256);
      SmallKernels.launch(executable, x, y, 0);
      var error =
          assertThrows(CudaException.class, () -> SmallKernels.launch(executable, x, y, 4096));
      String message = error.getMessage();
      assertTrue(
          message.startsWith(
              "cuda:0: CUDA_ERROR_ILLEGAL_ADDRESS (700) while running f of the kernel Copy, 1"
                  + " blocks of 64 threads, with (buffer 0 of 40 bytes, byte 0, buffer 1 of 256"
                  + " bytes"),
          message);
      Emulation.reset();
      x.free();
      y.free();
    } finally {
      System.clearProperty("javelin.cuda.blocking");
    }
  }

  @Test
  void aCopyThatFails() {
    CudaBackend backend = SmallKernels.device(SmallKernels.addParameter(10));
    DeviceBuffer x = backend.allocate(40);
    SmallKernels.write(x, 7);
    Emulation.fail("cuMemcpyHtoDAsync_v2", 0, 1, CUresult.CUDA_ERROR_INVALID_VALUE);
    var error = assertThrows(CudaException.class, () -> SmallKernels.write(x, 1));
    assertEquals("cuda:0: CUDA_ERROR_INVALID_VALUE (1) while writing 4 bytes", error.getMessage());
    Emulation.fail("cuMemcpyDtoHAsync_v2", 0, 1, CUresult.CUDA_ERROR_INVALID_VALUE);
    error = assertThrows(CudaException.class, () -> SmallKernels.read(x, 1));
    assertEquals("cuda:0: CUDA_ERROR_INVALID_VALUE (1) while reading 4 bytes", error.getMessage());
    assertEquals(7, SmallKernels.read(x, 1)[0]);
    x.free();
  }

  /// Everything fails from then on, with one sentence each; the process and other devices live.
  @Test
  void theDeviceIsLost() {
    CudaBackend backend = SmallKernels.device(SmallKernels.addParameter(10));
    Executable executable = backend.compile(SmallKernels.kernel(10));
    DeviceBuffer x = backend.allocate(40);
    Emulation.fail("execute", 0, 1, CUresult.CUDA_ERROR_LAUNCH_FAILED);
    SmallKernels.launch(executable, x, x, 1);
    for (Runnable use :
        List.<Runnable>of(
            () -> SmallKernels.read(x, 10),
            () -> SmallKernels.write(x, 1),
            () -> SmallKernels.launch(executable, x, x, 1),
            () -> backend.allocate(40),
            backend::synchronize)) {
      var error = assertThrows(CudaException.class, use::run);
      assertTrue(
          error.getMessage().startsWith("cuda:0: CUDA_ERROR_LAUNCH_FAILED (719) while "),
          error.getMessage());
      assertTrue(error.getMessage().contains("the device was lost"), error.getMessage());
    }
    assertEquals(3, Tensor.ones(Shape.of(3), DType.FLOAT32, Devices.cpu()).sum().item());
    Emulation.reset();
    x.free();
  }

  @Test
  void aProductThatFails() {
    Tensor a = Tensor.ones(Shape.of(3, 3), DType.FLOAT32, Devices.get("cuda"));
    assertEquals(27, a.mm(a).sum().item());
    Emulation.fail("cublasGemmEx", 0, 1, cublasStatus.CUBLAS_STATUS_EXECUTION_FAILED);
    var error = assertThrows(CudaException.class, () -> a.mm(a));
    assertTrue(
        error.getMessage().startsWith("cuda:0: CUBLAS_STATUS_EXECUTION_FAILED (13) while "),
        error.getMessage());
    assertEquals(27, a.mm(a).sum().item());
  }
}
