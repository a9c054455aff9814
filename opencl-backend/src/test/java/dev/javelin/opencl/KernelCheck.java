package dev.javelin.opencl;

import static org.junit.jupiter.api.Assertions.fail;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.backend.Extents;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Interpreter;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Numbers;
import dev.javelin.kernels.c.CSource;
import dev.javelin.kernels.c.Target;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;

/// Runs a kernel on a device and on the interpreter, from the same random memory, and compares all of the memory: what the kernel
/// writes, what it must leave alone, and guards before and after. Once with the text for processors, once with that for GPUs.
final class KernelCheck {
  private static final int GUARD = 256;

  /// Gives element `i` of a buffer at first, a value that its dtype can hold.
  @FunctionalInterface
  interface Fill {
    double value(int buffer, long i, SplittableRandom random);
  }

  private final Kernel kernel;
  private double tolerance;
  private Fill fill = (buffer, i, random) -> random.nextInt(-100, 100) / 8.0;
  private long[] params = {};

  private KernelCheck(Kernel kernel) {
    this.kernel = kernel;
  }

  static KernelCheck of(Kernel kernel) {
    return new KernelCheck(kernel);
  }

  /// By how much results may differ, relative to 1 plus their size.
  KernelCheck within(double newTolerance) {
    tolerance = newTolerance;
    return this;
  }

  KernelCheck filledWith(Fill newFill) {
    fill = newFill;
    return this;
  }

  KernelCheck with(long... newParams) {
    params = newParams;
    return this;
  }

  void run() {
    for (boolean cpu : List.of(true, false)) {
      run(cpu);
    }
  }

  private void run(boolean cpu) {
    OpenClBackend first = Cases.first();
    OpenClBackend backend =
        new OpenClBackend(
            first.device(),
            new Driver(),
            (what, target) -> CSource.of(what, new Target(target.dialect(), cpu, target.units())));
    Extents extents = Extents.of(kernel);
    int count = kernel.buffers().size();
    try (Arena arena = Arena.ofConfined()) {
      DeviceBuffer[] buffers = new DeviceBuffer[count];
      long[] offsets = new long[count];
      MemorySegment[] expected = new MemorySegment[count];
      MemorySegment[] based = new MemorySegment[count];
      SplittableRandom random = new SplittableRandom(kernel.hashCode());
      for (int buffer = 0; buffer < count; buffer++) {
        DType type = kernel.buffers().get(buffer);
        long bytes = GUARD + (extents.touches(buffer) ? extents.end(buffer) : 0) + GUARD;
        expected[buffer] = arena.allocate(bytes, 64);
        long guard = GUARD / type.bytes();
        for (long i = 0; i < bytes / type.bytes(); i++) {
          Numbers.setDouble(type, expected[buffer], i, fill.value(buffer, i - guard, random));
        }
        buffers[buffer] = backend.allocate(bytes);
        buffers[buffer].write(0, expected[buffer]);
        offsets[buffer] = GUARD;
        based[buffer] = expected[buffer].asSlice(GUARD);
      }
      Executable executable = backend.compile(kernel);
      for (int times = 0; times < 2; times++) {
        // Twice, because a launch must leave nothing behind for the next.
        executable.launch(buffers, offsets, params);
        Interpreter.run(kernel, based, params);
        for (int buffer = 0; buffer < count; buffer++) {
          compare(cpu, buffer, expected[buffer], buffers[buffer]);
        }
      }
      for (DeviceBuffer buffer : buffers) {
        buffer.free();
      }
    }
  }

  private void compare(boolean cpu, int buffer, MemorySegment expected, DeviceBuffer actual) {
    DType type = kernel.buffers().get(buffer);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(actual.bytes(), 64);
      actual.read(0, memory);
      if (memory.mismatch(expected) < 0) {
        return;
      }
      for (long i = 0; i < actual.bytes() / type.bytes(); i++) {
        if (!isEqual(type, expected, memory, i)) {
          long element = i - GUARD / type.bytes();
          fail(
              (cpu ? "processor" : "GPU")
                  + " text, buffer "
                  + buffer
                  + " element "
                  + element
                  + ": expected "
                  + number(type, expected, i)
                  + ", got "
                  + number(type, memory, i)
                  + " from "
                  + kernel);
        }
      }
    }
  }

  private boolean isEqual(DType type, MemorySegment expected, MemorySegment actual, long i) {
    if (!type.isFloatingPoint()) {
      return Numbers.getLong(type, expected, i) == Numbers.getLong(type, actual, i);
    }
    double want = Numbers.getDouble(type, expected, i);
    double got = Numbers.getDouble(type, actual, i);
    return Double.isNaN(want)
        ? Double.isNaN(got)
        : want == got || Math.abs(want - got) <= tolerance * (1 + Math.abs(want));
  }

  private static String number(DType type, MemorySegment memory, long i) {
    return type.isFloatingPoint()
        ? Double.toString(Numbers.getDouble(type, memory, i))
        : Long.toString(Numbers.getLong(type, memory, i));
  }
}
