package dev.javelin.engine;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.View;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// A kernel being written: numbers the slots it uses as its buffers, and the plan's inputs it uses as its parameters.
final class Draft {
  final List<Integer> slots = new ArrayList<>();
  final List<DType> types = new ArrayList<>();
  private final List<Integer> params = new ArrayList<>();
  private final List<Boolean> toDouble = new ArrayList<>();

  /// A finished kernel with what to bind to it.
  record Finished(Kernel kernel, List<Integer> slots, int[] params, boolean[] toDouble) {}

  int buffer(int slot, DType type) {
    int known = slots.indexOf(slot);
    if (known >= 0) {
      return known;
    }
    slots.add(slot);
    types.add(type);
    return slots.size() - 1;
  }

  int param(int input, boolean asDouble) {
    for (int i = 0; i < params.size(); i++) {
      if (params.get(i) == input && toDouble.get(i) == asDouble) {
        return i;
      }
    }
    params.add(input);
    toDouble.add(asDouble);
    return params.size() - 1;
  }

  Kernel.Operand operand(Placed place) {
    return new Kernel.Operand(buffer(place.slot(), place.dtype()), place.view());
  }

  Finished finish(Function<List<DType>, Kernel> kernel) {
    boolean[] conversions = new boolean[params.size()];
    for (int i = 0; i < conversions.length; i++) {
      conversions[i] = toDouble.get(i);
    }
    return new Finished(
        kernel.apply(List.copyOf(types)),
        List.copyOf(slots),
        params.stream().mapToInt(Integer::intValue).toArray(),
        conversions);
  }

  /// Where a value's elements lie.
  ///
  /// @param slot in which memory
  /// @param view which elements, one for each index of the value
  /// @param dtype their type
  record Placed(int slot, View view, DType dtype) {}
}
