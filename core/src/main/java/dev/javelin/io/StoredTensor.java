package dev.javelin.io;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// A tensor in a file: which elements of a block it shows, and how.
///
/// @param block the elements; tensors of one block share memory
/// @param view shape and strides, within the block
/// @param requiresGrad whether it records gradients
/// @param parameter whether it is a [dev.javelin.Parameter]
record StoredTensor(Block block, View view, boolean requiresGrad, boolean parameter) {
  /// What PyTorch allows.
  private static final int MAX_RANK = 64;

  /// Elements that lie one after the other. Blocks are compared by identity.
  static final class Block {
    private final DType dtype;
    private final MemorySegment data;

    /// A block.
    ///
    /// @param dtype the type of the elements
    /// @param data their bytes, little-endian; a whole number of elements
    Block(DType dtype, MemorySegment data) {
      this.dtype = dtype;
      this.data = data;
    }

    DType dtype() {
      return dtype;
    }

    MemorySegment data() {
      return data;
    }

    long numel() {
      return data.byteSize() / dtype.bytes();
    }
  }

  /// A tensor that is all of a block, row by row.
  ///
  /// @param dtype the type of the elements
  /// @param shape the shape
  /// @param data the elements' bytes, as many as type and shape need
  static StoredTensor whole(DType dtype, Shape shape, MemorySegment data) {
    return new StoredTensor(new Block(dtype, data), View.contiguous(shape), false, false);
  }

  /// A tensor as a file describes it.
  ///
  /// @param block the elements
  /// @param sizes the size of each dimension
  /// @param strides the distance between neighbours on each dimension
  /// @param offset the element it begins at
  /// @param requiresGrad whether it records gradients
  /// @throws Defect if it reaches outside of the block
  static StoredTensor of(
      Block block, long[] sizes, long[] strides, long offset, boolean requiresGrad) throws Defect {
    if (sizes.length != strides.length || sizes.length > MAX_RANK) {
      throw new Defect(
          "is damaged: expected a shape of at most %s dimensions with as many strides, found %s and %s"
              .formatted(MAX_RANK, sizes.length, strides.length));
    }
    try {
      long last = offset;
      boolean valid = offset >= 0;
      for (int axis = 0; axis < sizes.length; axis++) {
        valid &= sizes[axis] >= 0 && strides[axis] >= 0;
        last = Math.addExact(last, Math.multiplyExact(Math.max(0, sizes[axis] - 1), strides[axis]));
      }
      if (valid) {
        Shape shape = Shape.of(sizes);
        // Kernels count bytes, too.
        Math.multiplyExact(shape.numel(), block.dtype().bytes());
        if (shape.numel() == 0) {
          return new StoredTensor(block, View.contiguous(shape), requiresGrad, false);
        }
        if (last < block.numel()) {
          return new StoredTensor(block, View.of(shape, strides, offset), requiresGrad, false);
        }
      }
    } catch (ArithmeticException e) {
      throw outside(block, sizes, strides, offset, e);
    }
    throw outside(block, sizes, strides, offset, null);
  }

  private static Defect outside(
      Block block, long[] sizes, long[] strides, long offset, ArithmeticException cause) {
    return new Defect(
        "is damaged: expected a tensor within its %s elements, found shape %s, strides %s, offset %s"
            .formatted(block.numel(), Arrays.toString(sizes), Arrays.toString(strides), offset),
        cause);
  }

  StoredTensor withStrides(View other) {
    return new StoredTensor(block, other, requiresGrad, parameter);
  }

  StoredTensor asParameter(boolean learns) {
    return new StoredTensor(block, view, learns, true);
  }
}
