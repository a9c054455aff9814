package dev.javelin.cpu;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Kernel.FoldOp;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.ScalarOp;
import java.util.List;

/// The values of a block that a fold takes: one, or the two factors of a product that is summed and
/// used for nothing else.
///
/// @param place where the value is found in a frame
/// @param other where the second factor is found; -1 without one
/// @param bytes the size of an element of its register type
/// @param room memory for a block, for a value that is the same for all elements
/// @param otherRoom the same for the second factor
record FoldInput(int place, int other, int bytes, long room, long otherRoom) {
  /// The values that a fold reads.
  ///
  /// @param stores what is stored of the program
  static int[] values(
      Program program, List<Kernel.Fold> folds, List<Kernel.Store> stores, Kernel.Fold fold) {
    int v = fold.value();
    boolean joins =
        fold.op() == FoldOp.SUM
            && program.code().get(v) instanceof Instr.Apply apply
            && apply.op() == ScalarOp.MUL
            && apply.type() == DType.FLOAT32
            && uses(program, folds, stores, v) == 1;
    return joins && program.code().get(v) instanceof Instr.Apply product
        ? new int[] {product.x(), product.y()}
        : new int[] {v};
  }

  private static long uses(
      Program program, List<Kernel.Fold> folds, List<Kernel.Store> stores, int v) {
    long inCode =
        program.code().stream()
            .filter(
                instr ->
                    instr instanceof Instr.Cast cast && cast.x() == v
                        || instr instanceof Instr.Apply apply
                            && (apply.x() == v || apply.y() == v || apply.z() == v))
            .count();
    return inCode
        + folds.stream().filter(fold -> fold.value() == v).count()
        + stores.stream().filter(store -> store.value() == v).count();
  }

  /// What a fold of a plan reads.
  ///
  /// @param layout where room is set aside
  /// @param values what [#values] gave
  /// @param bytes the size of an element of the register type
  static FoldInput of(BlockPlan plan, Layout layout, int[] values, int bytes) {
    boolean pair = values.length > 1;
    long room = layout.memory((long) plan.block * bytes);
    return new FoldInput(
        plan.place(values[0]),
        pair ? plan.place(values[1]) : -1,
        bytes,
        room,
        pair ? layout.memory((long) plan.block * bytes) : 0);
  }

  /// Where the values of the block lie side by side.
  long at(Frame frame, int n) {
    return at(frame, place, room, n);
  }

  /// Where the second factors lie; 0 without.
  long otherAt(Frame frame, int n) {
    return other < 0 ? 0 : other == place ? at(frame, n) : at(frame, other, otherRoom, n);
  }

  private long at(Frame frame, int place, long room, int n) {
    long at = frame.at[place];
    if (frame.mask[place] == 0) {
      long to = frame.memory + room;
      Packing.fill(to, Packing.bits(at, bytes), bytes, n);
      return to;
    }
    return at;
  }
}
