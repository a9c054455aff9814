package dev.javelin.ops;

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
      case OpDef.Slice slice ->
          b ->
              Gradient.each(
                  () -> {
                    Shape shape = b.in(0).shape();
                    View region =
                        View.contiguous(shape)
                            .slice(slice.axis(), slice.start(), slice.step(), slice.length());
                    return into(shape, region, b.g());
                  });
      case OpDef.Select select ->
          b ->
              Gradient.each(
                  () -> {
                    Shape shape = b.in(0).shape();
                    View region =
                        View.contiguous(shape)
                            .slice(select.axis(), select.index(), 1, 1)
                            .drop(select.axis());
                    return into(shape, region, b.g());
                  });
      case OpDef.AsStrided strided ->
          b -> Gradient.each(() -> into(b.in(0).shape(), strided.view(), b.g()));
    };
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
}
