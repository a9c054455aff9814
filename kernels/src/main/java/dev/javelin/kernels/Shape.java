package dev.javelin.kernels;

import java.util.Arrays;
import java.util.stream.Collectors;

/// The size of each axis of a tensor, outermost first. A scalar has no axes. Prints as `[3, 28, 28]`.
public final class Shape {
  /// The shape of a scalar.
  public static final Shape SCALAR = new Shape(new long[0]);

  private final long[] sizes;
  private final long numel;

  private Shape(long[] sizes) {
    this.sizes = sizes;
    long product = 1;
    for (long size : sizes) {
      if (size < 0) {
        throw new IllegalArgumentException(
            "shape " + Arrays.toString(sizes) + " has the negative size " + size);
      }
      product = Math.multiplyExact(product, size);
    }
    this.numel = product;
  }

  /// A shape.
  ///
  /// @param sizes the size of each axis, none negative
  /// @return the shape
  public static Shape of(long... sizes) {
    return sizes.length == 0 ? SCALAR : new Shape(sizes.clone());
  }

  /// The number of axes.
  ///
  /// @return the rank
  public int rank() {
    return sizes.length;
  }

  /// The size of an axis.
  ///
  /// @param axis which, from 0; negative counts from the end
  /// @return its size
  public long size(int axis) {
    return sizes[axis < 0 ? axis + sizes.length : axis];
  }

  /// The number of elements.
  ///
  /// @return the product of the sizes, 1 for a scalar
  public long numel() {
    return numel;
  }

  /// The sizes.
  ///
  /// @return a fresh array
  public long[] toArray() {
    return sizes.clone();
  }

  /// This shape with one size replaced.
  ///
  /// @param axis which axis, from 0
  /// @param size the new size
  /// @return the shape
  public Shape with(int axis, long size) {
    long[] copy = sizes.clone();
    copy[axis] = size;
    return new Shape(copy);
  }

  /// This shape with an axis put in.
  ///
  /// @param axis where, from 0 to the rank
  /// @param size its size
  /// @return the shape
  public Shape insert(int axis, long size) {
    long[] result = new long[sizes.length + 1];
    System.arraycopy(sizes, 0, result, 0, axis);
    result[axis] = size;
    System.arraycopy(sizes, axis, result, axis + 1, sizes.length - axis);
    return new Shape(result);
  }

  /// This shape without an axis.
  ///
  /// @param axis which, from 0
  /// @return the shape
  public Shape drop(int axis) {
    long[] result = new long[sizes.length - 1];
    System.arraycopy(sizes, 0, result, 0, axis);
    System.arraycopy(sizes, axis + 1, result, axis, result.length - axis);
    return new Shape(result);
  }

  /// The axes of two shapes one after the other.
  ///
  /// @param other the axes that follow
  /// @return the shape
  public Shape concat(Shape other) {
    long[] result = Arrays.copyOf(sizes, sizes.length + other.sizes.length);
    System.arraycopy(other.sizes, 0, result, sizes.length, other.sizes.length);
    return of(result);
  }

  /// The distance in elements between neighbours on each axis when rows are stored one after the other.
  ///
  /// @return a fresh array
  public long[] contiguousStrides() {
    long[] strides = new long[sizes.length];
    long stride = 1;
    for (int axis = sizes.length - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= Math.max(1, sizes[axis]);
    }
    return strides;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(sizes, shape.sizes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(sizes);
  }

  @Override
  public String toString() {
    return Arrays.stream(sizes)
        .mapToObj(Long::toString)
        .collect(Collectors.joining(", ", "[", "]"));
  }
}
