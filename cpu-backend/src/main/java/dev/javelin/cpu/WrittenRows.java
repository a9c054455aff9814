package dev.javelin.cpu;

import java.util.List;
import java.util.function.Consumer;

/// The rows of a kernel as one [FusedLoop].
final class WrittenRows {
  private final RowShape shape;
  private final List<RowFinder.Operand> inputs;
  private final List<RowFinder.Operand> outputs;
  private final FusedLoop loop;

  /// Where the results of each fold go, row by row.
  private final long[] results;

  private final long rests;
  private final long[] kept;

  /// Runs rows.
  @FunctionalInterface
  interface Steps {
    /// Runs them.
    void run(Frame frame, long from, long end);
  }

  /// The loop of some rows.
  ///
  /// @param layout where memory is set aside
  /// @param results where the results of each fold go in the frame's memory
  /// @param begin computes what is the same for all rows
  /// @param steps runs rows without the loop
  WrittenRows(
      RowFinder.Rows rows,
      Loops loops,
      Layout layout,
      long[] results,
      Consumer<Frame> begin,
      Steps steps) {
    this.shape = rows.shape();
    this.inputs = rows.inputs();
    this.outputs = rows.outputs();
    this.results = results;
    this.rests = layout.memory(RowLoopWriter.REST_ROOM * RowLoopWriter.rests(shape));
    this.kept = new long[new RowPhases(shape).kept().size()];
    for (int i = 0; i < kept.length; i++) {
      kept[i] = layout.memory(4L * shape.length());
    }
    RowSample sample = rows.sample();
    long sampled = sample.rows();
    this.loop =
        loops.fused(
            shape,
            memory -> steps.run(sample.bind(layout, memory, begin), 0, sampled),
            (fused, memory) -> run(sample.bind(layout, memory, begin), fused, 0, sampled));
  }

  /// The loop, or null if the steps are to be run.
  ///
  /// @param rows how many rows there are to do
  Loop get(long rows) {
    return loop.get(rows * shape.length());
  }

  /// Runs rows.
  void run(Frame frame, Loop fused, long from, long end) {
    long[] arguments = frame.arguments;
    int next = 0;
    arguments[next++] = frame.room();
    arguments[next++] = frame.memory + rests;
    for (RowFinder.Operand input : inputs) {
      arguments[next++] = address(frame, input, from);
      if (input.kind() != RowShape.Input.ALL) {
        arguments[next++] = 4 * input.step();
      }
    }
    for (long result : results) {
      arguments[next++] = frame.memory + result + 4 * (from - frame.firstRow);
    }
    for (RowFinder.Operand output : outputs) {
      arguments[next++] = address(frame, output, from);
      arguments[next++] = 4 * output.step();
    }
    for (long each : kept) {
      arguments[next++] = frame.memory + each;
    }
    fused.run(arguments, (int) (end - from));
  }

  private static long address(Frame frame, RowFinder.Operand operand, long row) {
    return operand.buffer() < 0
        ? frame.at[(int) operand.offset()]
        : frame.buffers[operand.buffer()] + 4 * (operand.offset() + row * operand.step());
  }
}
