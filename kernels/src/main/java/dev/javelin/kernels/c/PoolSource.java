package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.ArrayList;
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
    this.backward = kernel.op().isBackward();
    this.max = kernel.op().isMax();
    this.type = kernel.buffers().get(kernel.target().buffer());
    this.register = max ? type.register() : type == DType.FLOAT64 ? DType.FLOAT64 : DType.FLOAT32;
  }

  static CProgram of(Kernel.Pool kernel, Target target) {
    return new PoolSource(kernel, target).program();
  }

  private CProgram program() {
    Kernel.Window window = kernel.window();
    Shape x = kernel.x();
    Shape y = kernel.y();
    Shape shape = kernel.target().view().shape();
    if (shape.numel() == 0) {
      return new CProgram("", List.of(), 0);
    }
    List<View> read = Operands.views(kernel.body(), List.of());
    List<View> views = new ArrayList<>(read);
    views.add(kernel.target().view());
    views.add(kernel.index().view());
    Signature signature = new Signature(isWide(views));
    Shape planes = Shape.of(x.size(0), x.size(1));
    Block block = Block.of("plane", planes, views, view -> Arrays.copyOf(view.strides(), 2));
    Operands operands = new Operands(signature, kernel.buffers(), block);
    Code plane = new Code();
    operands.axes(plane, block);
    declare(operands, plane, "to", CType.element(type), kernel.target());
    if (max) {
      declare(operands, plane, "index", "int", kernel.index());
    }
    // A processor takes whole rows, a GPU elements.
    long tasks = planes.numel() * shape.size(2) * (target.cpu() ? 1 : shape.size(3));
    signature.number("tasks", tasks);
    signature.number("x_height", x.size(2));
    signature.number("x_width", x.size(3));
    signature.number("y_height", y.size(2));
    signature.number("y_width", y.size(3));
    signature.number("kernel_h", window.kernelH());
    signature.number("kernel_w", window.kernelW());
    signature.number("stride_h", window.strideH());
    signature.number("stride_w", window.strideW());
    signature.number("pad_h", window.padH());
    signature.number("pad_w", window.padW());
    signature.number("dilation_h", window.dilationH());
    signature.number("dilation_w", window.dilationW());
    Block rows = Block.axis("h", kernel.shape().size(2), read, view -> view.stride(2));
    Block columns = Block.axis("w", kernel.shape().size(3), read, view -> view.stride(3));
    String value = value(new Operands(signature, kernel.buffers(), block, rows, columns));
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
    gaps.put("VALUE", value);
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

  /// Declares `value`: what is pooled, in row `h` and column `w` of the plane.
  private String value(Operands operands) {
    Code code = new Code();
    CBody body = new CBody(kernel.body(), operands, "v");
    body.emit(code, kernel.value());
    code.line("REG value = (REG)" + body.value(kernel.value()) + ";");
    return code.toString();
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
    String at = at("to", kernel.target(), "i2", "i3");
    String store = CType.store(type, "to", at, register, "sum") + "\n";
    return switch (kernel.op()) {
      case MAX -> store + "index[" + at("index", kernel.index(), "i2", "i3") + "] = where;\n";
      case MAX_BACKWARD -> store;
      case AVERAGE, AVERAGE_BACKWARD -> "sum = sum / (REG)(kernel_h * kernel_w);\n" + store;
    };
  }

  private boolean isWide(List<View> views) {
    Kernel.Window window = kernel.window();
    double rows = window.padH() + window.kernelH() * window.dilationH() + window.strideH();
    double columns = window.padW() + window.kernelW() * window.dilationW() + window.strideW();
    long numbers = Math.max(kernel.x().numel(), kernel.y().numel());
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
