package dev.javelin.nn;

import dev.javelin.Tensor;
import java.util.List;

/// Called before `forward` of a module: see [Module#registerForwardPreHook].
@FunctionalInterface
public interface ForwardPreHook {
  /// Looks at the inputs, or replaces them.
  ///
  /// @param module the module
  /// @param inputs its inputs
  /// @return other inputs, or null to leave them
  List<Tensor> apply(Module module, List<Tensor> inputs);
}
