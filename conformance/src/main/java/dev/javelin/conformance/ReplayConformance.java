package dev.javelin.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.javelin.backend.Backend;
import dev.javelin.backend.BackendProvider;
import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.PreparedLaunch;
import dev.javelin.backend.Replay;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Interpreter;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.ScalarOp;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

/// Sequences of launches that are prepared once and run many times: they give what the interpreter gives, one kernel after the other.
/// All numbers are whole and small, so that they are exact in any order of summation.
public abstract class ReplayConformance extends Conformance {
  private static final DType FLOAT = DType.FLOAT32;
  private static final int RUNS = 5;

  /// For subclasses.
  protected ReplayConformance() {}

  /// The device under test, as the engine sees it.
  private Backend backend() {
    return ServiceLoader.load(BackendProvider.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(provider -> provider.name().equals(device().type()))
        .flatMap(provider -> provider.devices().stream())
        .filter(backend -> backend.info().name().equals(device().name()))
        .findFirst()
        .orElseThrow();
  }

  /// Buffers of floats on the device and, the same, for the interpreter.
  private final class Memory {
    final DeviceBuffer[] device;
    final MemorySegment[] host;

    Memory(int... sizes) {
      device = new DeviceBuffer[sizes.length];
      host = new MemorySegment[sizes.length];
      for (int i = 0; i < sizes.length; i++) {
        float[] values = new float[sizes[i]];
        for (int j = 0; j < values.length; j++) {
          values[j] = (j * 7 + i) % 5 - 2;
        }
        host[i] = MemorySegment.ofArray(values);
        device[i] = backend().allocate(4L * sizes[i]);
        device[i].write(0, host[i]);
      }
    }

    PreparedLaunch prepare(Kernel kernel, long[] params, int... buffers) {
      DeviceBuffer[] bound =
          Arrays.stream(buffers).mapToObj(i -> device[i]).toArray(DeviceBuffer[]::new);
      return new PreparedLaunch(backend().compile(kernel), bound, new long[bound.length], params);
    }

    void interpret(Kernel kernel, long[] params, int... buffers) {
      MemorySegment[] bound =
          Arrays.stream(buffers).mapToObj(i -> host[i]).toArray(MemorySegment[]::new);
      Interpreter.run(kernel, bound, params);
    }

    void compare(String when) {
      for (int i = 0; i < device.length; i++) {
        float[] expected = host[i].toArray(ValueLayout.JAVA_FLOAT);
        assertArrayEquals(expected, read(i), when + ", buffer " + i);
      }
    }

    float[] read(int buffer) {
      float[] values = new float[(int) (device[buffer].bytes() / 4)];
      device[buffer].read(0, MemorySegment.ofArray(values));
      return values;
    }

    void free() {
      for (DeviceBuffer buffer : device) {
        buffer.free();
      }
    }
  }

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

  /// Buffer 2 becomes the product of buffers 0 and 1, of which the smaller of it and parameter 0 is stored.
  private static Kernel cappedProduct(int m, int k, int n) {
    Program finish =
        new Program(
            List.of(
                new Instr.Result(0, FLOAT),
                new Instr.Param(0, FLOAT),
                new Instr.Apply(ScalarOp.MIN, FLOAT, 0, 1, -1)));
    return product(m, k, n, finish, 2);
  }

  private static Kernel product(int m, int k, int n, Program finish, int value) {
    return new Kernel.Contract(
        List.of(FLOAT, FLOAT, FLOAT),
        new Kernel.Operand(0, View.contiguous(Shape.of(m, k))),
        new Kernel.Operand(1, View.contiguous(Shape.of(k, n))),
        FLOAT,
        finish,
        new Kernel.Store(new Kernel.Operand(2, View.contiguous(Shape.of(m, n))), value));
  }

  private static void set(long[] params, double value) {
    params[0] = Double.doubleToRawLongBits(value);
  }

  /// Each launch reads what the one before wrote, and parameters change between runs and stay between others.
  @Test
  void runsInOrderWithTheParametersOfNow() {
    int count = 1000;
    Memory memory = new Memory(count, count);
    Kernel kernel = plusParameter(count);
    long[] first = new long[1];
    long[] second = new long[1];
    set(second, 3);
    try (Replay replay =
        backend()
            .prepare(
                List.of(
                    memory.prepare(kernel, first, 0, 1), memory.prepare(kernel, second, 1, 0)))) {
      for (int run = 0; run < RUNS; run++) {
        set(first, run - run % 2);
        replay.launch();
        memory.interpret(kernel, first, 0, 1);
        memory.interpret(kernel, second, 1, 0);
        if (run % 2 == 0) {
          memory.compare("run " + run);
        }
      }
      memory.compare("at last");
    }
    memory.free();
  }

  /// Products by a library, with and without something after them, among other kernels.
  @Test
  void productsAreReplayed() {
    Memory memory = new Memory(6 * 8, 8 * 4, 6 * 4, 6 * 4);
    Kernel capped = cappedProduct(6, 8, 4);
    Kernel plain = product(6, 8, 4, Program.result(FLOAT), 0);
    Kernel plus = plusParameter(6 * 4);
    long[] cap = new long[1];
    long[] by = new long[1];
    try (Replay replay =
        backend()
            .prepare(
                List.of(
                    memory.prepare(plain, new long[0], 0, 1, 2),
                    memory.prepare(plus, by, 2, 3),
                    memory.prepare(capped, cap, 0, 1, 2)))) {
      for (int run = 0; run < RUNS; run++) {
        set(cap, run - 2);
        set(by, 10 * run);
        replay.launch();
        memory.interpret(plain, new long[0], 0, 1, 2);
        memory.interpret(plus, by, 2, 3);
        memory.interpret(capped, cap, 0, 1, 2);
        memory.compare("run " + run);
      }
    }
    memory.free();
  }

  /// What a kernel compiled later needs, scratch memory for one, takes nothing from a sequence prepared before.
  @Test
  void kernelsCompiledLaterDoNoHarm() {
    Memory memory = new Memory(6 * 8, 8 * 4, 6 * 4);
    Memory large = new Memory(256, 256, 256 * 256);
    Kernel capped = cappedProduct(6, 8, 4);
    long[] cap = new long[1];
    try (Replay replay = backend().prepare(List.of(memory.prepare(capped, cap, 0, 1, 2)))) {
      replay.launch();
      replay.launch();
      Kernel other = cappedProduct(256, 1, 256);
      large.prepare(other, cap, 0, 1, 2).launch();
      set(cap, 1);
      replay.launch();
      replay.launch();
      memory.interpret(capped, cap, 0, 1, 2);
      memory.compare("after a larger kernel");
    }
    memory.free();
    large.free();
  }

  @Test
  void aBadIndexIsReportedAtEveryRun() {
    Shape shape = Shape.of(3);
    Kernel gather =
        new Kernel.Gather(
            List.of(FLOAT, DType.INT64, FLOAT),
            shape,
            new Kernel.Operand(0, View.of(shape, new long[] {0}, 0)),
            1,
            4,
            new Kernel.Operand(1, View.contiguous(shape)),
            new Kernel.Operand(2, View.contiguous(shape)));
    Memory memory = new Memory(4, 6, 3);
    DeviceBuffer index = memory.device[1];
    index.write(0, MemorySegment.ofArray(new long[] {3, 0, 1}));
    try (Replay replay = backend().prepare(List.of(memory.prepare(gather, new long[0], 0, 1, 2)))) {
      for (int run = 0; run < RUNS; run++) {
        boolean bad = run != 1;
        index.write(0, MemorySegment.ofArray(new long[] {bad ? 4 : 3, 0, 1}));
        if (bad) {
          assertThrows(
              IndexOutOfBoundsException.class,
              () -> {
                replay.launch();
                backend().synchronize();
              });
        } else {
          replay.launch();
          float[] values = memory.read(0);
          assertArrayEquals(new float[] {values[3], values[0], values[1]}, memory.read(2));
        }
      }
    }
    memory.free();
  }

  @Test
  void freedMemoryIsNotRunOn() {
    Memory memory = new Memory(100, 100);
    Kernel kernel = plusParameter(100);
    try (Replay replay = backend().prepare(List.of(memory.prepare(kernel, new long[1], 0, 1)))) {
      for (int run = 0; run < 3; run++) {
        replay.launch();
      }
      memory.free();
      assertThrows(IllegalStateException.class, replay::launch);
    }
  }

  @Test
  void nothingMayBeRepeated() {
    try (Replay replay = backend().prepare(List.of())) {
      for (int run = 0; run < 3; run++) {
        replay.launch();
      }
    }
    backend().synchronize();
  }
}
