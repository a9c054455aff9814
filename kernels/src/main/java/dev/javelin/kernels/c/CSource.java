package dev.javelin.kernels.c;

import dev.javelin.kernels.Kernel;

/// Writes kernels in C.
public final class CSource {
  private CSource() {}

  /// Writes a kernel.
  ///
  /// @param kernel what to compute
  /// @param target what to compute it on
  /// @return the text and its launches
  public static CProgram of(Kernel kernel, Target target) {
    return switch (kernel) {
      case Kernel.Map map -> MapSource.of(map, target);
      case Kernel.Copy copy -> MapSource.of(copy, target);
      case Kernel.Reduce reduce -> RowSource.of("reduce", Rows.of(reduce), target);
      case Kernel.RowWise row -> RowSource.of("row", Rows.of(row), target);
      case Kernel.Contract contract -> throw new UnsupportedOperationException(contract.toString());
      case Kernel.Convolve convolve -> throw new UnsupportedOperationException(convolve.toString());
      case Kernel.Pool pool -> throw new UnsupportedOperationException(pool.toString());
      case Kernel.Gather gather -> throw new UnsupportedOperationException(gather.toString());
      case Kernel.Scatter scatter -> throw new UnsupportedOperationException(scatter.toString());
      case Kernel.Random random -> throw new UnsupportedOperationException(random.toString());
    };
  }
}
