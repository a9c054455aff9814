package dev.javelin.kernels;

import java.util.Arrays;
import java.util.Optional;

/// Which element of a buffer each index reads: a size and a stride for each axis, and where the first element lies.
///
/// Strides and the offset count elements. A stride of 0 repeats an element; negative strides run backwards.
public final class View {
  private final Shape shape;
  private final long[] strides;
  private final long offset;
  private final int hash;

  private View(Shape shape, long[] strides, long offset) {
    this.shape = shape;
    this.strides = strides;
    this.offset = offset;
    this.hash = 31 * (31 * shape.hashCode() + Arrays.hashCode(strides)) + Long.hashCode(offset);
  }

  /// A view.
  ///
  /// @param shape the size of each axis
  /// @param strides the distance between neighbours on each axis
  /// @param offset where the first element lies
  /// @return the view
  public static View of(Shape shape, long[] strides, long offset) {
    if (shape.rank() != strides.length) {
      throw new IllegalArgumentException(
          "view: " + strides.length + " strides for the shape " + shape);
    }
    return new View(shape, strides.clone(), offset);
  }

  /// The view of a whole buffer, row by row.
  ///
  /// @param shape the size of each axis
  /// @return the view
  public static View contiguous(Shape shape) {
    return new View(shape, shape.contiguousStrides(), 0);
  }

  /// The size of each axis.
  ///
  /// @return the shape
  public Shape shape() {
    return shape;
  }

  /// The distance between neighbours on an axis.
  ///
  /// @param axis which, from 0
  /// @return the stride in elements
  public long stride(int axis) {
    return strides[axis];
  }

  /// The strides of all axes.
  ///
  /// @return a fresh array
  public long[] strides() {
    return strides.clone();
  }

  /// Where the first element lies.
  ///
  /// @return the offset in elements
  public long offset() {
    return offset;
  }

  /// Whether the elements lie one after the other, row by row, from the offset on.
  ///
  /// @return true for a contiguous view; axes of size 1 do not matter, an empty view is contiguous
  public boolean isContiguous() {
    if (shape.numel() == 0) {
      return true;
    }
    long expected = 1;
    for (int axis = strides.length - 1; axis >= 0; axis--) {
      long size = shape.size(axis);
      if (size != 1) {
        if (strides[axis] != expected) {
          return false;
        }
        expected *= size;
      }
    }
    return true;
  }

  /// Reorders the axes.
  ///
  /// @param axes where each new axis comes from
  /// @return the view
  public View permute(int... axes) {
    long[] sizes = new long[axes.length];
    long[] newStrides = new long[axes.length];
    for (int axis = 0; axis < axes.length; axis++) {
      sizes[axis] = shape.size(axes[axis]);
      newStrides[axis] = strides[axes[axis]];
    }
    return new View(Shape.of(sizes), newStrides, offset);
  }

  /// Repeats axes of size 1.
  ///
  /// @param target the new shape, of the same rank
  /// @return the view
  public View expand(Shape target) {
    long[] newStrides = strides.clone();
    for (int axis = 0; axis < strides.length; axis++) {
      if (shape.size(axis) != target.size(axis)) {
        newStrides[axis] = 0;
      }
    }
    return new View(target, newStrides, offset);
  }

  /// Takes every `step`-th index of an axis.
  ///
  /// @param axis which axis, from 0
  /// @param start the first index
  /// @param step the distance between indices, not 0; negative walks backwards
  /// @param length how many indices
  /// @return the view
  public View slice(int axis, long start, long step, long length) {
    long[] newStrides = strides.clone();
    newStrides[axis] *= step;
    long first = length == 0 ? offset : offset + start * strides[axis];
    return new View(shape.with(axis, length), newStrides, first);
  }

  /// Adds an axis of size 1.
  ///
  /// @param axis where, from 0 to the rank
  /// @return the view
  public View insert(int axis) {
    long[] newStrides = new long[strides.length + 1];
    System.arraycopy(strides, 0, newStrides, 0, axis);
    System.arraycopy(strides, axis, newStrides, axis + 1, strides.length - axis);
    newStrides[axis] = axis < strides.length ? strides[axis] * shape.size(axis) : 1;
    return new View(shape.insert(axis, 1), newStrides, offset);
  }

  /// Removes an axis, keeping its index 0.
  ///
  /// @param axis which
  /// @return the view
  public View drop(int axis) {
    long[] newStrides = new long[strides.length - 1];
    System.arraycopy(strides, 0, newStrides, 0, axis);
    System.arraycopy(strides, axis + 1, newStrides, axis, newStrides.length - axis);
    return new View(shape.drop(axis), newStrides, offset);
  }

  /// The same elements in the same order under another shape.
  ///
  /// @param target the new shape, with as many elements
  /// @return the view, or empty where the elements are laid out so that only a copy can have this shape
  public Optional<View> reshape(Shape target) {
    if (shape.equals(target)) {
      return Optional.of(this);
    }
    if (shape.numel() == 0) {
      return Optional.of(new View(target, target.contiguousStrides(), offset));
    }
    long[] newStrides = new long[target.rank()];
    int next = target.rank() - 1;
    int axis = strides.length - 1;
    while (axis >= 0) {
      // A run of axes that lie without gaps behaves as one axis, which the new shape may cut anew.
      long innerStride = strides[axis];
      long run = shape.size(axis);
      while (axis > 0
          && (shape.size(axis - 1) == 1 || run == 1 || strides[axis - 1] == innerStride * run)) {
        if (run == 1) {
          innerStride = strides[axis - 1];
        }
        run *= shape.size(--axis);
      }
      long covered = 1;
      while (next >= 0 && (covered < run || target.size(next) == 1)) {
        newStrides[next] = innerStride * covered;
        covered *= target.size(next--);
      }
      if (covered != run) {
        return Optional.empty();
      }
      axis--;
    }
    while (next >= 0) {
      newStrides[next--] = 1;
    }
    return Optional.of(new View(target, newStrides, offset));
  }

  /// The distance from the buffer's start to an element.
  ///
  /// @param index the index on each axis
  /// @return the distance in elements
  public long at(long... index) {
    long position = offset;
    for (int axis = 0; axis < strides.length; axis++) {
      position += index[axis] * strides[axis];
    }
    return position;
  }

  /// The distance from the buffer's start to the `linear`-th element, row by row.
  ///
  /// @param linear which element
  /// @return the distance in elements
  public long atLinear(long linear) {
    long rest = linear;
    long position = offset;
    for (int axis = strides.length - 1; axis >= 0; axis--) {
      long size = shape.size(axis);
      position += rest % size * strides[axis];
      rest /= size;
    }
    return position;
  }

  /// The largest distance of an element this view reads.
  ///
  /// @return the distance in elements, -1 for an empty view
  public long last() {
    if (shape.numel() == 0) {
      return -1;
    }
    long position = offset;
    for (int axis = 0; axis < strides.length; axis++) {
      position += Math.max(0, strides[axis] * (shape.size(axis) - 1));
    }
    return position;
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || other instanceof View view
            && hash == view.hash
            && offset == view.offset
            && shape.equals(view.shape)
            && Arrays.equals(strides, view.strides);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public String toString() {
    return shape + "@" + offset + Arrays.toString(strides);
  }
}
