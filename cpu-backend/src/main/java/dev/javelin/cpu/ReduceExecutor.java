package dev.javelin.cpu;

import dev.javelin.backend.Executable;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.Arrays;
import java.util.List;

/// Chooses how a reduction is run, by where neighbours lie in the tensor that is read most: along a
/// folded axis, then rows are folded one by one ([RowReduce]); or along an axis that stays, then
/// many rows are folded into one at a time ([ColumnReduce]).
final class ReduceExecutor {
  private ReduceExecutor() {}

  static Executable of(Kernel.Reduce kernel, Loops loops) {
    Shape space = kernel.outer().concat(kernel.inner());
    Program body = kernel.body();
    View lead = Orders.lead(body, space);
    int rank = kernel.outer().rank();
    boolean inOrder = kernel.folds().stream().anyMatch(ReduceExecutor::isArgument);
    int[] inner =
        inOrder
            ? Orders.asGiven(space, rank, space.rank())
            : Orders.byMemory(lead, rank, space.rank());
    int[] outer = Orders.byMemory(lead, 0, rank);
    int columns = columns(lead, outer, inner);
    if (columns == 0 || space.numel() == 0) {
      return new RowReduce(kernel, loops, outer, inner);
    }
    int[] rest = Arrays.copyOf(outer, outer.length - columns);
    int[] across = Arrays.copyOfRange(outer, outer.length - columns, outer.length);
    return new ColumnReduce(kernel, loops, rest, inner, across);
  }

  /// For each fold the values that it reads.
  static List<int[]> values(Kernel.Reduce kernel) {
    return kernel.folds().stream()
        .map(fold -> FoldInput.values(kernel.body(), kernel.folds(), List.of(), fold))
        .toList();
  }

  static boolean isArgument(Kernel.Fold fold) {
    return fold.op() == Kernel.FoldOp.ARGMAX || fold.op() == Kernel.FoldOp.ARGMIN;
  }

  /// How many of the last outer axes are walked in smaller steps than any folded axis.
  private static int columns(View lead, int[] outer, int[] inner) {
    long smallest =
        Arrays.stream(inner)
            .mapToLong(axis -> Math.abs(lead.stride(axis)))
            .filter(stride -> stride != 0)
            .min()
            .orElse(0);
    int count = 0;
    for (int i = outer.length - 1; i >= 0; i--) {
      long stride = Math.abs(lead.stride(outer[i]));
      if (stride == 0 || stride >= smallest) {
        break;
      }
      count++;
    }
    return count;
  }
}
