package dev.javelin.nn;

import dev.javelin.ops.OpDef;
import dev.javelin.ops.RecurrentOps;

/// One step of Elman's network: `tanh(W x + b + U h + c)`.
public final class RNNCell extends RecurrentCell {
  private static final OpDef STEP = RecurrentOps.rnnCell(false);

  /// A cell with biases.
  ///
  /// @param inputSize the size of the input
  /// @param hiddenSize the size of the state
  public RNNCell(long inputSize, long hiddenSize) {
    this(inputSize, hiddenSize, true);
  }

  /// A cell.
  ///
  /// @param inputSize the size of the input
  /// @param hiddenSize the size of the state
  /// @param bias whether there are biases
  public RNNCell(long inputSize, long hiddenSize, boolean bias) {
    super(inputSize, hiddenSize, bias, 1, 1);
  }

  @Override
  OpDef step() {
    return STEP;
  }

  @Override
  int carried() {
    return -1;
  }
}
