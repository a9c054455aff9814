package dev.javelin.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Devices;
import dev.javelin.Javelin;
import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.backend.PreparedLaunch;
import dev.javelin.backend.Replay;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.ScalarOp;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import dev.javelin.kernels.c.CSource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import jcuda.driver.CUevent;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/// The device's memory, its launches and graphs, and what it says of itself; on the emulated driver.
@EnabledIf("dev.javelin.cuda.Emulation#isToRun")
final class CudaBackendTest {
  private static final DType FLOAT = DType.FLOAT32;

  private final CudaBackend backend = Emulation.first();

  /// Buffer 1 becomes buffer 0 plus parameter 0.
  private static Kernel plusParameter(int count) {
    View view = View.contiguous(Shape.of(count));
    Program program =
        new Program(
            List.of(
                new Instr.Load(0, view, FLOAT),
                new Instr.Param(0, FLOAT),
                new Instr.Apply(ScalarOp.ADD, FLOAT, 0, 1, -1)));
    Kernel.Store store = new Kernel.Store(new Kernel.Operand(1, view), 2);
    return new Kernel.Map(
        List.of(FLOAT, FLOAT), List.of(new Kernel.Part(Shape.of(count), program, List.of(store))));
  }

  private CudaBackend with(Driver driver) {
    return new CudaBackend(backend.device(), backend.libraries(), driver, CSource::of);
  }

  private static long[] by(double value) {
    return new long[] {Double.doubleToRawLongBits(value)};
  }

  private static float[] read(DeviceBuffer buffer, int count) {
    float[] values = new float[count];
    buffer.read(0, MemorySegment.ofArray(values));
    return values;
  }

  private static void write(DeviceBuffer buffer, float... values) {
    buffer.write(0, MemorySegment.ofArray(values));
  }

  @Test
  void isFoundByName() {
    assertSame(Devices.get("cuda"), Devices.get("cuda:0"));
    assertEquals("cuda", Devices.get("cuda").type());
    assertTrue(Devices.isAvailable("cuda"));
    assertFalse(Devices.isAvailable("cuda:99"));
    String description = backend.info().description();
    assertTrue(description.contains("compute capability 9.0, driver for CUDA 13.0"), description);
    assertTrue(description.contains("NVRTC 13.0, cuBLAS 13.0"), description);
  }

  @Test
  void copiesToTheDeviceAndBack() {
    SplittableRandom random = new SplittableRandom(1);
    int size = (3 << 20) + 7;
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
    // More than the ring that they are staged in can hold.
    DeviceBuffer buffer = backend.allocate(4 << 20);
    float[] values = new float[200_000];
    for (int round = 0; round < 100; round++) {
      Arrays.fill(values, round);
      buffer.write(800_000L * (round % 5), MemorySegment.ofArray(values));
      Arrays.fill(values, -1);
    }
    for (int place = 0; place < 5; place++) {
      buffer.read(800_000L * place, MemorySegment.ofArray(values));
      for (float value : values) {
        assertEquals(95 + place, value);
      }
    }
    buffer.free();
  }

  /// An upload is queued behind launches without waiting for them, until 64 MiB are on their way.
  @Test
  void uploadsDoNotWait() {
    int[] waits = {0};
    CudaBackend device =
        with(
            new Driver() {
              @Override
              int query(CUevent event) {
                // As if the device did nothing yet.
                return CUresult.CUDA_ERROR_NOT_READY;
              }

              @Override
              int waitFor(CUevent event) {
                waits[0]++;
                return super.waitFor(event);
              }
            });
    DeviceBuffer buffer = device.allocate(1 << 20);
    MemorySegment piece = MemorySegment.ofArray(new byte[1 << 20]);
    for (int i = 0; i < 64; i++) {
      buffer.write(0, piece);
    }
    assertEquals(0, waits[0]);
    buffer.write(0, piece);
    assertEquals(1, waits[0]);
    device.synchronize();
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
    assertThrows(IllegalArgumentException.class, () -> backend.allocate(0));
  }

  @Test
  void launchesMakeNoGarbage() {
    CudaBackend device =
        with(
            new Driver() {
              @Override
              int launch(Step step, CUstream stream) {
                // What the emulation does takes far longer than a launch.
                return 0;
              }
            });
    Executable executable = device.compile(plusParameter(100));
    DeviceBuffer[] buffers = {device.allocate(400), device.allocate(400)};
    long[] offsets = new long[2];
    long[] params = by(1);
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long perLaunch = Long.MAX_VALUE;
    for (int round = 0; round < 50 && perLaunch > 0; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 2000; i++) {
        executable.launch(buffers, offsets, params);
      }
      perLaunch = (threads.getCurrentThreadAllocatedBytes() - before) / 2000;
    }
    assertEquals(0, perLaunch);
  }

  @Test
  void threadsShareADevice() throws Exception {
    Executable executable = backend.compile(plusParameter(100));
    for (Callable<ExecutorService> kind :
        List.<Callable<ExecutorService>>of(
            () -> Executors.newFixedThreadPool(3), Executors::newVirtualThreadPerTaskExecutor)) {
      try (ExecutorService threads = kind.call()) {
        List<Future<?>> futures = new ArrayList<>();
        for (int thread = 0; thread < 3; thread++) {
          double by = thread + 1;
          futures.add(threads.submit(() -> addOftenEnough(executable, by)));
        }
        for (Future<?> future : futures) {
          future.get();
        }
      }
    }
  }

  private void addOftenEnough(Executable executable, double by) {
    for (int repeat = 0; repeat < 5; repeat++) {
      DeviceBuffer x = backend.allocate(400);
      DeviceBuffer y = backend.allocate(400);
      write(x, new float[100]);
      for (int i = 0; i < 10; i++) {
        executable.launch(new DeviceBuffer[] {x, y}, new long[2], by(by));
        executable.launch(new DeviceBuffer[] {y, x}, new long[2], by(by));
      }
      for (float value : read(x, 100)) {
        assertEquals(20 * by, value);
      }
      x.free();
      y.free();
    }
  }

  /// Neither prepared again for other parameters nor left behind.
  @Test
  void aGraphIsCapturedOnceAndItsParametersChange() {
    Executable executable = backend.compile(plusParameter(100));
    DeviceBuffer x = backend.allocate(400);
    DeviceBuffer y = backend.allocate(400);
    write(x, new float[100]);
    long[] there = by(1);
    long[] back = by(10);
    var launches =
        List.of(
            new PreparedLaunch(executable, new DeviceBuffer[] {x, y}, new long[2], there),
            new PreparedLaunch(executable, new DeviceBuffer[] {y, x}, new long[2], back));
    long instantiated = Emulation.calls("cuGraphInstantiateWithFlags");
    long launched = Emulation.calls("cuGraphLaunch");
    long alive = Emulation.alive("exec");
    float expected = 0;
    try (Replay replay = backend.prepare(launches)) {
      for (int run = 0; run < 6; run++) {
        there[0] = by(run)[0];
        replay.launch();
        expected += run + 10;
        assertEquals(expected, read(x, 1)[0]);
      }
      assertEquals(instantiated + 1, Emulation.calls("cuGraphInstantiateWithFlags"));
      assertEquals(launched + 5, Emulation.calls("cuGraphLaunch"));
      assertEquals(alive + 1, Emulation.alive("exec"));
    }
    assertEquals(alive, Emulation.alive("exec"));
    x.free();
    y.free();
  }

  @Test
  void aGraphFollowsTheSwitchForTf32() {
    Kernel product =
        new Kernel.Contract(
            List.of(FLOAT, FLOAT, FLOAT),
            new Kernel.Operand(0, View.contiguous(Shape.of(2, 2))),
            new Kernel.Operand(1, View.contiguous(Shape.of(2, 2))),
            FLOAT,
            Program.result(FLOAT),
            new Kernel.Store(new Kernel.Operand(2, View.contiguous(Shape.of(2, 2))), 0));
    DeviceBuffer[] buffers = {backend.allocate(64), backend.allocate(64), backend.allocate(64)};
    write(buffers[0], 1, 2, 3, 4);
    write(buffers[1], 5, 6, 7, 8);
    Executable executable = backend.compile(product);
    var launch = new PreparedLaunch(executable, buffers, new long[3], new long[0]);
    long instantiated = Emulation.calls("cuGraphInstantiateWithFlags");
    try (Replay replay = backend.prepare(List.of(launch))) {
      for (int run = 0; run < 6; run++) {
        Javelin.allowTf32(run >= 3);
        replay.launch();
        assertArrayEquals(new float[] {19, 22, 43, 50}, read(buffers[2], 4));
      }
    } finally {
      Javelin.allowTf32(false);
    }
    assertEquals(instantiated + 2, Emulation.calls("cuGraphInstantiateWithFlags"));
  }

  /// Without NVRTC a kernel that was compiled once still runs, another does not.
  @Test
  void theCacheCoversForTheCompiler() {
    Kernel known = plusParameter(77);
    backend.compile(known);
    Libraries all = backend.libraries();
    var without =
        new Libraries(all.driver(), Optional.empty(), "libnvrtc.so was not found", all.blas(), "");
    var device = new CudaBackend(backend.device(), without, new Driver(), CSource::of);
    Executable executable = device.compile(known);
    DeviceBuffer x = device.allocate(400);
    DeviceBuffer y = device.allocate(400);
    write(x, new float[100]);
    executable.launch(new DeviceBuffer[] {x, y}, new long[2], by(3));
    assertEquals(3, read(y, 77)[76]);
    View view = View.contiguous(Shape.of(3));
    Instr never = Instr.ofDouble(FLOAT, (double) System.nanoTime());
    Kernel unknown =
        new Kernel.Map(
            List.of(FLOAT),
            List.of(
                new Kernel.Part(
                    Shape.of(3),
                    new Program(List.of(never)),
                    List.of(new Kernel.Store(new Kernel.Operand(0, view), 0)))));
    var error = assertThrows(CudaException.class, () -> device.compile(unknown));
    assertTrue(error.getMessage().contains("there is no NVRTC"), error.getMessage());
    assertTrue(error.getMessage().contains("libnvrtc.so was not found"), error.getMessage());
    assertTrue(error.getMessage().contains("JAVELIN_CUDA_LIBRARY_PATH"), error.getMessage());
  }

  /// A cubin that the driver does not take is compiled anew.
  @Test
  void aCubinThatDoesNotLoadIsCompiledAgain() {
    Kernel kernel = plusParameter(78);
    backend.compile(kernel);
    int[] loads = {0};
    CudaBackend device =
        with(
            new Driver() {
              @Override
              int load(CUmodule module, byte[] cubin) {
                return loads[0]++ == 0
                    ? CUresult.CUDA_ERROR_INVALID_IMAGE
                    : super.load(module, cubin);
              }
            });
    device.compile(kernel);
    assertEquals(2, loads[0]);
  }
}
