package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.View;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Pooling as C. Gradients are gathered: each element of the input finds the windows that cover it, so nothing is written twice.
final class PoolSource {
  private static final int ITEMS = 256;

  private PoolSource() {}

  static CProgram of(Kernel.Pool kernel, Target target) {
    boolean backward =
        switch (kernel.op()) {
          case MAX, AVERAGE -> false;
          case MAX_BACKWARD, AVERAGE_BACKWARD -> true;
        };
    boolean max =
        switch (kernel.op()) {
          case MAX, MAX_BACKWARD -> true;
          case AVERAGE, AVERAGE_BACKWARD -> false;
        };
    View x = kernel.x().view();
    View y = kernel.y().view();
    Kernel.Operand to = backward ? kernel.x() : kernel.y();
    long elements = to.view().shape().numel();
    if (elements == 0) {
      return new CProgram("", List.of(), 0);
    }
    Kernel.Window window = kernel.window();
    Parameters parameters = new Parameters(isWide(kernel, elements));
    DType type = kernel.buffers().get(kernel.x().buffer());
    // Means of integers are computed as floats, as the one division in them needs.
    DType register = max ? type.register() : type == DType.FLOAT64 ? DType.FLOAT64 : DType.FLOAT32;
    declare(parameters, "x", CType.element(type), kernel.x());
    declare(parameters, "y", CType.element(type), kernel.y());
    if (max) {
      declare(parameters, "index", "int", kernel.index());
    }
    parameters.number("elements", elements);
    for (int axis = 1; axis < 4; axis++) {
      parameters.number("i" + axis + "_size", to.view().shape().size(axis));
    }
    parameters.number("x_height", x.shape().size(2));
    parameters.number("x_width", x.shape().size(3));
    parameters.number("y_height", y.shape().size(2));
    parameters.number("y_width", y.shape().size(3));
    parameters.number("kernel_h", window.kernelH());
    parameters.number("kernel_w", window.kernelW());
    parameters.number("stride_h", window.strideH());
    parameters.number("stride_w", window.strideW());
    parameters.number("pad_h", window.padH());
    parameters.number("pad_w", window.padW());
    parameters.number("dilation_h", window.dilationH());
    parameters.number("dilation_w", window.dilationW());
    Code position = new Code();
    Axes.decode(position, "i", "i", 4);
    Map<String, String> gaps = new HashMap<>();
    gaps.put("PARAMETERS", parameters.declarations());
    gaps.put("PROLOGUE", parameters.prologue());
    gaps.put("POSITION", position.toString());
    gaps.put("LOWEST", register.isFloatingPoint() ? "-INF" + end(register) : "0");
    gaps.put("X", CType.load(type, "x", at("x", "h", "w")));
    gaps.put("Y", CType.load(type, "y", at("y", "h", "w")));
    gaps.put("INDEX", backward ? at("index", "h", "w") : at("index", "i2", "i3"));
    String value = kernel.op() == Kernel.PoolOp.MAX ? "best" : "sum";
    String name = backward ? "x" : "y";
    gaps.put("STORE", CType.store(type, name, at(name, "i2", "i3"), register, value));
    String resource =
        switch (kernel.op()) {
          case MAX -> "pool_max.k";
          case MAX_BACKWARD -> "pool_max_backward.k";
          case AVERAGE -> "pool_average.k";
          case AVERAGE_BACKWARD -> "pool_average_backward.k";
        };
    String text =
        parameters.typedef()
            + "#define REG "
            + CType.register(register)
            + "\n"
            + Template.resource(resource).fill(gaps);
    int groups = Tile.groups(elements, ITEMS, target);
    return new CProgram(text, List.of(new Launch("pool", groups, ITEMS, parameters.args())), 0);
  }

  private static boolean isWide(Kernel.Pool kernel, long elements) {
    Kernel.Window window = kernel.window();
    long reach = elements;
    for (Kernel.Operand operand : List.of(kernel.x(), kernel.y(), kernel.index())) {
      reach = Math.max(reach, Epilogue.extent(operand.view()));
    }
    long border =
        Math.max(
            window.padH() + window.kernelH() * window.dilationH() + window.strideH(),
            window.padW() + window.kernelW() * window.dilationW() + window.strideW());
    return reach + border > Integer.MAX_VALUE - (1 << 26);
  }

  private static void declare(
      Parameters parameters, String name, String type, Kernel.Operand operand) {
    parameters.memory(name, type, new Arg.Buffer(operand.buffer()), operand.view().offset());
    for (int axis = 0; axis < 4; axis++) {
      parameters.number(name + "_" + axis, operand.view().stride(axis));
    }
  }

  private static String at(String name, String row, String column) {
    return "i0 * %1$s_0 + i1 * %1$s_1 + %2$s * %1$s_2 + %3$s * %1$s_3".formatted(name, row, column);
  }

  private static String end(DType register) {
    return register == DType.FLOAT64 ? "_F64" : "_F32";
  }
}
