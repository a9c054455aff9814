package dev.javelin.nn;

import dev.javelin.Tensor;
import java.util.List;

/// Called in the backward pass, when the gradients of a module's inputs are known: see [Module#registerFullBackwardHook].
@FunctionalInterface
public interface BackwardHook {
  /// Looks at the gradients, or replaces those of the inputs.
  ///
  /// @param module the module
  /// @param gradInputs the gradients of the inputs, null for an input that needs none
  /// @param gradOutputs the gradient of the output
  /// @return other gradients of the inputs, or null to leave them
  List<Tensor> apply(Module module, List<Tensor> gradInputs, List<Tensor> gradOutputs);
}
