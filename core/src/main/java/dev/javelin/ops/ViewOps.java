package dev.javelin.ops;

import dev.javelin.Device;
import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import dev.javelin.ops.OpDef.Assemble;
import dev.javelin.ops.OpDef.Movement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/// Gradients of views, and the tensors assembled of pieces.
public final class ViewOps {
  private ViewOps() {}

  /// The gradient rule of a view.
  static Gradient gradient(Movement op) {
    return switch (op) {
      case OpDef.Permute permute ->
          b -> Gradient.each(() -> b.g().permute(inverse(permute.axes())));
      // The engine sums every gradient to its input's shape.
      case OpDef.Expand _ -> b -> Gradient.each(b::g);
      case OpDef.Reshape _ -> b -> Gradient.each(() -> b.g().reshape(b.in(0).shape()));
      case OpDef.Slice _, OpDef.Select _, OpDef.Diagonal _ ->
          b ->
              Gradient.each(
                  () -> {
                    Shape shape = b.in(0).shape();
                    return into(shape, op.move(View.contiguous(shape)).orElseThrow(), b.g());
                  });
      case OpDef.Unfold unfold -> b -> Gradient.each(() -> folded(unfold, b.g(), b.in(0)));
      case OpDef.AsStrided strided ->
          b -> Gradient.each(() -> into(b.in(0).shape(), strided.view(), b.g()));
    };
  }

  /// Windows may overlap: their gradients add up.
  private static Tensor folded(OpDef.Unfold op, Tensor gradient, Tensor like) {
    int axis = op.axis();
    Device device = gradient.device();
    Tensor starts = Tensor.arange(gradient.shape().size(axis), device).mul(op.step()).unsqueeze(1);
    Tensor places = starts.add(Tensor.arange(op.size(), device)).flatten();
    Tensor flat = gradient.movedim(-1, axis + 1).flatten(axis, axis + 1);
    Shape aligned = Shape.SCALAR;
    for (int i = 0; i < flat.dim(); i++) {
      aligned = aligned.insert(i, i == axis ? places.shape().numel() : 1);
    }
    return Tensor.zeros(like.shape(), flat.dtype(), flat.device())
        .scatterAdd(axis, places.reshape(aligned).expand(flat.shape()), flat);
  }

  /// The diagonal of two dimensions of a view, as a new last dimension.
  static View diagonal(View view, long offset, int row, int column) {
    Shape shape = view.shape();
    long fromRow = Math.min(shape.size(row), Math.max(0, -offset));
    long fromColumn = Math.min(shape.size(column), Math.max(0, offset));
    long length = Math.min(shape.size(row) - fromRow, shape.size(column) - fromColumn);
    long start = fromRow * view.stride(row) + fromColumn * view.stride(column);
    Shape rest = shape.drop(Math.max(row, column)).drop(Math.min(row, column));
    long[] strides = new long[rest.rank()];
    for (int axis = 0, at = 0; axis < shape.rank(); axis++) {
      if (axis != row && axis != column) {
        strides[at++] = view.stride(axis);
      }
    }
    View others = View.of(rest, strides, view.offset() + (length == 0 ? 0 : start));
    return append(others, length, view.stride(row) + view.stride(column));
  }

  /// A view with one more dimension at the end.
  static View append(View view, long size, long stride) {
    int rank = view.shape().rank();
    long[] strides = Arrays.copyOf(view.strides(), rank + 1);
    strides[rank] = stride;
    return View.of(view.shape().insert(rank, size), strides, view.offset());
  }

  private static int[] inverse(List<Integer> axes) {
    int[] result = new int[axes.size()];
    for (int i = 0; i < result.length; i++) {
      result[axes.get(i)] = i;
    }
    return result;
  }

  private static Tensor into(Shape shape, View region, Tensor piece) {
    return Tensor.call(new Assemble("slice_backward", shape, List.of(region), false), piece);
  }

  /// The gradient rule of an assembled tensor: each piece gets what lies in its region, unless a later piece lies over it.
  static Gradient assembleGradient(Assemble op) {
    return b -> {
      List<Supplier<Tensor>> suppliers = new ArrayList<>();
      for (int i = 0; i < op.regions().size(); i++) {
        View region = op.regions().get(i);
        boolean overwritten = i == 0 && op.regions().size() > 1 && isWhole(op, region);
        suppliers.add(
            overwritten
                ? () -> hollow(op, b.g())
                : () -> Tensor.call(new OpDef.AsStrided(region), b.g()));
      }
      return suppliers;
    };
  }

  private static boolean isWhole(Assemble op, View region) {
    return region.equals(View.contiguous(op.shape()));
  }

  /// The gradient with zeros where later pieces lie.
  private static Tensor hollow(Assemble op, Tensor gradient) {
    Tensor[] pieces = new Tensor[op.regions().size()];
    pieces[0] = gradient;
    for (int i = 1; i < pieces.length; i++) {
      pieces[i] = Tensor.zeros(op.regions().get(i).shape(), gradient.dtype(), gradient.device());
    }
    return Tensor.call(op, pieces);
  }

  /// A tensor with a view of it replaced: inputs are the old tensor and the new values of the view.
  ///
  /// @param shape the tensor's shape
  /// @param dtype its dtype
  /// @param region the view
  /// @return the op
  public static OpDef overwrite(Shape shape, DType dtype, View region) {
    return new Assemble("copy_slices", shape, List.of(View.contiguous(shape), region), true);
  }

  /// Tensors one after the other along a dimension.
  ///
  /// @param dim the dimension, from 0
  /// @param shapes the shapes of the tensors, equal but for that dimension
  /// @return the op
  public static OpDef cat(int dim, List<Shape> shapes) {
    long total = 0;
    for (Shape shape : shapes) {
      checkFits(shapes.getFirst(), shape, dim);
      total += shape.size(dim);
    }
    Shape result = shapes.getFirst().with(dim, total);
    List<View> regions = new ArrayList<>();
    long start = 0;
    for (Shape shape : shapes) {
      regions.add(View.contiguous(result).slice(dim, start, 1, shape.size(dim)));
      start += shape.size(dim);
    }
    return new Assemble("cat", result, regions, true);
  }

  /// Whether no two of some regions of a tensor share an element; false also where that is hard to say.
  ///
  /// @param shape the shape of the tensor, which lies row by row
  /// @param regions the regions, each a part without steps
  /// @return whether they are known to be apart
  public static boolean areApart(Shape shape, List<View> regions) {
    for (int i = 0; i < regions.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (!areApart(shape, regions.get(i), regions.get(j))) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean areApart(Shape shape, View a, View b) {
    View whole = View.contiguous(shape);
    if (a.shape().rank() != shape.rank() || b.shape().rank() != shape.rank()) {
      return false;
    }
    boolean apart = false;
    for (int axis = 0; axis < shape.rank(); axis++) {
      long stride = whole.stride(axis);
      if (a.shape().size(axis) > 1 && a.stride(axis) != stride
          || b.shape().size(axis) > 1 && b.stride(axis) != stride) {
        return false;
      }
      long from = a.offset() / stride % shape.size(axis);
      long other = b.offset() / stride % shape.size(axis);
      apart |= from + a.shape().size(axis) <= other || other + b.shape().size(axis) <= from;
    }
    return apart;
  }

  private static void checkFits(Shape first, Shape other, int dim) {
    boolean fits = first.rank() == other.rank();
    for (int axis = 0; fits && axis < first.rank(); axis++) {
      fits = axis == dim || first.size(axis) == other.size(axis);
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "cat: the shapes %s and %s must be equal but for dimension %s"
              .formatted(first, other, dim));
    }
  }

  /// Zeros around a tensor.
  ///
  /// @param shape the tensor's shape
  /// @param before how many zeros before it, for each dimension
  /// @param after how many after it
  /// @return the op
  public static OpDef pad(Shape shape, long[] before, long[] after) {
    long[] sizes = shape.toArray();
    for (int axis = 0; axis < sizes.length; axis++) {
      sizes[axis] += before[axis] + after[axis];
    }
    Shape result = Shape.of(sizes);
    View region = View.contiguous(result);
    for (int axis = 0; axis < sizes.length; axis++) {
      region = region.slice(axis, before[axis], 1, shape.size(axis));
    }
    boolean covered = Arrays.equals(sizes, shape.toArray());
    return new Assemble("constant_pad_nd", result, List.of(region), covered);
  }

  /// A matrix with a vector on a diagonal, zeros elsewhere; for batches of vectors `[..., n]` too.
  ///
  /// @param shape the vectors' shape
  /// @param offset how far above the main diagonal; negative, below it
  /// @return the op
  public static OpDef diagEmbed(Shape shape, long offset) {
    int rank = shape.rank();
    long size = shape.size(-1) + Math.abs(offset);
    Shape result = shape.with(rank - 1, size).insert(rank, size);
    View region =
        new OpDef.Diagonal(offset, rank - 1, rank).move(View.contiguous(result)).orElseThrow();
    return new Assemble("diag_embed", result, List.of(region), false);
  }

  /// The lower or upper triangle of matrices `[..., m, n]`, zeros elsewhere.
  ///
  /// @param lower which triangle
  /// @param diagonal up to how far above the main diagonal (lower), or from where on (upper)
  /// @return the op
  public static OpDef triangle(boolean lower, long diagonal) {
    return Composite.of(
        lower ? "tril" : "triu",
        List.of(diagonal),
        in -> {
          Tensor x = in[0];
          Tensor row = Tensor.arange(x.shape().size(-2), null).unsqueeze(1);
          Tensor column = Tensor.arange(x.shape().size(-1), null);
          Tensor limit = row.add(diagonal);
          Tensor kept = lower ? column.le(limit) : column.ge(limit);
          return x.dtype() == DType.BOOL ? x.logicalAnd(kept) : Tensor.where(kept, x, 0L);
        },
        b -> Gradient.each(() -> Tensor.call(triangle(lower, diagonal), b.g())));
  }
}
