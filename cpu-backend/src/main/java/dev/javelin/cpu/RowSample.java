package dev.javelin.cpu;

import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import java.util.Arrays;
import java.util.function.Consumer;

/// Rows of a kernel in the memory of a [Warmup.Sample]: all operands are ones, since they are usual
/// numbers for every function.
final class RowSample {
  /// How many elements the rows should have together.
  static final int LENGTH = Samples.LENGTH;

  private final long most;

  /// For each buffer the first element that is used, how many elements each further row reaches further,
  /// and where the first row ends.
  private final long[] first;

  private final long[] step;
  private final long[] end;
  private final long[] params;

  /// The frame that has these buffers.
  private Frame bound;

  /// Rows that use no buffer so far.
  ///
  /// @param most how many rows there are at most
  RowSample(Kernel.RowWise kernel, long most) {
    int buffers = kernel.buffers().size();
    this.most = most;
    this.first = new long[buffers];
    this.step = new long[buffers];
    this.end = new long[buffers];
    Arrays.fill(first, Long.MAX_VALUE);
    int count =
        kernel.body().code().stream()
            .mapToInt(instr -> instr instanceof Instr.Param(int index, _) ? index + 1 : 0)
            .max()
            .orElse(0);
    this.params = new long[count];
    Arrays.fill(params, Double.doubleToRawLongBits(1));
  }

  /// Adds what a view uses.
  ///
  /// @param offset the first element
  /// @param perRow the elements from row to row
  /// @param width how many elements each row uses
  void add(int buffer, long offset, long perRow, long width) {
    first[buffer] = Math.min(first[buffer], offset);
    step[buffer] = Math.max(step[buffer], perRow);
    end[buffer] = Math.max(end[buffer], offset + width);
  }

  private long bytes(int buffer, long rows) {
    return first[buffer] == Long.MAX_VALUE
        ? 0
        : (4 * (end[buffer] + (rows - 1) * step[buffer] - first[buffer]) + 63 & -64) + 64;
  }

  /// How many rows fit the memory; 0 if none does.
  long rows() {
    for (long rows = most; rows > 0; rows--) {
      long bytes = 0;
      for (int buffer = 0; buffer < first.length; buffer++) {
        bytes += bytes(buffer, rows);
      }
      if (bytes <= Warmup.MEMORY) {
        return rows;
      }
    }
    return 0;
  }

  /// The frame of this thread with the buffers in a memory; all that is the same for all rows is computed.
  ///
  /// @param begin computes it
  Frame bind(Layout layout, long memory, Consumer<Frame> begin) {
    Frame frame = Frame.current();
    if (bound == frame) {
      return frame;
    }
    for (long at = memory; at < memory + Warmup.MEMORY; at += 4) {
      Memory.putFloat(at, 1);
    }
    frame.reserve(layout);
    frame.buffers = new long[first.length];
    frame.params = params;
    frame.firstRow = 0;
    long rows = rows();
    long next = memory;
    for (int buffer = 0; buffer < first.length; buffer++) {
      frame.buffers[buffer] = next - 4 * first[buffer];
      next += bytes(buffer, rows);
    }
    begin.accept(frame);
    bound = frame;
    return frame;
  }
}
