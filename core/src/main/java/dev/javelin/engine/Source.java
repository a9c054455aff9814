package dev.javelin.engine;

import dev.javelin.ops.OpDef;
import java.util.List;

/// Where a value's elements come from.
sealed interface Source
    permits Storage, Source.Constant, Source.Leaf, Source.Computed, Source.Absent {
  /// A plain number.
  ///
  /// @param bits an integer, or the bits of a double, as the layout says
  record Constant(long bits) implements Source {}

  /// The `index`-th input of a trace.
  ///
  /// @param index which input
  record Leaf(int index) implements Source {}

  /// An element of a trace's graph. Identity is what counts, so this is no record.
  final class Computed implements Source {
    final OpDef op;
    final List<Value> inputs;
    final int output;

    /// How many calls were recorded before.
    final int order;

    /// The first output of the same call; itself if this is it.
    final Value[] siblings;

    Computed(OpDef op, List<Value> inputs, int output, int order, Value[] siblings) {
      this.op = op;
      this.inputs = inputs;
      this.output = output;
      this.order = order;
      this.siblings = siblings;
    }
  }

  /// Only the layout is known: an input that a gradient needs for its shape alone.
  ///
  /// @param device where it was
  record Absent(DeviceContext device) implements Source {}
}
