package dev.javelin.backend;

import dev.javelin.kernels.Kernel;
import java.util.Arrays;

/// Stands before every executable of a backend: lets a launch through only if all it can touch lies inside its buffers.
///
/// This is the one place that keeps a wrong offset or a short buffer from crashing the JVM. That a buffer is not yet freed is for the
/// executable behind it to see.
public final class CheckedExecutable implements Executable {
  private final String kernel;
  private final Executable body;

  // For each buffer that is touched: its number, the first byte and the byte after the last.
  private final int[] numbers;
  private final long[] first;
  private final long[] end;

  /// Guards an executable.
  ///
  /// @param kernel what it runs
  /// @param extents what it touches
  /// @param body the executable
  public CheckedExecutable(Kernel kernel, Extents extents, Executable body) {
    this.kernel = kernel.getClass().getSimpleName();
    this.body = body;
    int count = 0;
    int[] touched = new int[extents.buffers()];
    for (int buffer = 0; buffer < touched.length; buffer++) {
      if (extents.touches(buffer)) {
        touched[count++] = buffer;
      }
    }
    this.numbers = Arrays.copyOf(touched, count);
    this.first = new long[count];
    this.end = new long[count];
    for (int i = 0; i < count; i++) {
      first[i] = extents.first(numbers[i]);
      end[i] = extents.end(numbers[i]);
    }
  }

  @Override
  public void launch(DeviceBuffer[] buffers, long[] offsets, long[] params) {
    for (int i = 0; i < numbers.length; i++) {
      int number = numbers[i];
      long offset = offsets[number];
      DeviceBuffer buffer = buffers[number];
      // Written so that no offset can overflow; an extent itself is bounded by what a view can
      // express.
      if (offset < -first[i] || offset > buffer.bytes() - end[i]) {
        throw outside(i, offset, buffer);
      }
    }
    body.launch(buffers, offsets, params);
  }

  private IllegalStateException outside(int i, long offset, DeviceBuffer buffer) {
    return new IllegalStateException(
        "kernel "
            + kernel
            + ": buffer "
            + numbers[i]
            + " has "
            + buffer.bytes()
            + " bytes, but the launch would touch bytes "
            + (offset + first[i])
            + " to "
            + (offset + end[i] - 1));
  }
}
