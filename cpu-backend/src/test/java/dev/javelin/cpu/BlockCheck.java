package dev.javelin.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Interpreter;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Numbers;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// Runs a kernel on an executor and on the reference interpreter, on copies of the same memory, and
/// compares all of it: what must be written, what must not, and guard bytes before and behind every
/// buffer.
final class BlockCheck {
  private static final int GUARD = 256;
  private static final byte GUARD_BYTE = 0x5a;

  private final Arena arena = Arena.ofAuto();
  private final Kernel kernel;
  private final DType[] types;
  private final MemorySegment[] memory;
  private final long[] elements;
  private final long[] offsets;

  /// Prepares buffers filled with random numbers.
  ///
  /// @param elements the size of each buffer in elements
  BlockCheck(Kernel kernel, Random random, long... elements) {
    this.kernel = kernel;
    this.types = kernel.buffers().toArray(DType[]::new);
    this.memory = new MemorySegment[types.length];
    this.elements = elements;
    this.offsets = new long[types.length];
    for (int b = 0; b < types.length; b++) {
      long bytes = elements[b] * types[b].bytes();
      // Tensors that begin anywhere a slice can begin.
      offsets[b] = (long) random.nextInt(4) * types[b].bytes();
      memory[b] = arena.allocate(offsets[b] + bytes + 2 * GUARD, 64);
      memory[b].fill(GUARD_BYTE);
      for (long i = 0; i < elements[b]; i++) {
        put(b, i, number(types[b], random));
      }
    }
  }

  /// Numbers with few bits, so that sums and products of some of them are exact in float32.
  private static double number(DType type, Random random) {
    return switch (type) {
      case BOOL -> random.nextInt(2);
      case UINT8 -> random.nextInt(256);
      case INT8 -> random.nextInt(256) - 128;
      case INT16, INT32, INT64 -> random.nextInt(41) - 20;
      case FLOAT16, BFLOAT16, FLOAT32, FLOAT64 -> (random.nextInt(33) - 16) / 4.0;
    };
  }

  void put(int buffer, long element, double value) {
    Numbers.setDouble(types[buffer], data(memory, buffer), element, value);
  }

  double get(int buffer, long element) {
    return Numbers.getDouble(types[buffer], data(memory, buffer), element);
  }

  private MemorySegment data(MemorySegment[] memory, int buffer) {
    return memory[buffer].asSlice(
        GUARD + offsets[buffer], elements[buffer] * types[buffer].bytes());
  }

  /// Makes a buffer the same memory as an earlier one of the same type and size.
  BlockCheck share(int buffer, int earlier) {
    memory[buffer] = memory[earlier];
    offsets[buffer] = offsets[earlier];
    return this;
  }

  private MemorySegment[] copies() {
    MemorySegment[] copies = new MemorySegment[memory.length];
    for (int b = 0; b < copies.length; b++) {
      int first = Arrays.asList(memory).indexOf(memory[b]);
      copies[b] =
          first < b ? copies[first] : arena.allocate(memory[b].byteSize(), 64).copyFrom(memory[b]);
    }
    return copies;
  }

  /// Launches on this check's memory, without a comparison.
  void launch(Executable executable, long... params) {
    launch(executable, memory, params);
  }

  private void launch(Executable executable, MemorySegment[] on, long... params) {
    DeviceBuffer[] buffers = new DeviceBuffer[on.length];
    long[] starts = new long[on.length];
    for (int b = 0; b < on.length; b++) {
      long bytes = elements[b] * types[b].bytes() + offsets[b];
      buffers[b] = CpuBuffer.lent(on[b].address() + GUARD, Math.max(1, bytes));
      starts[b] = offsets[b];
    }
    executable.launch(buffers, starts, params);
  }

  static Executable compile(Kernel kernel, Loops loops) {
    return switch (kernel) {
      case Kernel.Map map -> BlockExecutor.of(map, loops);
      case Kernel.Reduce reduce -> BlockExecutor.of(reduce, loops);
      case Kernel.RowWise row -> BlockExecutor.of(row, loops);
      default -> throw new AssertionError("not a kernel of the block executor");
    };
  }

  /// The bits of everything that a launch leaves in memory.
  byte[] bits(Executable executable, long... params) {
    MemorySegment[] after = copies();
    launch(executable, after, params);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (MemorySegment buffer : after) {
      bytes.writeBytes(buffer.toArray(ValueLayout.JAVA_BYTE));
    }
    return bytes.toByteArray();
  }

  /// Compares every kind of loops with the interpreter.
  ///
  /// @param tolerance how far a result may lie off, relative to its size and absolutely
  void run(double tolerance, String name, long... params) {
    MemorySegment[] expected = copies();
    MemorySegment[] views = new MemorySegment[expected.length];
    for (int b = 0; b < views.length; b++) {
      views[b] = data(expected, b);
    }
    Interpreter.run(kernel, views, params);
    for (Loops loops : List.of(Loops.of(true), Loops.of(false), Loops.preferred())) {
      MemorySegment[] actual = copies();
      Executable executable = compile(kernel, loops);
      launch(executable, actual, params);
      compare(expected, actual, tolerance, name + " (" + loops + ")");
      MemorySegment[] again = copies();
      launch(executable, again, params);
      for (int b = 0; b < again.length; b++) {
        assertEquals(-1, again[b].mismatch(actual[b]), name + ": a second launch differs");
      }
    }
  }

  private void compare(
      MemorySegment[] expected, MemorySegment[] actual, double tolerance, String name) {
    for (int b = 0; b < types.length; b++) {
      guard(actual[b], 0, GUARD + offsets[b], name + ": before buffer " + b);
      long end = GUARD + offsets[b] + elements[b] * types[b].bytes();
      guard(actual[b], end, actual[b].byteSize(), name + ": behind buffer " + b);
      MemorySegment left = data(expected, b);
      MemorySegment right = data(actual, b);
      for (long i = 0; i < elements[b]; i++) {
        check(types[b], left, right, i, tolerance, name + ", buffer " + b + ", element " + i);
      }
    }
  }

  private static void check(
      DType type, MemorySegment left, MemorySegment right, long i, double tolerance, String name) {
    if (!type.isFloatingPoint()) {
      if (Numbers.getLong(type, left, i) != Numbers.getLong(type, right, i)) {
        assertEquals(Numbers.getLong(type, left, i), Numbers.getLong(type, right, i), name);
      }
      return;
    }
    double want = Numbers.getDouble(type, left, i);
    double have = Numbers.getDouble(type, right, i);
    // Narrow types may round a tiny difference to the next number.
    double bound =
        switch (type) {
          case FLOAT16 -> Math.max(tolerance, 1.1 / 1024);
          case BFLOAT16 -> Math.max(tolerance, 1.1 / 128);
          default -> tolerance;
        };
    boolean same =
        want == have
            || Double.isNaN(want) && Double.isNaN(have)
            || Math.abs(want - have) <= bound * Math.max(1, Math.abs(want));
    if (!same) {
      fail(name + ": expected " + want + ", got " + have);
    }
  }

  private static void guard(MemorySegment memory, long from, long end, String name) {
    for (long i = from; i < end; i++) {
      if (memory.get(ValueLayout.JAVA_BYTE, i) != GUARD_BYTE) {
        fail(name + ": byte " + i + " was overwritten");
      }
    }
  }
}
