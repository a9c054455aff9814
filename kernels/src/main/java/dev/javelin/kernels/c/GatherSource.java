package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import java.util.List;
import java.util.Map;

/// Reads at computed places as C.
final class GatherSource {
  private GatherSource() {}

  static CProgram of(Kernel.Gather kernel, Target target) {
    if (kernel.shape().numel() == 0) {
      return new CProgram("", List.of(), 0);
    }
    Elementwise walk =
        new Elementwise(
            kernel.shape(),
            List.of("source", "index", "target"),
            List.of(kernel.source().view(), kernel.index().view(), kernel.target().view()),
            target);
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
        Template.resource("gather.k")
            .fill(
                Map.of(
                    "PARAMETERS", parameters.declarations(),
                    "PROLOGUE", parameters.prologue(),
                    "BEGIN", walk.begin(),
                    "END", walk.end(),
                    "SOURCE", walk.distance("source"),
                    "INDEX", walk.distance("index"),
                    "TARGET", walk.distance("target")));
    return walk.program("gather", text);
  }
}
