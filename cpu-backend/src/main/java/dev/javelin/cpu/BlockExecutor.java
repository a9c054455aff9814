package dev.javelin.cpu;

import dev.javelin.backend.Executable;
import dev.javelin.kernels.Kernel;

/// Runs elementwise kernels, reductions and row-wise kernels block by block: a fused expression
/// runs at once, each of its operations over some thousand elements that stay in the first-level
/// cache, on loops that were compiled with the backend.
///
/// How it works: the iteration space is put into a linear order that suits the output ([Strider]);
/// [BlockCompiler] turns a program into the steps of a [BlockPlan]; an executor of each kind of
/// kernel walks blocks, on several threads where there is enough work. Everything a thread needs
/// while it runs is in its [Frame].
///
/// Results depend on the number of threads at most, not on timing.
final class BlockExecutor {
  private static final Executable NOTHING = (buffers, offsets, params) -> {};

  private BlockExecutor() {}

  /// An elementwise kernel, ready to launch.
  static Executable of(Kernel.Map kernel) {
    return of(kernel, Loops.preferred());
  }

  /// A reduction, ready to launch.
  static Executable of(Kernel.Reduce kernel) {
    return of(kernel, Loops.preferred());
  }

  /// A row-wise kernel, ready to launch.
  static Executable of(Kernel.RowWise kernel) {
    return of(kernel, Loops.preferred());
  }

  static Executable of(Kernel.Map kernel, Loops loops) {
    return MapExecutor.of(kernel, loops);
  }

  static Executable of(Kernel.Reduce kernel, Loops loops) {
    if (kernel.outer().numel() == 0) {
      return NOTHING;
    }
    return ReduceExecutor.of(kernel, loops);
  }

  static Executable of(Kernel.RowWise kernel, Loops loops) {
    if (kernel.outer().numel() == 0) {
      return NOTHING;
    }
    return RowWiseExecutor.of(kernel, loops);
  }
}
