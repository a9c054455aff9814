package dev.javelin.kernels.c;

import dev.javelin.kernels.Kernel;

/// Writes kernels in C.
public final class CSource {
  private CSource() {}

  /// What is remembered of candidates is worthless once others are written: to be raised with every change of their texts.
  public static final int VERSION = 1;

  /// Writes a kernel in every way that may be the fastest. All give the same bits.
  ///
  /// @param kernel what to compute
  /// @param target what to compute it on
  /// @return the ways; several for products that are large enough for it to matter
  public static Candidates candidates(Kernel kernel, Target target) {
    return switch (kernel) {
      case Kernel.Contract contract ->
          Product.candidates(() -> ContractSource.product(contract), target);
      case Kernel.Convolve convolve ->
          Product.candidates(() -> ConvolveSource.product(convolve), target);
      case Kernel.Map _,
          Kernel.Copy _,
          Kernel.Reduce _,
          Kernel.RowWise _,
          Kernel.Pool _,
          Kernel.Attention _,
          Kernel.AttentionBackward _,
          Kernel.Gather _,
          Kernel.Scatter _,
          Kernel.Random _ ->
          Candidates.only(of(kernel, target));
    };
  }

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
      case Kernel.Contract contract -> ContractSource.product(contract).program(target);
      case Kernel.Convolve convolve -> ConvolveSource.product(convolve).program(target);
      case Kernel.Pool pool -> PoolSource.of(pool, target);
      case Kernel.Attention attention -> AttentionSource.of(attention, target);
      case Kernel.AttentionBackward backward -> AttentionSource.of(backward, target);
      case Kernel.Gather gather -> GatherSource.of(gather, target);
      case Kernel.Scatter scatter -> ScatterSource.of(scatter, target);
      case Kernel.Random random -> RandomSource.of(random, target);
    };
  }
}
