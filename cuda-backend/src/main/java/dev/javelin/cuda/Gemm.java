package dev.javelin.cuda;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A matrix product as cuBLAS can compute it: here it is decided which products it gets.
///
/// cuBLAS counts columns first. A matrix that lies row by row is to it a transposed one that lies column by column, so it is asked for the
/// transposed product, whose left operand is our right one.
///
/// @param m how many columns the transposed product has: our rows
/// @param n how many rows: our columns
/// @param k how many terms each sum has
/// @param batch how many products one call computes
/// @param a the left operand
/// @param b the right operand
/// @param c the product, which lies row by row
/// @param swapped whether the left operand is the kernel's right one, because its product lies column by column
/// @param loop for each call, by how many elements each of the three moves; one row at least
/// @param scratch whether the product goes to scratch memory, row by row, and the rest of the kernel reads it there
record Gemm(
    int m,
    int n,
    int k,
    int batch,
    Matrix a,
    Matrix b,
    Matrix c,
    boolean swapped,
    List<long[]> loop,
    boolean scratch) {
  /// More calls than this are not worth it.
  private static final int MOST_CALLS = 32;

  /// A matrix in memory.
  ///
  /// @param type the dtype of its elements
  /// @param rowsFirst whether it lies row by row, else column by column
  /// @param lead the distance between rows, or columns
  /// @param stride the distance between matrices of a batch
  record Matrix(DType type, boolean rowsFirst, int lead, long stride) {}

  /// A view of three, with the axes that are left of the batch.
  private record Layout(View view, int row, int column) {
    long rowStride() {
      return view.stride(row);
    }

    long columnStride() {
      return view.stride(column);
    }

    Layout transposed() {
      return new Layout(view, column, row);
    }
  }

  /// The call for a product.
  ///
  /// @return empty where the product is not for cuBLAS
  static Optional<Gemm> of(Kernel.Contract kernel) {
    DType type = kernel.buffers().get(kernel.a().buffer());
    Shape shape = output(kernel);
    boolean takes =
        type.isFloatingPoint()
            && type == kernel.buffers().get(kernel.b().buffer())
            && type.register() == kernel.type()
            && shape.numel() > 0
            && kernel.a().view().shape().size(-1) > 0;
    if (!takes) {
      return Optional.empty();
    }
    DType stored = kernel.buffers().get(kernel.store().to().buffer());
    boolean fits = stored == type || stored == type.register();
    if (fits && isPlain(kernel, stored)) {
      Optional<Gemm> direct = of(kernel, type, stored, kernel.store().to().view(), false);
      if (direct.isPresent()) {
        return direct;
      }
    }
    return of(kernel, type, type.register(), View.contiguous(shape), true);
  }

  /// The shape of the product: [batch..., m, n].
  static Shape output(Kernel.Contract kernel) {
    Shape a = kernel.a().view().shape();
    return a.with(a.rank() - 1, kernel.b().view().shape().size(-1));
  }

  /// Whether the kernel stores the product as it is, rounded once.
  private static boolean isPlain(Kernel.Contract kernel, DType stored) {
    List<Instr> code = kernel.finish().code();
    Instr value = code.get(kernel.store().value());
    return value instanceof Instr.Result
        || value instanceof Instr.Cast(DType to, int x)
            && to == stored
            && code.get(x) instanceof Instr.Result;
  }

  private static Optional<Gemm> of(
      Kernel.Contract kernel, DType type, DType out, View target, boolean scratch) {
    View a = kernel.a().view();
    View b = kernel.b().view();
    int rank = a.shape().rank();
    Batch batch = new Batch(List.of(a, b, target), target.shape());
    long m = a.shape().size(-2);
    long n = b.shape().size(-1);
    int row = rank - 2;
    // The same right operand for the innermost batch axis: more rows of one product.
    int inner = batch.last();
    if (inner >= 0
        && b.stride(inner) == 0
        && (m == 1 || Batch.join(List.of(a, target), inner, row, m))) {
      row = m == 1 ? inner : row;
      m *= batch.removeLast();
    }
    var left = new Layout(a, row, rank - 1);
    var right = new Layout(b, rank - 2, rank - 1);
    var product = new Layout(target, row, rank - 1);
    long k = a.shape().size(-1);
    boolean rowsFirst = isRowsFirst(m, n, product);
    if (!rowsFirst && !isRowsFirst(n, m, product.transposed())) {
      return Optional.empty();
    }
    // A product that lies column by column is the transposed product row by row.
    return rowsFirst
        ? of(type, out, m, n, k, left, right, product, batch, false, scratch)
        : of(
            type,
            out,
            n,
            m,
            k,
            right.transposed(),
            left.transposed(),
            product.transposed(),
            batch,
            true,
            scratch);
  }

  private static Optional<Gemm> of(
      DType type,
      DType out,
      long m,
      long n,
      long k,
      Layout a,
      Layout b,
      Layout c,
      Batch batch,
      boolean swapped,
      boolean scratch) {
    int axis = batch.largest();
    Optional<Matrix> left = matrix(type, m, k, a, axis);
    Optional<Matrix> right = matrix(type, k, n, b, axis);
    Optional<Matrix> product = matrix(out, m, n, c, axis);
    long size = axis < 0 ? 1 : batch.size(axis);
    boolean takes =
        left.isPresent()
            && right.isPresent()
            && product.isPresent()
            && Math.max(Math.max(m, n), Math.max(k, size)) <= Integer.MAX_VALUE
            && (size == 1 || product.get().stride > 0)
            && batch.calls(axis) <= MOST_CALLS;
    return takes
        ? Optional.of(
            new Gemm(
                (int) m,
                (int) n,
                (int) k,
                (int) size,
                left.get(),
                right.get(),
                product.get(),
                swapped,
                batch.offsets(axis, swapped ? new int[] {1, 0, 2} : new int[] {0, 1, 2}),
                scratch))
        : Optional.empty();
  }

  /// A matrix as cuBLAS can read it, or empty: neighbours must be adjacent along one axis, and rows (or columns) must not overlap.
  private static Optional<Matrix> matrix(
      DType type, long rows, long columns, Layout layout, int axis) {
    long stride = axis < 0 ? 0 : layout.view.stride(axis);
    boolean rowsFirst = isRowsFirst(rows, columns, layout);
    boolean columnsFirst = isRowsFirst(columns, rows, layout.transposed());
    if (stride < 0 || !rowsFirst && !columnsFirst) {
      return Optional.empty();
    }
    long lead =
        rowsFirst
            ? rows == 1 ? columns : layout.rowStride()
            : columns == 1 ? rows : layout.columnStride();
    return lead <= Integer.MAX_VALUE
        ? Optional.of(new Matrix(type, rowsFirst, (int) lead, stride))
        : Optional.empty();
  }

  private static boolean isRowsFirst(long rows, long columns, Layout layout) {
    return (columns == 1 || layout.columnStride() == 1)
        && (rows == 1 || layout.rowStride() >= columns);
  }

  /// The axes that number the products. Those along which all views move alike are joined.
  private static final class Batch {
    private final List<View> views;
    private final List<Integer> axes = new ArrayList<>();
    private final List<Long> sizes = new ArrayList<>();

    Batch(List<View> views, Shape shape) {
      this.views = views;
      for (int axis = 0; axis < shape.rank() - 2; axis++) {
        long size = shape.size(axis);
        int last = axes.size() - 1;
        if (size == 1) {
          continue;
        }
        if (last >= 0 && join(views, axes.get(last), axis, size)) {
          sizes.set(last, sizes.get(last) * size);
          axes.set(last, axis);
        } else {
          axes.add(axis);
          sizes.add(size);
        }
      }
    }

    static boolean join(List<View> views, int outer, int inner, long size) {
      return views.stream().allMatch(view -> view.stride(outer) == view.stride(inner) * size);
    }

    int last() {
      return axes.isEmpty() ? -1 : axes.getLast();
    }

    long removeLast() {
      axes.removeLast();
      return sizes.removeLast();
    }

    long size(int axis) {
      return sizes.get(axes.indexOf(axis));
    }

    /// The axis with the most products, -1 where there is only one.
    int largest() {
      int largest = -1;
      for (int axis : axes) {
        if (largest < 0 || size(axis) > size(largest)) {
          largest = axis;
        }
      }
      return largest;
    }

    /// How many calls it takes, if each does all products along an axis.
    long calls(int without) {
      long calls = 1;
      for (int axis : axes) {
        calls *= axis == without ? 1 : size(axis);
      }
      return calls;
    }

    /// For each call, by how much the views move, in the order asked for.
    List<long[]> offsets(int without, int[] order) {
      List<long[]> offsets = new ArrayList<>(List.of(new long[order.length]));
      for (int axis : axes) {
        List<long[]> next = new ArrayList<>();
        for (long[] from : axis == without ? List.<long[]>of() : offsets) {
          for (long i = 0; i < size(axis); i++) {
            long[] moved = from.clone();
            for (int view = 0; view < order.length; view++) {
              moved[view] += i * views.get(order[view]).stride(axis);
            }
            next.add(moved);
          }
        }
        offsets = axis == without ? offsets : next;
      }
      return List.copyOf(offsets);
    }
  }
}
