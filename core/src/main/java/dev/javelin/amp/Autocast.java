package dev.javelin.amp;

import dev.javelin.Device;
import dev.javelin.engine.AutocastState;
import dev.javelin.kernels.DType;
import java.util.Optional;

/// A region of a thread in which every op runs in the dtype that suits it: `torch.autocast`.
///
/// ```java
/// try (var autocast = Autocast.open(device, DType.BFLOAT16)) {
///   loss = lossFn.call(model.call(x), y);
/// }
/// loss.backward();
/// ```
///
/// Products, convolutions and recurrent cells run in 16 bits; `exp`, `log`, `pow`, sums, norms, softmax and losses in float32; all other
/// ops in the dtype of their inputs, promoted as ever. float64 and integers stay as they are, and so do ops in place. Parameters keep
/// their dtype and get gradients of it; each is converted once in a region, and again only if it changes. The backward pass runs in the
/// dtypes that the forward calls chose, wherever it is called.
///
/// Regions nest, and belong to the thread that opened them. Those of different kinds of devices do not see each other.
public final class Autocast implements AutoCloseable {
  private final AutocastState state;

  private Autocast(AutocastState state) {
    this.state = state;
  }

  /// Opens a region on this thread.
  ///
  /// @param device a device of the kind on which ops are to be converted
  /// @param dtype float16 or bfloat16
  /// @return the region, to be closed by try-with-resources
  /// @throws IllegalArgumentException if it is another dtype
  public static Autocast open(Device device, DType dtype) {
    return open(device, dtype, true);
  }

  /// Opens a region on this thread, or one without autocast, inside another one, too.
  ///
  /// @param device a device of the kind on which ops are to be converted, or no longer
  /// @param dtype float16 or bfloat16
  /// @param enabled whether to convert
  /// @return the region, to be closed by try-with-resources
  /// @throws IllegalArgumentException if it is another dtype
  public static Autocast open(Device device, DType dtype, boolean enabled) {
    if (dtype != DType.FLOAT16 && dtype != DType.BFLOAT16) {
      throw new IllegalArgumentException(
          "autocast: expected the dtype float16 or bfloat16, got " + dtype);
    }
    return new Autocast(AutocastState.open(device.type(), enabled ? dtype : null));
  }

  /// In which dtype this thread runs products on a kind of device.
  ///
  /// @param device a device of that kind
  /// @return the dtype, or empty if ops are not converted
  public static Optional<DType> dtype(Device device) {
    return Optional.ofNullable(AutocastState.lower(device.type()));
  }

  /// Ends the region.
  ///
  /// @throws IllegalStateException if a region inside it is still open, or another thread opened it
  @Override
  public void close() {
    state.close();
  }
}
