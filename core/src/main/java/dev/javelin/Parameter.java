package dev.javelin;

import dev.javelin.engine.TensorState;

/// A tensor that a module learns: as a field of a module it is found, listed, moved and saved with it.
///
/// It is a leaf and records gradients. Its memory belongs to no [Scope]. Moving its module to another device or dtype changes it in
/// place, so that optimisers and other modules that hold it stay right.
public final class Parameter extends Tensor {
  /// A parameter that learns.
  ///
  /// @param data its values; their memory is shared, their history is not
  /// @throws IllegalArgumentException if they are not floating point
  public Parameter(Tensor data) {
    this(data, true);
  }

  /// A parameter that learns or is frozen.
  ///
  /// @param data its values; their memory is shared, their history is not
  /// @param requiresGrad whether it learns
  /// @throws IllegalArgumentException if it is to learn and its values are not floating point
  public Parameter(Tensor data, boolean requiresGrad) {
    super(data);
    TensorState.unscope(data);
    TensorState.setRequiresGrad(this, requiresGrad);
  }

  /// The parameter as PyTorch prints it: a heading, then the tensor.
  @Override
  public String toString() {
    return text("Parameter containing:\n");
  }
}
