package dev.javelin.data;

import dev.javelin.Device;
import dev.javelin.Scope;
import dev.javelin.Tensor;
import dev.javelin.engine.TensorState;

/// Some samples of a data set, stacked.
///
/// @param x what goes into a model, `[n, ...]`
/// @param y what is to come out of it, `[n, ...]`
public record Batch(Tensor x, Tensor y) {
  /// How many samples there are.
  ///
  /// @return n
  public long size() {
    return x.size(0);
  }

  /// Opens a scope that this batch belongs to: its end frees the batch and all that was made inside and not kept.
  ///
  /// @return the scope, to be closed by try-with-resources
  public Scope scope() {
    Scope scope = Scope.open();
    TensorState.adopt(x);
    TensorState.adopt(y);
    return scope;
  }

  /// The batch on a device.
  ///
  /// @param device the device
  /// @return the batch, itself if it is there
  public Batch to(Device device) {
    return new Batch(x.to(device), y.to(device));
  }
}
