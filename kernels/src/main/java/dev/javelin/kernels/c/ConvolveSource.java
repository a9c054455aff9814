package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Convolutions and their gradients as C: products whose columns are read through the windows, so no window is ever copied out to
/// device memory.
///
/// In the text `i0` to `i3` is a position in the array that is computed, `q1` to `q3` the place of a term in its sum.
final class ConvolveSource {
  private final Kernel.Convolve kernel;
  private final Kernel.Window window;
  private final View x;
  private final View w;
  private final View y;
  private final Signature signature;
  private final String sum;

  private ConvolveSource(Kernel.Convolve kernel) {
    this.kernel = kernel;
    this.window = kernel.geometry();
    this.x = kernel.x().view();
    this.w = kernel.w().view();
    this.y = kernel.y().view();
    this.signature = new Signature(isWide());
    this.sum = Product.sum(kernel.type());
  }

  static Product product(Kernel.Convolve kernel) {
    ConvolveSource source = new ConvolveSource(kernel);
    return switch (kernel.direction()) {
      case FORWARD -> source.forward();
      case BACKWARD_DATA -> source.backwardData();
      case BACKWARD_WEIGHTS -> source.backwardWeights();
    };
  }

  private boolean isWide() {
    List<View> views = new ArrayList<>(outputs());
    views.addAll(List.of(x, w, y));
    // Windows begin in the padding, and every position is numbered whatever the strides.
    double rows = window.padH() + window.kernelH() * window.dilationH() + window.strideH();
    double columns = window.padW() + window.kernelW() * window.dilationW() + window.strideW();
    double border = 0;
    double numbers = 0;
    for (View view : List.of(x, w, y)) {
      border =
          Math.max(border, Math.abs(view.stride(2)) * rows + Math.abs(view.stride(3)) * columns);
      numbers = Math.max(numbers, (double) view.shape().numel());
    }
    return Signature.isWide(Math.max(Block.reach(views) + border, numbers));
  }

  private Kernel.Store store() {
    return new Kernel.Store(target(), kernel.value());
  }

  /// The views over the array that is computed.
  private List<View> outputs() {
    return Operands.views(kernel.finish(), List.of(store()));
  }

  private Kernel.Operand target() {
    return switch (kernel.direction()) {
      case FORWARD -> kernel.y();
      case BACKWARD_DATA -> kernel.x();
      case BACKWARD_WEIGHTS -> kernel.w();
    };
  }

  private Product forward() {
    declare("x", kernel.x(), w.shape().size(1) * x.stride(1));
    declare("w", kernel.w(), perGroup() * w.stride(0));
    positions(y.shape());
    window("q");
    signature.number("x_step", window.strideW() * x.stride(3));
    boolean unit = window.strideW() * x.stride(3) == 1;
    String at = "idx h = i2 * stride_h - pad_h + q2 * dilation_h;\n";
    at += "idx c = i3 * stride_w - pad_w + q3 * dilation_w;\n";
    String column =
        at
            + "if (h >= 0 && h < x_height && c >= 0 && c < x_width) {\n  "
            + value("x", kernel.x(), "x_g + i0 * x_0 + q1 * x_1 + h * x_2 + c * x_3")
            + "}\n";
    boolean dense =
        w.stride(2) == w.stride(3) * w.shape().size(3)
            && w.stride(1) == w.stride(2) * w.shape().size(2);
    boolean direct = dense && type(kernel.w()) == kernel.type();
    return product(
        perGroup(),
        x.shape().size(0) * y.shape().size(2) * y.shape().size(3),
        w.shape().size(1) * w.shape().size(2) * w.shape().size(3),
        place() + value("w", kernel.w(), "w_g + m * w_0 + q1 * w_1 + q2 * w_2 + q3 * w_3"),
        position("i0") + place() + column,
        false,
        Template.resource("panel_forward.k")
            .fill(Map.of("X", load("x", kernel.x(), "x_from + " + (unit ? "j" : "j * x_step")))),
        0,
        direct
            ? Optional.of(new Product.Rows("w + w_g", w.stride(0), w.stride(3), 0))
            : Optional.empty());
  }

  private Product backwardData() {
    declare("y", kernel.y(), perGroup() * y.stride(1));
    declare("w", kernel.w(), perGroup() * w.stride(0));
    positions(x.shape());
    window("q");
    String at = "idx h = i2 + pad_h - q2 * dilation_h;\n";
    at += "idx c = i3 + pad_w - q3 * dilation_w;\n";
    String column =
        at
            + "if (h >= 0 && h % stride_h == 0 && h / stride_h < y_height\n"
            + "    && c >= 0 && c % stride_w == 0 && c / stride_w < y_width) {\n  "
            + value(
                "y",
                kernel.y(),
                "y_g + i0 * y_0 + q1 * y_1 + h / stride_h * y_2 + c / stride_w * y_3")
            + "}\n";
    String unit = y.stride(3) == 1 ? "" : " * y_3";
    return product(
        w.shape().size(1),
        x.shape().size(0) * x.shape().size(2) * x.shape().size(3),
        perGroup() * w.shape().size(2) * w.shape().size(3),
        place() + value("w", kernel.w(), "w_g + q1 * w_0 + m * w_1 + q2 * w_2 + q3 * w_3"),
        position("i0") + place() + column,
        false,
        Template.resource("panel_data.k")
            .fill(
                Map.of(
                    "Y_UNIT", load("y", kernel.y(), "y_from + (first + j)" + unit),
                    "Y", load("y", kernel.y(), "y_from + c / stride_w * y_3"))),
        0,
        Optional.empty());
  }

  private Product backwardWeights() {
    declare("x", kernel.x(), w.shape().size(1) * x.stride(1));
    declare("y", kernel.y(), perGroup() * y.stride(1));
    signature.number("q2_size", y.shape().size(2));
    signature.number("q3_size", y.shape().size(3));
    window("i");
    signature.number("x_step", window.strideW() * x.stride(3));
    boolean unit = window.strideW() * x.stride(3) == 1;
    String column =
        "idx h = q2 * stride_h - pad_h + i2 * dilation_h;\n"
            + "idx c = q3 * stride_w - pad_w + i3 * dilation_w;\n"
            + "if (h >= 0 && h < x_height && c >= 0 && c < x_width) {\n  "
            + value("x", kernel.x(), "x_g + q1 * x_0 + i1 * x_1 + h * x_2 + c * x_3")
            + "}\n";
    boolean dense = y.stride(2) == y.stride(3) * y.shape().size(3);
    boolean direct = dense && type(kernel.y()) == kernel.type();
    long plane = y.shape().size(2) * y.shape().size(3);
    return product(
        perGroup(),
        w.shape().size(1) * w.shape().size(2) * w.shape().size(3),
        y.shape().size(0) * plane,
        place() + value("y", kernel.y(), "y_g + q1 * y_0 + m * y_1 + q2 * y_2 + q3 * y_3"),
        position("i1") + place() + column,
        true,
        Template.resource("panel_weights.k")
            .fill(
                Map.of(
                    "POSITION", position("i1"),
                    "X", load("x", kernel.x(), "x_from + " + (unit ? "k" : "k * x_step")))),
        plane,
        direct
            ? Optional.of(new Product.Rows("y + y_g", y.stride(1), y.stride(3), y.stride(0)))
            : Optional.empty());
  }

  private Product product(
      long m,
      long n,
      long k,
      String row,
      String column,
      boolean columnsAlongK,
      String panel,
      long chunk,
      Optional<Product.Rows> rows) {
    boolean weights = kernel.direction() == Kernel.Direction.BACKWARD_WEIGHTS;
    int rowAxis = weights ? 0 : 1;
    String first = weights ? "i1" : "i0";
    List<View> outputs = outputs();
    Operands operands =
        new Operands(
            signature,
            kernel.buffers(),
            Block.axis("g", window.groups(), outputs, view -> m * view.stride(rowAxis)),
            Block.axis("m", m, outputs, view -> view.stride(rowAxis)),
            Block.axis(first, 1, outputs, view -> view.stride(1 - rowAxis)),
            Block.axis("i2", 1, outputs, view -> view.stride(2)),
            Block.axis("i3", 1, outputs, view -> view.stride(3)));
    Code group = new Code();
    for (String name : weights ? List.of("x", "y") : List.of(inputName(), "w")) {
      group.line("idx " + name + "_g = " + name + "_first + g * " + name + "_group;");
    }
    return new Product(
        signature,
        kernel.type(),
        kernel.finish(),
        store(),
        operands,
        window.groups(),
        m,
        n,
        k,
        group.toString(),
        position(first),
        row,
        column,
        true,
        columnsAlongK,
        // Where processors read rows as they are, GPUs read runs of them, if a row is one piece.
        rows.filter(from -> from.k() == 1 && chunk == 0)
            .map(from -> from.pointer() + " + %1$s * w_0 + %2$s"),
        Optional.empty(),
        panel,
        chunk,
        rows);
  }

  private String inputName() {
    return kernel.direction() == Kernel.Direction.FORWARD ? "x" : "y";
  }

  private long perGroup() {
    return w.shape().size(0) / window.groups();
  }

  private DType type(Kernel.Operand operand) {
    return kernel.buffers().get(operand.buffer());
  }

  private void declare(String name, Kernel.Operand operand, long group) {
    View view = operand.view();
    String element = CType.element(type(operand));
    signature.memory(name, element, new Arg.Buffer(operand.buffer()));
    signature.number(name + "_first", view.offset());
    signature.number(name + "_group", group);
    for (int axis = 0; axis < 4; axis++) {
      signature.number(name + "_" + axis, view.stride(axis));
    }
    signature.number(name + "_height", view.shape().size(2));
    signature.number(name + "_width", view.shape().size(3));
  }

  /// The sizes that positions in an array are decoded with.
  private void positions(Shape shape) {
    signature.number("i2_size", shape.size(2));
    signature.number("i3_size", shape.size(3));
  }

  /// The window. A net has few different ones, so that a text for each costs little, and each element that is read is found by divisions
  /// by these numbers.
  ///
  /// @param place what its positions are called: `i` or `q`
  private void window(String place) {
    signature.constant(place + "2_size", w.shape().size(2));
    signature.constant(place + "3_size", w.shape().size(3));
    signature.constant("stride_h", window.strideH());
    signature.constant("stride_w", window.strideW());
    signature.constant("dilation_h", window.dilationH());
    signature.constant("dilation_w", window.dilationW());
    signature.number("pad_h", window.padH());
    signature.number("pad_w", window.padW());
  }

  private static String position(String first) {
    return """
    idx i3 = n %% i3_size;
    idx i2 = n / i3_size;
    idx %1$s = i2 / i2_size;
    i2 -= %1$s * i2_size;
    """
        .formatted(first);
  }

  private static String place() {
    return """
    idx q3 = k % q3_size;
    idx q2 = k / q3_size;
    idx q1 = q2 / q2_size;
    q2 -= q1 * q2_size;
    """;
  }

  private String value(String name, Kernel.Operand operand, String index) {
    return "value = (" + sum + ")(" + load(name, operand, index) + ");\n";
  }

  private String load(String name, Kernel.Operand operand, String index) {
    return CType.load(type(operand), name, index);
  }
}
