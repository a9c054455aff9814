package dev.javelin.kernels.c;

import dev.javelin.kernels.Kernel;
import java.util.List;

/// Reads at computed places as C.
final class GatherSource {
  private final Kernel.Gather kernel;
  private final String bits;

  private GatherSource(Kernel.Gather kernel) {
    this.kernel = kernel;
    this.bits = CType.bits(kernel.buffers().get(kernel.source().buffer()));
  }

  static CProgram of(Kernel.Gather kernel, Target target) {
    return Elementwise.program(
        "gather",
        kernel.shape(),
        List.of(kernel.source().view(), kernel.index().view(), kernel.target().view()),
        kernel.buffers(),
        target,
        new GatherSource(kernel)::element);
  }

  private void element(Code code, Operands at) {
    Signature signature = at.signature();
    String stride = signature.whole("axis_stride", kernel.axisStride());
    String size = signature.whole("axis_size", kernel.axisSize());
    String indexType = CType.element(kernel.buffers().get(kernel.index().buffer()));
    String source = signature.buffer(kernel.source().buffer(), bits);
    String from = at.at(kernel.source().view()) + " + place * " + stride;
    code.line("i64 place = " + at.element(kernel.index(), indexType) + ";");
    code.open("if (place < 0 || place >= " + size + ")");
    code.line("jv_fault(" + signature.fault() + ", place, " + size + ");");
    code.reopen("else");
    code.line(at.element(kernel.target(), bits) + " = " + source + "[" + from + "];");
    code.close();
  }
}
