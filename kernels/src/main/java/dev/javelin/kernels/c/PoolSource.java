package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Pooling as C. Gradients are gathered: each element of the input finds the windows that cover it, so nothing is written twice.
final class PoolSource {
  private final Kernel.Pool kernel;
  private final Target target;
  private final boolean backward;
  private final boolean max;
  private final DType type;

  /// What is computed in. Means of integers are computed as floats, as the one division in them needs.
  private final DType register;

  private PoolSource(Kernel.Pool kernel, Target target) {
    this.kernel = kernel;
    this.target = target;
    this.backward =
        switch (kernel.op()) {
          case MAX, AVERAGE -> false;
          case MAX_BACKWARD, AVERAGE_BACKWARD -> true;
        };
    this.max =
        switch (kernel.op()) {
          case MAX, MAX_BACKWARD -> true;
          case AVERAGE, AVERAGE_BACKWARD -> false;
        };
    this.type = kernel.buffers().get(kernel.x().buffer());
    this.register = max ? type.register() : type == DType.FLOAT64 ? DType.FLOAT64 : DType.FLOAT32;
  }

  static CProgram of(Kernel.Pool kernel, Target target) {
    return new PoolSource(kernel, target).program();
  }

  private CProgram program() {
    Kernel.Window window = kernel.window();
    View x = kernel.x().view();
    View y = kernel.y().view();
    Shape shape = (backward ? x : y).shape();
    if (shape.numel() == 0) {
      return new CProgram("", List.of(), 0);
    }
    Signature signature = new Signature(isWide());
    List<View> views = List.of(x, y, kernel.index().view());
    Shape planes = Shape.of(x.shape().size(0), x.shape().size(1));
    Block block = Block.of("p", planes, views, view -> Arrays.copyOf(view.strides(), 2));
    Operands operands = new Operands(signature, kernel.buffers(), block);
    Code plane = new Code();
    operands.axes(plane, block);
    declare(operands, plane, "x", CType.element(type), kernel.x());
    declare(operands, plane, "y", CType.element(type), kernel.y());
    if (max) {
      declare(operands, plane, "index", "int", kernel.index());
    }
    // A processor takes whole rows, a GPU elements.
    long tasks = planes.numel() * shape.size(2) * (target.cpu() ? 1 : shape.size(3));
    signature.number("tasks", tasks);
    signature.number("x_height", x.shape().size(2));
    signature.number("x_width", x.shape().size(3));
    signature.number("y_height", y.shape().size(2));
    signature.number("y_width", y.shape().size(3));
    signature.number("kernel_h", window.kernelH());
    signature.number("kernel_w", window.kernelW());
    signature.number("stride_h", window.strideH());
    signature.number("stride_w", window.strideW());
    signature.number("pad_h", window.padH());
    signature.number("pad_w", window.padW());
    signature.number("dilation_h", window.dilationH());
    signature.number("dilation_w", window.dilationW());
    Grid grid = new Grid(target);
    Code each = new Code();
    grid.forEach(each, "i", "tasks");
    Map<String, String> gaps = new HashMap<>();
    gaps.put("PARAMETERS", signature.declarations());
    gaps.put("PROLOGUE", signature.pointers().toString());
    gaps.put("EACH", each.toString());
    gaps.put("PLANE", plane.toString());
    gaps.put("START", max && register.isFloatingPoint() ? "-INF" + end() : "0");
    gaps.put("FOLD", fold());
    gaps.put("X", CType.load(type, "x", at("x", kernel.x(), "h", "w")));
    gaps.put("Y", CType.load(type, "y", at("y", kernel.y(), "h", "w")));
    gaps.put("STORE", store());
    String head =
        signature.header()
            + "#define ITEMS "
            + grid.groupSize()
            + "\n#define REG "
            + CType.register(register)
            + "\n";
    if (target.cpu()) {
      // The usual distances, known to a compiler, let it use vectors.
      head += "#define STRIDE_W " + (window.strideW() <= 2 ? window.strideW() : "stride_w") + "\n";
    }
    String resource = (backward ? "pool_backward" : "pool_forward") + (target.cpu() ? "_rows" : "");
    String text = head + Template.resource(resource + ".k").fill(gaps);
    Launch launch = new Launch("pool", grid.groups(tasks), grid.groupSize(), signature.args());
    return new CProgram(text, List.of(launch), 0);
  }

  /// Folds `value`, which lies at `place`, into `sum`.
  private String fold() {
    return switch (kernel.op()) {
      case AVERAGE, AVERAGE_BACKWARD -> "sum += value;";
      case MAX_BACKWARD ->
          "sum += "
              + "index["
              + at("index", kernel.index(), "h", "w")
              + "] == place ? value : (REG)0;";
      case MAX ->
          """
          /* The first of the largest; a NaN beats every number and stays. Without branches, for no one can predict them. */
          int better = (where < 0) | ((sum == sum) & ((value > sum) | (value != value)));
          sum = better ? value : sum;
          where = better ? place : where;
          """;
    };
  }

  private String store() {
    String name = backward ? "x" : "y";
    Kernel.Operand to = backward ? kernel.x() : kernel.y();
    String store = CType.store(type, name, at(name, to, "i2", "i3"), register, "sum") + "\n";
    return switch (kernel.op()) {
      case MAX -> store + "index[" + at("index", kernel.index(), "i2", "i3") + "] = where;\n";
      case MAX_BACKWARD -> store;
      case AVERAGE, AVERAGE_BACKWARD -> "sum = sum / (REG)(kernel_h * kernel_w);\n" + store;
    };
  }

  private boolean isWide() {
    Kernel.Window window = kernel.window();
    List<View> views = List.of(kernel.x().view(), kernel.y().view(), kernel.index().view());
    double rows = window.padH() + window.kernelH() * window.dilationH() + window.strideH();
    double columns = window.padW() + window.kernelW() * window.dilationW() + window.strideW();
    long numbers = views.stream().mapToLong(view -> view.shape().numel()).max().orElse(0);
    return Signature.isWide(
        Math.max(Block.reach(views), (double) numbers) + Math.max(rows, columns));
  }

  private static void declare(
      Operands operands, Code plane, String name, String type, Kernel.Operand operand) {
    Signature signature = operands.signature();
    signature.memory(name, type, new Arg.Buffer(operand.buffer()));
    signature.number(name + "_2", operand.view().stride(2));
    signature.number(name + "_3", operand.view().stride(3));
    plane.line("idx " + name + "_p = " + operands.at(operand.view()) + ";");
  }

  private static String at(String name, Kernel.Operand operand, String row, String column) {
    String step = operand.view().stride(3) == 1 ? "" : " * " + name + "_3";
    return name + "_p + " + row + " * " + name + "_2 + " + column + step;
  }

  private String end() {
    return register == DType.FLOAT64 ? "_F64" : "_F32";
  }
}
