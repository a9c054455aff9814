package dev.javelin.cpu;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.ProgramBuilder;
import dev.javelin.kernels.ScalarOp;
import dev.javelin.kernels.View;
import java.util.List;

/// An operand of attention, a matrix for each head: read where it lies, or first brought into scratch memory because it is of another
/// dtype, has no contiguous rows, or is to be scaled.
final class AttentionMatrix {
  private static final long[] NO_PARAMS = {};

  private final Kernel.Operand operand;
  private final View heads;
  private final int bytes;
  private final Executable copy;
  private final long scratchBytes;
  private final long row;

  private AttentionMatrix(
      Kernel.Operand operand, View view, DType type, Executable copy, long scratchBytes) {
    int rank = view.shape().rank();
    this.operand = operand;
    this.heads = view.drop(rank - 1).drop(rank - 2);
    this.bytes = type.bytes();
    this.copy = copy;
    this.scratchBytes = scratchBytes;
    // Of a single row the distance to the next is never used, but must be one that a library takes.
    this.row =
        view.shape().size(-2) == 1 ? Math.max(1, view.shape().size(-1)) : view.stride(rank - 2);
  }

  /// An operand.
  ///
  /// @param buffers the kernel's buffers
  /// @param operand what is read, not empty
  /// @param type the type to read it as, float32 or float64
  /// @param factor by which it is multiplied
  static AttentionMatrix of(
      List<DType> buffers, Kernel.Operand operand, DType type, double factor) {
    View view = operand.view();
    int rank = view.shape().rank();
    long width = view.shape().size(-1);
    boolean rows =
        (width == 1 || view.stride(rank - 1) == 1)
            && (view.shape().size(-2) == 1 || view.stride(rank - 2) >= width);
    DType stored = buffers.get(operand.buffer());
    if (rows && stored == type && factor == 1) {
      return new AttentionMatrix(operand, view, type, null, 0);
    }
    View target = View.contiguous(view.shape());
    ProgramBuilder program = new ProgramBuilder();
    int value = program.cast(type, program.add(new Instr.Load(0, view, stored)));
    int scaled = program.apply(ScalarOp.MUL, value, program.constant(type, factor));
    Kernel.Part part =
        new Kernel.Part(
            view.shape(),
            program.build(),
            List.of(new Kernel.Store(new Kernel.Operand(1, target), scaled)));
    Executable copy = BlockExecutor.of(new Kernel.Map(List.of(stored, type), List.of(part)));
    long size = Scratch.aligned(view.shape().numel() * type.bytes());
    return new AttentionMatrix(operand, target, type, copy, size);
  }

  /// How much scratch memory it needs; a multiple of 64.
  long scratchBytes() {
    return scratchBytes;
  }

  /// From one row to the next, in elements.
  long row() {
    return row;
  }

  /// Makes it ready.
  ///
  /// @param scratch where its scratch memory begins
  /// @return the address that the matrices of the heads count from
  long address(DeviceBuffer[] buffers, long[] offsets, long scratch) {
    if (copy == null) {
      return CpuBuffer.address(buffers, offsets, operand.buffer());
    }
    copy.launch(
        new DeviceBuffer[] {buffers[operand.buffer()], CpuBuffer.lent(scratch, scratchBytes)},
        new long[] {offsets[operand.buffer()], 0},
        NO_PARAMS);
    return scratch;
  }

  /// Where a head's matrix begins, counted from [#address], in bytes.
  long head(long head) {
    return heads.atLinear(head) * bytes;
  }
}
