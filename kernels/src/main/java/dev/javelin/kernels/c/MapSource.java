package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/// Writes elementwise kernels: maps and copies. Each part is a [Piece]; equal pieces become one function.
final class MapSource {
  private final Grid grid;
  private final List<DType> types;
  private final boolean wide;

  private MapSource(Target target, List<DType> types, boolean wide) {
    this.grid = new Grid(target);
    this.types = types;
    this.wide = wide;
  }

  /// Writes a map.
  static CProgram of(Kernel.Map kernel, Target target) {
    List<Kernel.Part> parts =
        kernel.parts().stream().filter(part -> part.shape().numel() > 0).toList();
    boolean wide = parts.stream().anyMatch(part -> Space.isWide(part.shape(), views(part)));
    MapSource source = new MapSource(target, kernel.buffers(), wide);
    List<Piece> pieces =
        parts.stream()
            .map(
                part ->
                    source.piece(part.shape(), views(part), (code, at) -> compute(part, code, at)))
            .toList();
    return Piece.program("map", pieces, wide, source.grid);
  }

  private static List<View> views(Kernel.Part part) {
    return Operands.views(part.program(), part.stores());
  }

  private static void compute(Kernel.Part part, Code code, Operands operands) {
    CBody body = new CBody(part.program(), operands, "v");
    body.emit(code, part.stores().stream().mapToInt(Kernel.Store::value).toArray());
    operands.store(code, body, part.stores());
  }

  /// Writes a copy, which moves bits without looking at them.
  static CProgram of(Kernel.Copy kernel, Target target) {
    View from = kernel.source().view();
    View to = kernel.target().view();
    List<View> views = List.of(from, to);
    boolean wide = Space.isWide(to.shape(), views);
    MapSource source = new MapSource(target, kernel.buffers(), wide);
    String bits = CType.bits(kernel.buffers().get(kernel.source().buffer()));
    List<Piece> pieces =
        Stream.of(to.shape())
            .filter(shape -> shape.numel() > 0)
            .map(
                shape ->
                    source.piece(
                        shape,
                        views,
                        (code, at) ->
                            code.line(
                                at.element(kernel.target(), bits)
                                    + " = "
                                    + at.element(kernel.source(), bits)
                                    + ";")))
            .toList();
    return Piece.program("copy", pieces, wide, source.grid);
  }

  private Piece piece(Shape shape, List<View> views, BiConsumer<Code, Operands> element) {
    Signature signature = new Signature(wide);
    Space space = Space.of(shape, Shape.SCALAR, views).atLeastOneAxis();
    // A processor walks whole rows, and divides once for each; a GPU's work-items divide for each
    // element.
    boolean rows = grid.target().cpu() && space.rank(false) > 1;
    if (rows) {
      space = space.rows();
    }
    Operands operands = new Operands(space, signature, types);
    Code loop = new Code();
    String count = signature.number(space.count(false));
    grid.forEach(loop, "r", count);
    operands.axes(loop, false);
    if (rows) {
      loop.open("for (idx i = 0; i < " + signature.number(space.count(true)) + "; i++)");
      operands.axes(loop, true);
    }
    element.accept(loop, operands);
    if (rows) {
      loop.close();
    }
    loop.close();
    return new Piece(signature, loop, space.count(false));
  }
}
