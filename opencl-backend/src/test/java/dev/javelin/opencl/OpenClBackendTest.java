package dev.javelin.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Devices;
import dev.javelin.backend.BackendProvider;
import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/// The device's memory, its queue, and what it says of itself.
@EnabledIf("dev.javelin.opencl.Cases#areToRun")
final class OpenClBackendTest {
  private final OpenClBackend backend = Cases.first();

  @Test
  void isFoundByTheServiceLoader() {
    BackendProvider provider =
        ServiceLoader.load(BackendProvider.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(found -> found.name().equals("opencl"))
            .findFirst()
            .orElseThrow();
    assertTrue(provider.unavailableReason().isEmpty());
    assertSame(provider.devices().getFirst(), Cases.first());
    assertSame(Devices.get("opencl"), Devices.get("opencl:0"));
    assertEquals("opencl", Devices.get("opencl").type());
    assertThrows(IllegalArgumentException.class, () -> Devices.get("opencl:99"));
  }

  @Test
  void describesTheDevice() {
    assertEquals("opencl:0", backend.info().name());
    assertTrue(backend.info().memory() > 1L << 28);
    assertTrue(backend.info().description().contains("OpenCL"), backend.info().description());
    assertTrue(backend.info().description().contains("driver"), backend.info().description());
    assertFalse(backend.info().hostMemory());
  }

  @Test
  void javaStillThrowsAtADivisionByZero() {
    backend.allocate(64).free();
    int zero = Integer.getInteger("javelin.test.zero", 0);
    assertThrows(ArithmeticException.class, () -> assertEquals(0, 10 / zero));
  }

  /// Reads the driver's header beside our declarations: what is declared twice must be the same.
  @Test
  void ourDeclarationsAreThoseOfTheDriver() {
    var options = new ArrayList<String>();
    Driver withHeader =
        new Driver() {
          @Override
          int build(long program, long device, String given) {
            options.add(given);
            return super.build(program, device, given.replace(" -D_OPENCL_H_", ""));
          }
        };
    Cases.device(withHeader, Cases.addParameter(4)).compile(Cases.kernel(4));
    assertEquals(backend.device().headless(), options.getFirst().contains("_OPENCL_H_"));
  }

  @Test
  void copiesToTheDeviceAndBack() {
    SplittableRandom random = new SplittableRandom(1);
    int size = (20 << 20) + 7;
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    DeviceBuffer buffer = backend.allocate(size + 100);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment direct = arena.allocate(size);
      direct.copyFrom(MemorySegment.ofArray(bytes));
      MemorySegment back = arena.allocate(size);
      for (long offset : new long[] {0, 3, 100}) {
        buffer.write(offset, direct);
        buffer.read(offset, back);
        assertEquals(-1, back.mismatch(direct));
        buffer.write(offset, MemorySegment.ofArray(bytes));
        byte[] array = new byte[size];
        buffer.read(offset, MemorySegment.ofArray(array));
        assertArrayEquals(bytes, array);
      }
      buffer.write(size + 100, arena.allocate(0));
      buffer.read(0, MemorySegment.ofArray(new byte[0]));
    }
    buffer.free();
  }

  @Test
  void manySmallWritesKeepTheirOrder() {
    // Three times around the ring that they are staged in.
    DeviceBuffer buffer = backend.allocate(4 << 20);
    float[] values = new float[100_000];
    for (int round = 0; round < 60; round++) {
      java.util.Arrays.fill(values, round);
      buffer.write(400_000L * (round % 10), MemorySegment.ofArray(values));
      java.util.Arrays.fill(values, -1);
    }
    for (int place = 0; place < 10; place++) {
      buffer.read(400_000L * place, MemorySegment.ofArray(values));
      for (float value : values) {
        assertEquals(50 + place, value);
      }
    }
    buffer.free();
  }

  @Test
  void refusesCopiesThatLeaveABuffer() {
    DeviceBuffer buffer = backend.allocate(100);
    MemorySegment hundred = MemorySegment.ofArray(new byte[100]);
    assertThrows(IndexOutOfBoundsException.class, () -> buffer.write(1, hundred));
    assertThrows(IndexOutOfBoundsException.class, () -> buffer.write(-1, hundred));
    assertThrows(IndexOutOfBoundsException.class, () -> buffer.read(Long.MAX_VALUE, hundred));
    assertThrows(IllegalArgumentException.class, () -> buffer.read(0, hundred.asReadOnly()));
    MemorySegment closed;
    try (Arena arena = Arena.ofConfined()) {
      closed = arena.allocate(100);
    }
    assertThrows(IllegalStateException.class, () -> buffer.write(0, closed));
    assertThrows(IllegalStateException.class, () -> buffer.read(0, closed));
    buffer.free();
    assertThrows(IllegalStateException.class, () -> buffer.read(0, hundred));
    assertThrows(IllegalStateException.class, () -> buffer.write(0, hundred));
    assertThrows(IllegalStateException.class, buffer::free);
  }

  @Test
  void launchesMakeNoGarbage() {
    OpenClBackend device = Cases.device(new Driver(), Cases.addParameter(100));
    Executable executable = device.compile(Cases.kernel(100));
    DeviceBuffer[] buffers = {device.allocate(400), device.allocate(400)};
    long[] offsets = new long[2];
    long[] params = {Double.doubleToRawLongBits(1)};
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    // Until all that is called is compiled; every sixteenth launch calls a function more, which
    // takes longest.
    long perLaunch = Long.MAX_VALUE;
    for (int round = 0; round < 30 && perLaunch > 2; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 2000; i++) {
        executable.launch(buffers, offsets, params);
      }
      perLaunch = (threads.getCurrentThreadAllocatedBytes() - before) / 2000;
      device.synchronize();
    }
    // Every sixteenth launch flushes the queue, and LWJGL makes 32 bytes for that until the JVM has
    // compiled it fully.
    long made = perLaunch;
    assertTrue(made <= 2, () -> made + " bytes for each launch");
  }

  @Test
  void threadsShareADevice() throws Exception {
    OpenClBackend device = Cases.device(new Driver(), Cases.addParameter(1000));
    Executable executable = device.compile(Cases.kernel(1000));
    try (var threads = Executors.newFixedThreadPool(3)) {
      List<Future<?>> futures = new ArrayList<>();
      for (int thread = 0; thread < 3; thread++) {
        double by = thread + 1;
        futures.add(threads.submit(() -> addOftenEnough(device, executable, by)));
      }
      for (Future<?> future : futures) {
        future.get();
      }
    }
  }

  private static void addOftenEnough(OpenClBackend device, Executable executable, double by) {
    for (int repeat = 0; repeat < 20; repeat++) {
      DeviceBuffer x = device.allocate(4000);
      DeviceBuffer y = device.allocate(4000);
      Cases.write(x, new float[1000]);
      for (int i = 0; i < 10; i++) {
        Cases.launch(executable, x, y, by);
        Cases.launch(executable, y, x, by);
      }
      for (float value : Cases.read(x, 1000)) {
        assertEquals(20 * by, value);
      }
      x.free();
      y.free();
    }
  }
}
