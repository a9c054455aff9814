package dev.javelin.cpu;

import dev.javelin.kernels.Kernel.FoldOp;
import java.util.List;

/// What a loop over rows computes that [RowLoopWriter] writes. Equal shapes are one loop, whatever
/// kernels they come from.
///
/// Values are numbered: first the inputs, then the results of the folds, then those of the operations.
///
/// @param length how many elements a row has
/// @param inputs what is read
/// @param folds what is folded, in order
/// @param operations what is computed
/// @param outputs the values that are written for each element
record RowShape(
    int length,
    List<Input> inputs,
    List<Fold> folds,
    List<LoopShape.Operation> operations,
    List<Integer> outputs) {

  /// What an input has.
  enum Input {
    /// A number for each element, side by side.
    ELEMENTS,
    /// A number for each row.
    ROW,
    /// A number for all, as often as a vector has lanes.
    ALL
  }

  /// A fold.
  ///
  /// @param op sum, largest or smallest
  /// @param value the value that is folded
  record Fold(FoldOp op, int value) {}

  /// The number of a fold's result.
  int result(int fold) {
    return inputs.size() + fold;
  }

  /// The number of an operation's result.
  int operation(int operation) {
    return inputs.size() + folds.size() + operation;
  }

  /// How many values there are.
  int values() {
    return operation(operations.size());
  }

  /// The operation that gives a value; null for inputs and results of folds.
  LoopShape.Operation operationOf(int value) {
    return value < operation(0) ? null : operations.get(value - operation(0));
  }

  /// Whether a value is a truth for each lane.
  boolean isTruth(int value) {
    LoopShape.Operation operation = operationOf(value);
    return operation != null && VectorCode.Functions.isTruth(operation.function());
  }
}
