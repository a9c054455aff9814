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
    if (to.view().shape().numel() == 0) {
      return new CProgram("", List.of(), 0);
    }
    Kernel.Window window = kernel.window();
    DType type = kernel.buffers().get(kernel.x().buffer());
    // Means of integers are computed as floats, as the one division in them needs.
    DType register = max ? type.register() : type == DType.FLOAT64 ? DType.FLOAT64 : DType.FLOAT32;
    Elementwise walk = walk(kernel, to.view().shape(), target);
    Parameters parameters = walk.parameters();
    declare(parameters, "x", CType.element(type), kernel.x());
    declare(parameters, "y", CType.element(type), kernel.y());
    if (max) {
      declare(parameters, "index", "int", kernel.index());
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
    Map<String, String> gaps = new HashMap<>();
    gaps.put("PARAMETERS", parameters.declarations());
    gaps.put("PROLOGUE", parameters.prologue());
    gaps.put("BEGIN", walk.begin());
    gaps.put("END", walk.end());
    gaps.put("WINDOWS", Template.resource("pool_windows.k").fill(Map.of()));
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
    String text = "#define REG " + CType.register(register) + "\n";
    return walk.program("pool", text + Template.resource(resource).fill(gaps));
  }

  /// The walk over the array that is computed. All its four axes stay: windows move on the last two.
  private static Elementwise walk(Kernel.Pool kernel, Shape shape, Target target) {
    Kernel.Window window = kernel.window();
    long reach = 0;
    for (Kernel.Operand operand : List.of(kernel.x(), kernel.y(), kernel.index())) {
      reach = Math.max(reach, Epilogue.extent(operand.view()));
    }
    long border =
        Math.max(
            window.padH() + window.kernelH() * window.dilationH() + window.strideH(),
            window.padW() + window.kernelW() * window.dilationW() + window.strideW());
    List<Long> sizes = Arrays.stream(shape.toArray()).boxed().toList();
    return new Elementwise(new Axes(sizes, List.of()), List.of(), target, reach + border);
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
