package dev.javelin.cpu;

import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.Comparator;
import java.util.stream.IntStream;

/// In which order an executor visits the axes of an iteration space.
final class Orders {
  private Orders() {}

  /// Some axes from the one along which a view takes the largest steps to that with the smallest;
  /// without those of size 1.
  ///
  /// @param lead the view that is to be visited in the order of memory
  /// @param from the first axis
  /// @param end one past the last
  static int[] byMemory(View lead, int from, int end) {
    return IntStream.range(from, end)
        .filter(axis -> lead.shape().size(axis) != 1)
        .boxed()
        .sorted(Comparator.comparingLong(axis -> -Math.abs(lead.stride(axis))))
        .mapToInt(axis -> axis)
        .toArray();
  }

  /// Some axes as they come, without those of size 1.
  static int[] asGiven(Shape shape, int from, int end) {
    return IntStream.range(from, end).filter(axis -> shape.size(axis) != 1).toArray();
  }

  /// The view through which most elements are read; contiguous if nothing is read.
  static View lead(Program program, Shape space) {
    View lead = View.contiguous(space);
    long most = 0;
    for (Instr instr : program.code()) {
      if (instr instanceof Instr.Load load && elements(load.view()) > most) {
        lead = load.view();
        most = elements(lead);
      }
    }
    return lead;
  }

  /// How many different elements a view reads, if it does not overlap itself.
  private static long elements(View view) {
    long product = 1;
    for (int axis = 0; axis < view.shape().rank(); axis++) {
      product *= view.stride(axis) == 0 ? 1 : view.shape().size(axis);
    }
    return product;
  }

  /// One order after the other.
  static int[] concat(int[]... orders) {
    return IntStream.range(0, orders.length).flatMap(i -> IntStream.of(orders[i])).toArray();
  }
}
