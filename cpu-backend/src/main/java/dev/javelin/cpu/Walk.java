package dev.javelin.cpu;

/// A position that steps through an iteration space row by row, and how far each operand lies from
/// its beginning.
final class Walk {
  private final long[] sizes;
  private final long[][] strides;
  private final long[] index;
  private final long[] distances;

  /// A position.
  ///
  /// @param axes the space
  /// @param operands how many operands it has
  /// @param start the number of the place to begin at, row by row
  Walk(Axes axes, int operands, long start) {
    sizes = axes.sizes();
    strides = new long[operands][];
    index = new long[sizes.length];
    distances = new long[operands];
    long rest = start;
    for (int axis = sizes.length - 1; axis >= 0; axis--) {
      index[axis] = rest % sizes[axis];
      rest /= sizes[axis];
    }
    for (int operand = 0; operand < operands; operand++) {
      strides[operand] = axes.strides(operand);
      for (int axis = 0; axis < sizes.length; axis++) {
        distances[operand] += index[axis] * strides[operand][axis];
      }
    }
  }

  /// How far an operand lies from its beginning, in bytes.
  long distance(int operand) {
    return distances[operand];
  }

  /// Steps to the next place; from the last to the first.
  void next() {
    for (int axis = sizes.length - 1; axis >= 0; axis--) {
      if (++index[axis] < sizes[axis]) {
        for (int operand = 0; operand < distances.length; operand++) {
          distances[operand] += strides[operand][axis];
        }
        return;
      }
      index[axis] = 0;
      for (int operand = 0; operand < distances.length; operand++) {
        distances[operand] -= strides[operand][axis] * (sizes[axis] - 1);
      }
    }
  }
}
