package dev.javelin.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.backend.Extents;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Interpreter;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Numbers;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// Runs a kernel on the CPU backend and on the interpreter, from the same random memory, and
/// compares all of the memory: what the kernel writes, what it must leave alone, and guards before
/// and after.
final class BackendCheck {
  private static final int GUARD = 128;

  /// Fills a buffer.
  @FunctionalInterface
  interface Fill {
    /// Gives element `i` of a buffer, a value that the buffer's dtype can hold.
    double value(int buffer, long i, SplittableRandom random);
  }

  private final Kernel kernel;
  private double tolerance;
  private Fill fill = BackendCheck::anyValue;
  private long[] params = {};

  private BackendCheck(Kernel kernel) {
    this.kernel = kernel;
  }

  static BackendCheck of(Kernel kernel) {
    return new BackendCheck(kernel);
  }

  /// By how much results may differ, relative to 1 plus their size.
  BackendCheck within(double newTolerance) {
    tolerance = newTolerance;
    return this;
  }

  /// What a buffer holds at first.
  BackendCheck filledWith(Fill newFill) {
    fill = newFill;
    return this;
  }

  BackendCheck with(long... newParams) {
    params = newParams;
    return this;
  }

  static double anyValue(int buffer, long i, SplittableRandom random) {
    return random.nextInt(-100, 100) / 8.0;
  }

  void run() {
    Extents extents = Extents.of(kernel);
    int count = kernel.buffers().size();
    CpuBackend backend = new CpuBackend();
    try (Arena arena = Arena.ofConfined()) {
      DeviceBuffer[] buffers = new DeviceBuffer[count];
      long[] offsets = new long[count];
      MemorySegment[] expected = new MemorySegment[count];
      MemorySegment[] based = new MemorySegment[count];
      SplittableRandom random = new SplittableRandom(kernel.hashCode());
      for (int buffer = 0; buffer < count; buffer++) {
        DType type = kernel.buffers().get(buffer);
        long end = extents.touches(buffer) ? extents.end(buffer) : 0;
        long bytes = GUARD + end + GUARD;
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
          compare(buffer, expected[buffer], buffers[buffer]);
        }
        // The first launch was on plain loops; what has a loop on vectors takes it the second time.
        Warmup.await();
      }
      for (DeviceBuffer buffer : buffers) {
        buffer.free();
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void compare(int buffer, MemorySegment expected, DeviceBuffer actual) {
    DType type = kernel.buffers().get(buffer);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(actual.bytes(), 64);
      actual.read(0, memory);
      if (memory.mismatch(expected) < 0) {
        return;
      }
      for (long i = 0; i < actual.bytes() / type.bytes(); i++) {
        double want = Numbers.getDouble(type, expected, i);
        double got = Numbers.getDouble(type, memory, i);
        boolean equal =
            tolerance == 0
                ? Double.compare(want, got) == 0
                : Double.isNaN(want)
                    ? Double.isNaN(got)
                    : want == got || Math.abs(want - got) <= tolerance * (1 + Math.abs(want));
        if (!equal) {
          long element = i - GUARD / type.bytes();
          fail(
              "buffer "
                  + buffer
                  + " element "
                  + element
                  + ": expected "
                  + want
                  + ", got "
                  + got
                  + " from "
                  + kernel);
        }
      }
    }
  }

  /// The ways an array may lie in memory.
  enum Layout {
    /// Row by row.
    CONTIGUOUS,
    /// The last two axes exchanged in memory.
    TRANSPOSED,
    /// The second axis is the innermost in memory.
    CHANNELS_LAST,
    /// The first axis is the innermost in memory.
    BATCH_LAST,
    /// Gaps between the elements of every axis, and not at the beginning.
    SPACED,
    /// The last axis runs backwards.
    BACKWARDS;

    View view(long... sizes) {
      Shape shape = Shape.of(sizes);
      int rank = sizes.length;
      return switch (this) {
        case CONTIGUOUS -> View.contiguous(shape);
        case TRANSPOSED -> {
          if (rank < 2) {
            yield View.contiguous(shape);
          }
          int[] axes = axes(rank);
          axes[rank - 2] = rank - 1;
          axes[rank - 1] = rank - 2;
          yield permuted(shape, axes);
        }
        case CHANNELS_LAST -> {
          if (rank < 3) {
            yield View.contiguous(shape);
          }
          int[] axes = new int[rank];
          for (int axis = 2; axis < rank; axis++) {
            axes[axis - 1] = axis;
          }
          axes[rank - 1] = 1;
          yield permuted(shape, axes);
        }
        case BATCH_LAST -> {
          int[] axes = new int[rank];
          for (int axis = 1; axis < rank; axis++) {
            axes[axis - 1] = axis;
          }
          yield permuted(shape, axes);
        }
        case SPACED -> {
          long[] strides = new long[rank];
          long stride = 2;
          for (int axis = rank - 1; axis >= 0; axis--) {
            strides[axis] = stride;
            stride = stride * Math.max(1, sizes[axis]) + 3;
          }
          yield View.of(shape, strides, 5);
        }
        case BACKWARDS -> {
          if (rank == 0 || shape.numel() == 0) {
            yield View.contiguous(shape);
          }
          long[] strides = shape.contiguousStrides();
          strides[rank - 1] *= -1;
          yield View.of(shape, strides, shape.size(-1) - 1);
        }
      };
    }

    private static int[] axes(int rank) {
      int[] axes = new int[rank];
      Arrays.setAll(axes, axis -> axis);
      return axes;
    }

    /// A dense view whose axes lie in memory in this order, the outermost first.
    private static View permuted(Shape shape, int[] order) {
      long[] strides = new long[order.length];
      long stride = 1;
      for (int i = order.length - 1; i >= 0; i--) {
        strides[order[i]] = stride;
        stride *= Math.max(1, shape.size(order[i]));
      }
      return View.of(shape, strides, 0);
    }
  }

  static Kernel.Operand operand(int buffer, View view) {
    return new Kernel.Operand(buffer, view);
  }

  /// Launches a kernel over memory given as arrays of doubles, for tests with known answers.
  static double[] launch(Kernel kernel, int result, double[][] values, long... params) {
    CpuBackend backend = new CpuBackend();
    List<DType> types = kernel.buffers();
    assertEquals(types.size(), values.length);
    DeviceBuffer[] buffers = new DeviceBuffer[values.length];
    try (Arena arena = Arena.ofConfined()) {
      for (int b = 0; b < values.length; b++) {
        MemorySegment memory = arena.allocate(Math.max(8L, 8L * values[b].length), 64);
        for (int i = 0; i < values[b].length; i++) {
          Numbers.setDouble(types.get(b), memory, i, values[b][i]);
        }
        buffers[b] = backend.allocate(memory.byteSize());
        buffers[b].write(0, memory);
      }
      backend.compile(kernel).launch(buffers, new long[values.length], params);
      double[] out = new double[values[result].length];
      MemorySegment memory = arena.allocate(buffers[result].bytes(), 64);
      buffers[result].read(0, memory);
      for (int i = 0; i < out.length; i++) {
        out[i] = Numbers.getDouble(types.get(result), memory, i);
      }
      for (DeviceBuffer buffer : buffers) {
        buffer.free();
      }
      return out;
    }
  }
}
