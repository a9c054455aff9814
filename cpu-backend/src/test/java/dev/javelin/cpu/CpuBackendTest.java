package dev.javelin.cpu;

import static dev.javelin.cpu.BackendCheck.operand;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.backend.Backend;
import dev.javelin.backend.BackendProvider;
import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.backend.Extents;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class CpuBackendTest {
  private final CpuBackend backend = new CpuBackend();

  @Test
  void isFoundByTheServiceLoader() {
    BackendProvider provider =
        ServiceLoader.load(BackendProvider.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(found -> found.name().equals("cpu"))
            .findFirst()
            .orElseThrow();
    assertTrue(provider.unavailableReason().isEmpty());
    List<Backend> devices = provider.devices();
    assertEquals(1, devices.size());
    assertSame(devices.getFirst(), new CpuBackendProvider().devices().getFirst());
  }

  @Test
  void describesTheMachine() {
    assertEquals("cpu", backend.info().name());
    assertTrue(backend.info().hostMemory());
    assertTrue(backend.info().memory() > 1L << 28, "some memory");
    assertTrue(backend.info().description().contains(Workers.threads() + " threads"));
    assertTrue(backend.info().description().contains("oneDNN"));
  }

  private static Kernel copy(View source, View target) {
    return new Kernel.Copy(
        List.of(DType.FLOAT32, DType.FLOAT32), operand(0, source), operand(1, target));
  }

  @Test
  void refusesLaunchesThatLeaveABuffer() {
    DeviceBuffer[] buffers = {backend.allocate(400), backend.allocate(400)};
    View hundred = View.contiguous(Shape.of(100));
    Executable copy = backend.compile(copy(hundred, hundred));
    copy.launch(buffers, new long[2], new long[0]);
    for (long offset : new long[] {1, 4, 400, Long.MAX_VALUE, -1, -4, Long.MIN_VALUE}) {
      for (int buffer = 0; buffer < 2; buffer++) {
        long[] offsets = new long[2];
        offsets[buffer] = offset;
        var error =
            assertThrows(
                IllegalStateException.class, () -> copy.launch(buffers, offsets, new long[0]));
        assertTrue(
            error.getMessage().startsWith("kernel Copy: buffer " + buffer + " has 400 bytes"),
            error.getMessage());
      }
    }
    // Backwards from the first element: bytes before the offset.
    View backwards = View.of(Shape.of(100), new long[] {-1}, 0);
    Executable reversed = backend.compile(copy(backwards, hundred));
    assertThrows(
        IllegalStateException.class, () -> reversed.launch(buffers, new long[2], new long[0]));
    reversed.launch(buffers, new long[] {396, 0}, new long[0]);
    for (DeviceBuffer buffer : buffers) {
      buffer.free();
    }
    assertThrows(IllegalStateException.class, () -> copy.launch(buffers, new long[2], new long[0]));
  }

  @Test
  void countsTheWholeReachOfAGather() {
    View row = View.of(Shape.of(1, 4), new long[] {0, 1}, 0);
    View index = View.of(Shape.of(1, 4), new long[] {1, 0}, 0);
    Kernel kernel =
        new Kernel.Gather(
            List.of(DType.FLOAT32, DType.INT64, DType.FLOAT32),
            Shape.of(1, 4),
            operand(0, row),
            4,
            10,
            operand(1, index),
            operand(2, View.contiguous(Shape.of(1, 4))));
    Extents extents = Extents.of(kernel);
    assertEquals(10 * 4 * 4, extents.end(0));
    DeviceBuffer[] buffers = {backend.allocate(156), backend.allocate(8), backend.allocate(16)};
    Executable gather = backend.compile(kernel);
    assertThrows(
        IllegalStateException.class, () -> gather.launch(buffers, new long[3], new long[0]));
    for (DeviceBuffer buffer : buffers) {
      buffer.free();
    }
  }

  @Test
  void refusesKernelsThatContradictThemselves() {
    View four = View.contiguous(Shape.of(4));
    View five = View.contiguous(Shape.of(5));
    assertThrows(IllegalArgumentException.class, () -> backend.compile(copy(four, five)));
    Kernel types =
        new Kernel.Copy(List.of(DType.FLOAT32, DType.INT8), operand(0, four), operand(1, four));
    assertThrows(IllegalArgumentException.class, () -> backend.compile(types));
    Program program = new Program(List.of(new Instr.Load(0, four, DType.FLOAT64)));
    Kernel load =
        new Kernel.Map(
            List.of(DType.FLOAT32),
            List.of(
                new Kernel.Part(
                    Shape.of(4), program, List.of(new Kernel.Store(operand(0, four), 0)))));
    assertThrows(IllegalArgumentException.class, () -> backend.compile(load));
  }

  @Test
  void runsOneExecutableOnSeveralThreads() throws Exception {
    // Needs scratch memory for both operands and the result, and the pool of workers for the copy.
    View a = View.contiguous(Shape.of(40, 50));
    View b = View.of(Shape.of(50, 60), new long[] {120, 2}, 0);
    View c = View.of(Shape.of(40, 60), new long[] {120, 2}, 0);
    DType half = DType.BFLOAT16;
    Executable product =
        backend.compile(
            new Kernel.Contract(
                List.of(half, half, half),
                operand(0, a),
                operand(1, b),
                DType.FLOAT32,
                Program.result(DType.FLOAT32),
                new Kernel.Store(operand(2, c), 0)));
    try (var threads = Executors.newFixedThreadPool(4)) {
      List<Future<?>> futures = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        float value = thread + 1;
        futures.add(threads.submit(() -> multiply(product, value)));
      }
      for (Future<?> future : futures) {
        future.get();
      }
    }
  }

  /// Every element of the product is 50 times the value.
  private void multiply(Executable product, float value) {
    DeviceBuffer[] buffers = new DeviceBuffer[3];
    for (int i = 0; i < 3; i++) {
      buffers[i] = backend.allocate(20_000);
      long address = ((CpuBuffer) buffers[i]).address();
      for (long at = 0; at < 20_000; at += 2) {
        Elements.putDouble(DType.BFLOAT16, address + at, i == 0 ? value : i == 1 ? 1 : 0);
      }
    }
    for (int repeat = 0; repeat < 200; repeat++) {
      product.launch(buffers, new long[3], new long[0]);
      long address = ((CpuBuffer) buffers[2]).address();
      for (int element = 0; element < 40 * 60; element++) {
        assertEquals(50 * value, Elements.getDouble(DType.BFLOAT16, address + 4L * element));
      }
    }
    for (DeviceBuffer buffer : buffers) {
      buffer.free();
    }
  }

  @Test
  void anEmptyKernelTouchesNothing() {
    View none = View.of(Shape.of(0, 5), new long[] {5, 1}, 1000);
    Executable copy = backend.compile(copy(none, none));
    copy.launch(new DeviceBuffer[] {null, null}, new long[2], new long[0]);
  }
}
