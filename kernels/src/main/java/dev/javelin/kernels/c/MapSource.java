package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.View;
import java.util.ArrayList;
import java.util.List;

/// Writes elementwise kernels: maps and copies. Each part is a [Piece], or several that run one after the other where it uses more
/// buffers than a launch can bind; equal pieces become one function.
final class MapSource {
  private final Kernel.Map kernel;
  private final Grid grid;
  private final boolean wide;

  /// The dtypes of the kernel's buffers, and of those in scratch memory behind them.
  private final List<DType> types;

  /// Where each buffer in scratch memory begins.
  private final List<Long> offsets = new ArrayList<>();

  private long scratch;

  private MapSource(Kernel.Map kernel, Target target) {
    this.kernel = kernel;
    this.grid = new Grid(target);
    this.types = new ArrayList<>(kernel.buffers());
    this.wide =
        kernel.parts().stream()
            .filter(part -> part.shape().numel() > 0)
            .anyMatch(part -> Elementwise.isWide(part.shape(), views(part)));
  }

  /// Writes a map.
  static CProgram of(Kernel.Map kernel, Target target) {
    return new MapSource(kernel, target).program();
  }

  private CProgram program() {
    List<List<Piece>> steps = new ArrayList<>();
    for (Kernel.Part part : kernel.parts()) {
      if (part.shape().numel() > 0) {
        List<Piece> pieces = pieces(part);
        for (int step = 0; step < pieces.size(); step++) {
          if (step == steps.size()) {
            steps.add(new ArrayList<>());
          }
          steps.get(step).add(pieces.get(step));
        }
      }
    }
    return Piece.program("map", steps, wide, grid, scratch);
  }

  /// The steps of a part: one, if a launch can bind what it uses.
  private List<Piece> pieces(Kernel.Part part) {
    int most = PieceGroup.MAX_BUFFERS;
    List<Piece> pieces = pieces(part, most);
    while (most > 6 && pieces.stream().anyMatch(Piece::bindsTooMuch)) {
      most /= 2;
      pieces = pieces(part, most);
    }
    return pieces;
  }

  private List<Piece> pieces(Kernel.Part part, int most) {
    PartSplit split = PartSplit.of(part, types.size(), most);
    for (DType type : split.added()) {
      types.add(type);
      offsets.add(scratch);
      scratch = Math.ceilDiv(scratch + part.shape().numel() * type.bytes(), 256) * 256;
    }
    Elementwise loops = new Elementwise(grid, List.copyOf(types), this::memory, wide);
    return split.steps().stream().map(step -> piece(step, loops)).toList();
  }

  private Arg memory(int buffer) {
    int own = buffer - kernel.buffers().size();
    return own < 0 ? new Arg.Buffer(buffer) : new Arg.Scratch(offsets.get(own));
  }

  private static Piece piece(Kernel.Part part, Elementwise loops) {
    List<View> views = views(part);
    Block block = Block.of("r", part.shape(), views, View::strides).atLeastOneAxis();
    int count = loops.grid().target().cpu() ? 1 : Lanes.count(part, block, loops.types());
    if (count == 1) {
      return loops.piece(part.shape(), views, (code, at) -> at.compute(code, part));
    }
    Signature signature = new Signature(loops.wide(), loops.memory());
    Operands operands = new Operands(signature, loops.types(), block);
    Lanes lanes = new Lanes(part, block, operands, loops.types(), count);
    Code loop = lanes.loop(loops.grid(), signature.number(block.count()));
    return new Piece(signature, loop, Math.ceilDiv(block.count(), count));
  }

  private static List<View> views(Kernel.Part part) {
    return Operands.views(part.program(), part.stores());
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
