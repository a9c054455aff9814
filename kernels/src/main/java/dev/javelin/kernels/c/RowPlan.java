package dev.javelin.kernels.c;

import dev.javelin.kernels.Instr;
import dev.javelin.kernels.View;

/// How rows are spread over a device.
///
/// @param lanes how many work-items share a row: 1, or a power of two up to the size of a group
/// @param parts into how many parts each row is cut, to be folded by as many rows of work-items; 1 if they are enough without
record RowPlan(int lanes, int parts) {
  private static final int MAX_PARTS = 1024;

  /// More folds in one kernel than this would need more local memory than every device has: 16 bytes for each work-item and fold.
  private static final int MAX_SHARED_FOLDS = 8;

  /// @param phases how many passes the folds take: where one needs the result of another, the whole row must be folded before
  static RowPlan of(Rows rows, int phases, Block outer, Block inner, Target target) {
    long count = outer.count();
    long length = inner.count();
    boolean mayCut = rows.stores().isEmpty() && phases == 1;
    if (target.cpu()) {
      long parts = count >= target.units() ? 1 : Math.min(4L * target.units(), length >> 14);
      return new RowPlan(1, mayCut ? (int) Math.max(1, parts) : 1);
    }
    boolean alone =
        length < 8 || isColumns(rows, outer, inner) && mayCut || !mayShare(rows.folds().size());
    int lanes = alone ? 1 : length <= 512 ? 32 : 256;
    // Enough work-items to hide the latency of memory, each with enough to do to be worth a second
    // launch.
    long wanted = 512L * target.units() / (count * lanes);
    long parts = Math.min(Math.min(wanted, length / (16L * lanes)), MAX_PARTS);
    return new RowPlan(lanes, mayCut ? (int) Math.max(1, parts) : 1);
  }

  /// Whether work-items can combine so many folds in local memory.
  static boolean mayShare(int folds) {
    return folds <= MAX_SHARED_FOLDS;
  }

  /// Whether neighbours in memory are of neighbouring rows, so that a work-item for each row reads better than many for one.
  private static boolean isColumns(Rows rows, Block outer, Block inner) {
    int columns = 0;
    for (Instr instr : rows.body().code()) {
      if (instr instanceof Instr.Load load) {
        View view = load.view();
        boolean down = Math.abs(outer.step(view)) == 1;
        boolean across = Math.abs(inner.step(view)) == 1;
        columns += (down ? 1 : 0) - (across ? 1 : 0);
      }
    }
    return columns > 0;
  }
}
