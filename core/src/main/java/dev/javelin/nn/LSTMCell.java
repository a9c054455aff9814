package dev.javelin.nn;

import dev.javelin.ops.OpDef;
import dev.javelin.ops.RecurrentOps;

/// One step of a long short-term memory; `callAll(x, h, c)` gives h and c.
public final class LSTMCell extends RecurrentCell {
  private static final OpDef STEP = RecurrentOps.lstmCell();

  /// A cell with biases.
  ///
  /// @param inputSize the size of the input
  /// @param hiddenSize the size of the state
  public LSTMCell(long inputSize, long hiddenSize) {
    this(inputSize, hiddenSize, true);
  }

  /// A cell.
  ///
  /// @param inputSize the size of the input
  /// @param hiddenSize the size of the state
  /// @param bias whether there are biases
  public LSTMCell(long inputSize, long hiddenSize, boolean bias) {
    super(inputSize, hiddenSize, bias, 4, 2);
  }

  @Override
  OpDef step() {
    return STEP;
  }

  @Override
  int carried() {
    return 1;
  }
}
