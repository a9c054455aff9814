package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.View;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

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
    Axes walked = axes(kernel, views, true);
    Axes free = axes(kernel, views, false);
    long reach = kernel.shape().numel();
    for (View view : views) {
      reach = Math.max(reach, Epilogue.extent(view));
    }
    Parameters parameters = new Parameters(reach > Integer.MAX_VALUE - (1 << 26));
    int last = free.rank() - 1;
    long columns = last < 0 ? 1 : free.sizes().get(last);
    int perItem = target.cpu() ? 32 : 1;
    long blocks = Math.ceilDiv(columns, perItem);
    long owners = blocks;
    for (int axis = 0; axis < last; axis++) {
      owners *= free.sizes().get(axis);
    }
    long walk = walked.sizes().stream().reduce(1L, Math::multiplyExact);
    long shares = shares(owners, Math.min(walk, kernel.axisSize()), target);
    parameters.number("items", owners * shares);
    parameters.number("owners", owners);
    parameters.number("column_blocks", blocks);
    parameters.number("column_size", columns);
    parameters.number("share_mask", shares - 1);
    parameters.number("walk", walk);
    parameters.memory("fault", "i64", new Arg.Fault(), 0);
    parameters.offset("axis_stride", kernel.axisStride());
    parameters.offset("axis_size", kernel.axisSize());
    DType type = kernel.buffers().get(kernel.source().buffer());
    String element = kernel.add() ? CType.element(type) : CType.bits(type);
    DType indexType = kernel.buffers().get(kernel.index().buffer());
    memory(parameters, "source", element, kernel.source());
    memory(parameters, "index", CType.element(indexType), kernel.index());
    memory(parameters, "target", element, kernel.target());
    Code owner = new Code();
    Code step = new Code();
    positions(parameters, free, last, owner, "f", "f_rest");
    positions(parameters, walked, walked.rank(), step, "w", "i");
    List<String> names = List.of("source", "index", "target");
    for (int view = 0; view < 3; view++) {
      String name = names.get(view);
      parameters.number(name + "_column", last < 0 ? 0 : free.strides().get(view).get(last));
      StringBuilder start = new StringBuilder("f_from * " + name + "_column");
      for (int axis = 0; axis < last; axis++) {
        parameters.number(name + "_f" + axis, free.strides().get(view).get(axis));
        start.append(" + f").append(axis).append(" * ").append(name).append("_f").append(axis);
      }
      // The target does not move along the axes that are walked.
      boolean moves = view < 2;
      owner.line("idx " + name + (moves ? "_from" : "_at") + " = " + start + ";");
      if (moves) {
        for (int axis = 0; axis < walked.rank(); axis++) {
          parameters.number(name + "_" + axis, walked.strides().get(view).get(axis));
        }
        String moved = Axes.distance(name, "w", walked.rank());
        step.line("idx " + name + "_at = " + name + "_from + " + moved + ";");
      }
    }
    boolean oneIndex = last < 0 || free.strides().get(1).get(last) == 0;
    int items = target.cpu() ? 1 : 64;
    String text =
        parameters.typedef()
            + "#define ITEMS "
            + items
            + "\n#define COLUMNS "
            + perItem
            + "\n#define ONE_INDEX "
            + (oneIndex ? 1 : 0)
            + "\n"
            + Template.resource("scatter.k")
                .fill(
                    Map.of(
                        "PARAMETERS", parameters.declarations(),
                        "PROLOGUE", parameters.prologue(),
                        "OWNER", owner.toString(),
                        "STEP", step.toString(),
                        "MOVE", kernel.add() ? add(type) : "target[to] = source[from];"));
    int groups = new Grid(target).groups(owners * shares, items);
    return new CProgram(text, List.of(new Launch("scatter", groups, items, parameters.args())), 0);
  }

  /// The axes that are walked in order, or the others. An axis of size 1 is neither.
  private static Axes axes(Kernel.Scatter kernel, List<View> views, boolean walked) {
    List<Integer> chosen = new ArrayList<>();
    for (int axis = 0; axis < kernel.shape().rank(); axis++) {
      if ((kernel.target().view().stride(axis) == 0) == walked) {
        chosen.add(axis);
      }
    }
    long[] sizes = chosen.stream().mapToLong(axis -> kernel.shape().size(axis)).toArray();
    return Axes.of(
        sizes,
        views.stream().map(view -> chosen.stream().mapToLong(view::stride).toArray()).toList());
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
      Parameters parameters, String name, String type, Kernel.Operand operand) {
    parameters.memory(name, type, new Arg.Buffer(operand.buffer()), operand.view().offset());
  }

  private static void positions(
      Parameters parameters, Axes axes, int rank, Code code, String prefix, String linear) {
    for (int axis = 1; axis < rank; axis++) {
      parameters.number(prefix + axis + "_size", axes.sizes().get(axis));
    }
    Axes.decode(code, linear, prefix, rank);
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
