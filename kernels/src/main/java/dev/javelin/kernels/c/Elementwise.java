package dev.javelin.kernels.c;

import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.List;

/// A walk over all indices of a shape, by several views: each work-item takes a number `i` that counts row by row.
final class Elementwise {
  private final List<String> names;
  private final Axes axes;
  private final Parameters parameters;

  /// @param names what the views are called in the text
  Elementwise(Shape shape, List<String> names, List<View> views) {
    this.names = names;
    this.axes = Axes.of(shape.toArray(), views.stream().map(View::strides).toList());
    long reach = shape.numel();
    for (int view = 0; view < views.size(); view++) {
      reach = Math.max(reach, axes.reach(view));
    }
    // The number grows by the whole grid before it is compared, a grid is smaller than this.
    this.parameters = new Parameters(reach > Integer.MAX_VALUE - (1 << 26));
    parameters.number("elements", shape.numel());
    axes.declare(parameters, "i");
  }

  /// The parameters so far: the number of `elements` and the sizes of the axes. More may be added.
  Parameters parameters() {
    return parameters;
  }

  /// Adds the memory of a view, and its strides.
  void memory(String name, String type, Kernel.Operand operand) {
    parameters.memory(name, type, new Arg.Buffer(operand.buffer()), operand.view().offset());
    axes.declare(parameters, names.indexOf(name), name, "i");
  }

  /// The statements that find the position on each axis.
  String position() {
    Code code = new Code();
    Axes.decode(code, "i", "i", axes.rank());
    return code.toString();
  }

  /// The distance of the element from the view's first.
  String distance(String name) {
    return Axes.distance(name, "i", axes.rank());
  }
}
