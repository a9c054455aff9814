package dev.javelin.engine;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// How a tensor's elements are typed and laid out, without where they begin. Interned: equal layouts are one object, so that the
/// plan table compares them by identity.
public final class Layout {
  private static final int LIMIT = 1 << 17;
  private static final ConcurrentHashMap<Layout, Layout> INTERNED = new ConcurrentHashMap<>();
  private static final AtomicInteger IDS = new AtomicInteger();

  /// A Python number: promotes by its kind only.
  static final Layout FLOAT_NUMBER = new Layout(DType.FLOAT64, View.contiguous(Shape.SCALAR), true);

  static final Layout INT_NUMBER = new Layout(DType.INT64, View.contiguous(Shape.SCALAR), true);
  static final Layout BOOL_NUMBER = new Layout(DType.BOOL, View.contiguous(Shape.SCALAR), true);

  private final DType dtype;
  private final View view;
  private final boolean number;
  private final boolean contiguous;
  final int id = IDS.incrementAndGet();

  private Layout(DType dtype, View view, boolean number) {
    this.dtype = dtype;
    this.view = view;
    this.number = number;
    this.contiguous = view.isContiguous();
  }

  /// The layout of a view; its offset is left out.
  ///
  /// @param dtype the type of the elements
  /// @param view shape and strides
  /// @return the one layout of that type and view
  public static Layout of(DType dtype, View view) {
    View origin = view.offset() == 0 ? view : View.of(view.shape(), view.strides(), 0);
    if (INTERNED.size() > LIMIT) {
      // Losing identity only costs a new plan for a layout seen before.
      INTERNED.clear();
    }
    return INTERNED.computeIfAbsent(new Layout(dtype, origin, false), key -> key);
  }

  /// The layout of elements that lie row by row.
  ///
  /// @param dtype the type of the elements
  /// @param shape the shape
  /// @return the layout
  public static Layout contiguous(DType dtype, Shape shape) {
    return of(dtype, View.contiguous(shape));
  }

  /// The type of the elements.
  ///
  /// @return the dtype
  public DType dtype() {
    return dtype;
  }

  /// Shape and strides, with offset 0.
  ///
  /// @return the view
  public View view() {
    return view;
  }

  /// The size of each axis.
  ///
  /// @return the shape
  public Shape shape() {
    return view.shape();
  }

  /// Whether this is a plain number, which takes its type from its company.
  ///
  /// @return true for numbers
  public boolean isNumber() {
    return number;
  }

  /// Whether the elements lie row by row without gaps.
  ///
  /// @return true for a contiguous layout
  public boolean isContiguous() {
    return contiguous;
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || other instanceof Layout layout
            && dtype == layout.dtype
            && number == layout.number
            && view.equals(layout.view);
  }

  @Override
  public int hashCode() {
    return 31 * view.hashCode() + dtype.hashCode();
  }

  @Override
  public String toString() {
    return number ? "number" : dtype + " " + shape();
  }
}
