package dev.javelin.cpu;

import java.util.ArrayList;
import java.util.List;

/// What a loop that [LoopWriter] writes computes. Equal shapes are one loop, whatever kernels they
/// come from.
///
/// Values are numbered: first the inputs, then the results of the operations in their order.
///
/// @param inputs what is read
/// @param operations what is computed
/// @param outputs the values that are written, each the result of an operation
record LoopShape(List<Input> inputs, List<Operation> operations, List<Integer> outputs) {
  /// The most longs that a loop is given.
  static final int MOST_ARGUMENTS = 64;

  /// How an input goes along with the elements.
  enum Walk {
    /// One value for each element, side by side.
    STEPS,
    /// One value for all elements, as often as a vector has lanes.
    STAYS,
    /// One or the other, as its mask says, see [Loops].
    EITHER
  }

  /// Where an input comes from.
  ///
  /// @param truths whether it is an int for each element that is 0 or not; else a float32
  record Input(boolean truths, Walk walk) {}

  /// An operation.
  ///
  /// @param function the name of the method of [VectorFunctions]
  /// @param operands the values it takes
  record Operation(String function, List<Integer> operands) {}

  /// The longs that a loop is given: the address of room for two vectors, for each input its address
  /// and, if it walks either way, its mask, for each output its address.
  int arguments() {
    int masks = (int) inputs.stream().filter(input -> input.walk() == Walk.EITHER).count();
    return 1 + inputs.size() + masks + outputs.size();
  }

  /// The same with some more inputs that stay.
  ///
  /// @param which the bits of their numbers
  LoopShape staying(long which) {
    List<Input> changed = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      boolean stays = (which >> i & 1) != 0;
      changed.add(stays ? new Input(inputs.get(i).truths(), Walk.STAYS) : inputs.get(i));
    }
    return new LoopShape(changed, operations, outputs);
  }
}
