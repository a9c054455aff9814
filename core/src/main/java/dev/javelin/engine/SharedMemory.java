package dev.javelin.engine;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;

/// Which tensors share memory, and where in it they lie: for files that keep it shared.
public final class SharedMemory {
  private SharedMemory() {}

  /// The memory of a tensor.
  ///
  /// @param value the tensor
  /// @return the same object for all tensors of the same memory, to be compared by identity
  public static Object of(Value value) {
    return value.storage();
  }

  /// Where a tensor lies in its memory.
  ///
  /// @param value the tensor
  /// @return shape and strides, and the element it begins at
  public static View place(Value value) {
    View view = value.layout.view();
    return View.of(view.shape(), view.strides(), value.offset);
  }

  /// Some elements of a tensor's memory, whichever of them the tensor shows.
  ///
  /// @param value the tensor
  /// @param begin the first element
  /// @param count how many
  /// @return a tensor of one dimension, without history
  public static Value span(Value value, long begin, long count) {
    return Value.make(Layout.contiguous(value.dtype(), Shape.of(count)), value.storage(), begin);
  }

  /// A tensor somewhere in another one's memory.
  ///
  /// @param value a contiguous tensor
  /// @param view shape and strides, and the element of that tensor to begin at
  /// @return a leaf without history that shares its memory
  public static Value view(Value value, View view) {
    DType dtype = value.dtype();
    return Value.make(Layout.of(dtype, view), value.storage(), value.offset + view.offset());
  }
}
