package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// Writes at computed places as C.
///
/// Where places repeat the order counts, so everything that can meet in one place is done by one work-item: the axes along which the
/// target does not move are walked in order, the others are spread over work-items. Those also share the places among them where the
/// other axes alone give too few of them; then each index is read by several, which is cheap, and used by one.
final class ScatterSource {
  private static final int MAX_SHARES = 256;

  private ScatterSource() {}

  static CProgram of(Kernel.Scatter kernel, Target target) {
    if (kernel.shape().numel() == 0) {
      return new CProgram("", List.of(), 0);
    }
    List<View> views =
        List.of(kernel.source().view(), kernel.index().view(), kernel.target().view());
    Block walked = block("w", kernel, views, true);
    Block free = block("f", kernel, views, false);
    Block columns = free.last("c");
    Block owners = free.butLast();
    Signature signature = new Signature(Elementwise.isWide(kernel.shape(), views));
    Operands operands = new Operands(signature, kernel.buffers(), owners, columns, walked);
    int perItem = target.cpu() ? 32 : 1;
    long blocks = Math.ceilDiv(columns.count(), perItem);
    long count = blocks * owners.count();
    long shares = shares(count, Math.min(walked.count(), kernel.axisSize()), target);
    signature.number("items", count * shares);
    signature.number("owners", count);
    signature.number("column_blocks", blocks);
    signature.number("column_size", columns.count());
    signature.number("share_mask", shares - 1);
    signature.number("walk", walked.count());
    signature.whole("axis_stride", kernel.axisStride());
    signature.whole("axis_size", kernel.axisSize());
    signature.fault();
    DType type = kernel.buffers().get(kernel.source().buffer());
    String element = kernel.add() ? CType.element(type) : CType.bits(type);
    DType indexType = kernel.buffers().get(kernel.index().buffer());
    memory(signature, "source", element, kernel.source());
    memory(signature, "index", CType.element(indexType), kernel.index());
    memory(signature, "target", element, kernel.target());
    Code owner = new Code();
    operands.axes(owner, owners);
    Code step = new Code();
    operands.axes(step, walked);
    boolean oneIndex = columns.step(kernel.index().view()) == 0;
    int items = target.cpu() ? 1 : 64;
    Map<String, String> gaps = new HashMap<>();
    gaps.put("OWNER", owner.toString());
    gaps.put("STEP", step.toString());
    gaps.put("SOURCE", operands.at(kernel.source().view()));
    gaps.put("INDEX", operands.at(kernel.index().view()));
    gaps.put("TARGET", operands.at(kernel.target().view()));
    gaps.put("MOVE", kernel.add() ? add(type) : "target[to] = source[from];");
    gaps.put("PARAMETERS", signature.declarations());
    gaps.put("PROLOGUE", signature.pointers().toString());
    String text =
        signature.header()
            + "#define ITEMS "
            + items
            + "\n#define COLUMNS "
            + perItem
            + "\n#define ONE_INDEX "
            + (oneIndex ? 1 : 0)
            + "\n"
            + Template.resource("scatter.k").fill(gaps);
    int groups = new Grid(target).groups(count * shares, items);
    return new CProgram(text, List.of(new Launch("scatter", groups, items, signature.args())), 0);
  }

  /// The axes that are walked in order, or the others.
  private static Block block(String name, Kernel.Scatter kernel, List<View> views, boolean walked) {
    int[] chosen =
        IntStream.range(0, kernel.shape().rank())
            .filter(axis -> (kernel.target().view().stride(axis) == 0) == walked)
            .toArray();
    Shape shape = Shape.of(Arrays.stream(chosen).mapToLong(kernel.shape()::size).toArray());
    return Block.of(
        name, shape, views, view -> Arrays.stream(chosen).mapToLong(view::stride).toArray());
  }

  /// Among how many the places are shared: a power of two, 1 where there are enough work-items without.
  private static long shares(long owners, long most, Target target) {
    long wanted = target.cpu() ? 2L * target.units() : 64L * target.units();
    long shares = 1;
    while (shares * owners < wanted && shares < MAX_SHARES && shares * 2 <= most) {
      shares *= 2;
    }
    return shares;
  }

  private static void memory(
      Signature signature, String name, String type, Kernel.Operand operand) {
    signature.memory(name, type, new Arg.Buffer(operand.buffer()));
  }

  private static String add(DType type) {
    DType register = type.register();
    String sum =
        switch (register) {
          case INT32 -> "(int)((u32)before + (u32)more)";
          case INT64 -> "(i64)((u64)before + (u64)more)";
          default -> "before + more";
        };
    String name = CType.register(register);
    return name
        + " before = "
        + CType.load(type, "target", "to")
        + ";\n"
        + name
        + " more = "
        + CType.load(type, "source", "from")
        + ";\n"
        + name
        + " sum = "
        + sum
        + ";\n"
        + CType.store(type, "target", "to", register, "sum");
  }
}
