package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import java.util.List;
import java.util.Map;

/// Reads at computed places as C.
final class GatherSource {
  private static final int ITEMS = 256;

  private GatherSource() {}

  static CProgram of(Kernel.Gather kernel, Target target) {
    long elements = kernel.shape().numel();
    if (elements == 0) {
      return new CProgram("", List.of(), 0);
    }
    Elementwise walk =
        new Elementwise(
            kernel.shape(),
            List.of("source", "index", "target"),
            List.of(kernel.source().view(), kernel.index().view(), kernel.target().view()));
    Parameters parameters = walk.parameters();
    String bits = CType.bits(kernel.buffers().get(kernel.source().buffer()));
    DType indexType = kernel.buffers().get(kernel.index().buffer());
    walk.memory("source", bits, kernel.source());
    walk.memory("index", CType.element(indexType), kernel.index());
    walk.memory("target", bits, kernel.target());
    parameters.memory("fault", "i64", new Arg.Fault(), 0);
    parameters.offset("axis_stride", kernel.axisStride());
    parameters.offset("axis_size", kernel.axisSize());
    String text =
        parameters.typedef()
            + Template.resource("gather.k")
                .fill(
                    Map.of(
                        "PARAMETERS", parameters.declarations(),
                        "PROLOGUE", parameters.prologue(),
                        "POSITION", walk.position(),
                        "SOURCE", walk.distance("source"),
                        "INDEX", walk.distance("index"),
                        "TARGET", walk.distance("target")));
    int groups = Tile.groups(elements, ITEMS, target);
    return new CProgram(text, List.of(new Launch("gather", groups, ITEMS, parameters.args())), 0);
  }
}
