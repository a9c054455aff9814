package dev.javelin.kernels.c;

import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.List;

/// A walk over all indices of a shape, by several views.
///
/// On a GPU neighbouring work-items take neighbouring elements. On a processor a work-item takes a run of rows, so it finds the position
/// on the outer axes once for each row and the compiler sees a plain inner loop.
final class Elementwise {
  private final Target target;
  private final Grid grid;
  private final List<String> names;
  private final Axes axes;
  private final Parameters parameters;
  private final long elements;

  /// @param names what the views are called in the text
  Elementwise(Shape shape, List<String> names, List<View> views, Target target) {
    this(Axes.of(shape.toArray(), views.stream().map(View::strides).toList()), names, target, 0);
  }

  /// @param slack how far beyond the views and the elements numbers may go
  Elementwise(Axes axes, List<String> names, Target target, long slack) {
    this.target = target;
    this.grid = new Grid(target);
    this.names = names;
    this.axes = axes;
    this.elements = axes.sizes().stream().reduce(1L, Math::multiplyExact);
    long reach = elements;
    for (int view = 0; view < names.size(); view++) {
      reach = Math.max(reach, axes.reach(view));
    }
    // A number grows by the whole grid before it is compared; no grid is larger than this.
    this.parameters = new Parameters(reach + slack > Integer.MAX_VALUE - (1 << 26));
    parameters.number("tasks", tasks());
    for (int axis = 1; axis < axes.rank(); axis++) {
      parameters.number("i" + axis + "_size", axes.sizes().get(axis));
    }
  }

  private boolean byRows() {
    return target.cpu() && axes.rank() > 1;
  }

  private long tasks() {
    return byRows() ? elements / axes.sizes().getLast() : elements;
  }

  /// The parameters so far: how many tasks there are, and the sizes of the axes. More may be added.
  Parameters parameters() {
    return parameters;
  }

  /// Adds the memory of a view, and its strides.
  void memory(String name, String type, Kernel.Operand operand) {
    parameters.memory(name, type, new Arg.Buffer(operand.buffer()), operand.view().offset());
    for (int axis = 0; axis < axes.rank(); axis++) {
      parameters.number(name + "_" + axis, axes.strides().get(names.indexOf(name)).get(axis));
    }
  }

  /// The beginning of the loops: what follows runs at each position `i0`, `i1` and so on.
  String begin() {
    Code code = new Code();
    Code loop = new Code();
    int rank = axes.rank();
    code.line("idx group = GRP();");
    code.line("idx groups = GRPS();");
    grid.forEach(loop, "i", "tasks");
    Axes.decode(loop, "i", "i", byRows() ? rank - 1 : rank);
    if (byRows()) {
      String name = "i" + (rank - 1);
      loop.open("for (idx " + name + " = 0; " + name + " < " + name + "_size; " + name + "++)");
    }
    return code.add(loop).toString();
  }

  /// The end of the loops.
  String end() {
    return byRows() ? "  }\n}" : "}";
  }

  /// The distance of the element from the view's first.
  String distance(String name) {
    return Axes.distance(name, "i", axes.rank());
  }

  /// The whole program: one function.
  ///
  /// @param text what stands before and in it; it may use the macro `ITEMS`, the size of a group
  CProgram program(String function, String text) {
    String head = parameters.typedef() + "#define ITEMS " + grid.groupSize() + "\n";
    Launch launch = new Launch(function, grid.groups(tasks()), grid.groupSize(), parameters.args());
    return new CProgram(head + text, List.of(launch), 0);
  }
}
