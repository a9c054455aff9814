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
      case Kernel.Contract contract -> ContractSource.of(contract, target);
      case Kernel.Convolve convolve -> ConvolveSource.of(convolve, target);
      case Kernel.Pool pool -> PoolSource.of(pool, target);
      case Kernel.Gather gather -> GatherSource.of(gather, target);
      case Kernel.Scatter scatter -> ScatterSource.of(scatter, target);
      case Kernel.Random random -> RandomSource.of(random, target);
    };
  }
}
