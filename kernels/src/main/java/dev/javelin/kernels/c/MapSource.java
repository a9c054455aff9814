package dev.javelin.kernels.c;

import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.View;
import java.util.List;

/// Writes elementwise kernels: maps and copies. Each part is a [Piece]; equal pieces become one function.
final class MapSource {
  private MapSource() {}

  /// Writes a map.
  static CProgram of(Kernel.Map kernel, Target target) {
    List<Kernel.Part> parts =
        kernel.parts().stream().filter(part -> part.shape().numel() > 0).toList();
    boolean wide = parts.stream().anyMatch(part -> Elementwise.isWide(part.shape(), views(part)));
    Elementwise loops = new Elementwise(new Grid(target), kernel.buffers(), wide);
    List<Piece> pieces =
        parts.stream()
            .map(
                part ->
                    loops.piece(part.shape(), views(part), (code, at) -> compute(part, code, at)))
            .toList();
    return Piece.program("map", pieces, wide, loops.grid());
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
    Kernel.Operand from = kernel.source();
    Kernel.Operand to = kernel.target();
    String bits = CType.bits(kernel.buffers().get(from.buffer()));
    return Elementwise.program(
        "copy",
        to.view().shape(),
        List.of(from.view(), to.view()),
        kernel.buffers(),
        target,
        (code, at) -> code.line(at.element(to, bits) + " = " + at.element(from, bits) + ";"));
  }
}
