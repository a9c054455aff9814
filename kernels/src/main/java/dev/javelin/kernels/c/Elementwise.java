package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;

/// Loops over all indices of a shape.
///
/// On a GPU neighbouring work-items take neighbouring elements. On a processor a work-item takes a run of rows, so it finds the position
/// on the outer axes once for each row and the compiler sees a plain inner loop.
///
/// @param grid the device
/// @param types the dtype of each buffer
/// @param memory what is bound to each buffer
/// @param wide whether positions and counts need 64 bits
record Elementwise(Grid grid, List<DType> types, IntFunction<Arg> memory, boolean wide) {
  /// Whether a loop needs 64 bits.
  static boolean isWide(Shape shape, List<View> views) {
    return Signature.isWide(Math.max((double) shape.numel(), Block.reach(views)));
  }

  /// A program of one loop.
  ///
  /// @param name what to call the function
  /// @param element writes what is done at an index
  static CProgram program(
      String name,
      Shape shape,
      List<View> views,
      List<DType> types,
      Target target,
      BiConsumer<Code, Operands> element) {
    Elementwise loops =
        new Elementwise(new Grid(target), types, Arg.Buffer::new, isWide(shape, views));
    List<Piece> pieces =
        shape.numel() == 0 ? List.of() : List.of(loops.piece(shape, views, element));
    return Piece.program(name, List.of(pieces), loops.wide, loops.grid, 0);
  }

  /// One loop.
  ///
  /// @param element writes what is done at an index
  Piece piece(Shape shape, List<View> views, BiConsumer<Code, Operands> element) {
    Signature signature = new Signature(wide, memory);
    Block all = Block.of("r", shape, views, View::strides).atLeastOneAxis();
    boolean byRows = grid.target().cpu() && all.rank() > 1;
    Block rows = byRows ? all.butLast() : all;
    Block row = all.last("i");
    Operands operands =
        byRows ? new Operands(signature, types, rows, row) : new Operands(signature, types, rows);
    Code loop = new Code();
    grid.forEach(loop, "r", signature.number(rows.count()));
    operands.axes(loop, rows);
    if (byRows) {
      loop.open("for (idx i = 0; i < " + signature.number(row.count()) + "; i++)");
    }
    element.accept(loop, operands);
    if (byRows) {
      loop.close();
    }
    loop.close();
    return new Piece(signature, loop, rows.count());
  }
}
