package dev.javelin.nn;

import dev.javelin.Tensor;
import java.util.List;

/// Called after `forward` of a module: see [Module#registerForwardHook].
@FunctionalInterface
public interface ForwardHook {
  /// Looks at the output, or replaces it.
  ///
  /// @param module the module
  /// @param inputs its inputs
  /// @param output its output
  /// @return another output, or null to leave it
  Tensor apply(Module module, List<Tensor> inputs, Tensor output);
}
