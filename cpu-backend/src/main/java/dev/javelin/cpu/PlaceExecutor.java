package dev.javelin.cpu;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel.Operand;
import dev.javelin.kernels.Shape;
import java.util.List;

/// Moves elements between a tensor and computed places of another: what a gather and a scatter have
/// in common.
abstract sealed class PlaceExecutor implements Executable permits GatherExecutor, ScatterExecutor {
  static final int SOURCE = 0;
  static final int INDEX = 1;
  static final int TARGET = 2;

  /// A shorter line is copied element by element.
  private static final long SHORTEST_BULK = 32;

  final DType type;
  final int bytes;
  final DType indexType;
  final long axisSize;

  /// In bytes.
  final long axisStride;

  final Axes outer;
  final long places;

  // The innermost axis.
  final long line;
  final long sourceStep;
  final long indexStep;
  final long targetStep;

  private final Operand source;
  private final Operand index;
  private final Operand target;
  private final IndexCheck check;

  /// @param buffers the dtypes of the buffers
  /// @param shape the iteration space, not empty
  /// @param axisSize what every index is below
  /// @param axisStride by how many elements an index moves
  PlaceExecutor(
      List<DType> buffers,
      Shape shape,
      Operand source,
      Operand index,
      Operand target,
      long axisSize,
      long axisStride) {
    this.source = source;
    this.index = index;
    this.target = target;
    this.axisSize = axisSize;
    type = buffers.get(source.buffer());
    bytes = type.bytes();
    indexType = buffers.get(index.buffer());
    check = new IndexCheck(shape, index.view(), indexType, axisSize);
    this.axisStride = axisStride * bytes;
    Axes axes =
        Axes.inOrder(
            shape,
            new int[] {bytes, indexType.bytes(), bytes},
            source.view(),
            index.view(),
            target.view());
    int inner = axes.rank() - 1;
    line = inner < 0 ? 1 : axes.size(inner);
    sourceStep = inner < 0 ? bytes : axes.stride(SOURCE, inner);
    indexStep = inner < 0 ? 0 : axes.stride(INDEX, inner);
    targetStep = inner < 0 ? bytes : axes.stride(TARGET, inner);
    outer = inner < 0 ? axes : axes.without(inner);
    places = outer.numel();
  }

  @Override
  public final void launch(DeviceBuffer[] buffers, long[] offsets, long[] params) {
    long at = CpuBuffer.address(buffers, offsets, index, indexType.bytes());
    check.run(at);
    run(
        CpuBuffer.address(buffers, offsets, source, bytes),
        at,
        CpuBuffer.address(buffers, offsets, target, bytes));
  }

  /// Moves all elements; every index has been looked at.
  abstract void run(long source, long index, long target);

  /// Copies a line to a place.
  final void copyLine(long from, long to) {
    if (sourceStep == bytes && targetStep == bytes && line * bytes >= SHORTEST_BULK) {
      Memory.copy(from, to, line * bytes);
    } else {
      Elements.copyLine(from, sourceStep, to, targetStep, line, bytes);
    }
  }
}
