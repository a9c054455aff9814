package dev.javelin.nn;

import dev.javelin.ops.OpDef;
import dev.javelin.ops.RecurrentOps;

/// One step of a gated recurrent unit.
public final class GRUCell extends RecurrentCell {
  private static final OpDef STEP = RecurrentOps.gruCell();

  /// A cell with biases.
  ///
  /// @param inputSize the size of the input
  /// @param hiddenSize the size of the state
  public GRUCell(long inputSize, long hiddenSize) {
    this(inputSize, hiddenSize, true);
  }

  /// A cell.
  ///
  /// @param inputSize the size of the input
  /// @param hiddenSize the size of the state
  /// @param bias whether there are biases
  public GRUCell(long inputSize, long hiddenSize, boolean bias) {
    super(inputSize, hiddenSize, bias, 3, 1);
  }

  @Override
  OpDef step() {
    return STEP;
  }

  @Override
  int carried() {
    return 0;
  }
}
