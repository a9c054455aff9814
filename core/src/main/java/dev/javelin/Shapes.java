package dev.javelin;

import dev.javelin.kernels.Shape;
import dev.javelin.ops.OpDef;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What methods of [Tensor] that only rearrange elements need besides a line.
final class Shapes {
  private Shapes() {}

  /// The order of dimensions with some moved.
  static int[] moved(int[] sources, int[] destinations, int rank) {
    int[] order = new int[rank];
    Arrays.fill(order, -1);
    List<Integer> rest = new ArrayList<>();
    for (int dim = 0; dim < rank; dim++) {
      rest.add(dim);
    }
    if (sources.length != destinations.length) {
      throw new IllegalArgumentException(
          "movedim: expected as many destinations as sources, got %s and %s"
              .formatted(Arrays.toString(sources), Arrays.toString(destinations)));
    }
    for (int i = 0; i < sources.length; i++) {
      int from = Tensor.axis(sources[i], rank);
      int to = Tensor.axis(destinations[i], rank);
      if (order[to] >= 0 || !rest.removeIf(dim -> dim == from)) {
        throw new IllegalArgumentException(
            "movedim: expected different dimensions, got %s and %s"
                .formatted(Arrays.toString(sources), Arrays.toString(destinations)));
      }
      order[to] = from;
    }
    for (int i = 0; i < rank; i++) {
      order[i] = order[i] < 0 ? rest.removeFirst() : order[i];
    }
    return order;
  }

  static Shape unflattened(Shape shape, int axis, long[] sizes) {
    long known = Arrays.stream(sizes).filter(size -> size >= 0).reduce(1, (a, b) -> a * b);
    Shape result = shape.drop(axis);
    for (int i = 0; i < sizes.length; i++) {
      result =
          result.insert(axis + i, sizes[i] < 0 && known > 0 ? shape.size(axis) / known : sizes[i]);
    }
    if (result.numel() != shape.numel()) {
      throw new IllegalArgumentException(
          "unflatten: the sizes %s do not multiply to %s, the size of dimension %s of the shape %s"
              .formatted(Arrays.toString(sizes), shape.size(axis), axis, shape));
    }
    return result;
  }

  static Tensor repeat(Tensor tensor, long[] times) {
    int extra = times.length - tensor.dim();
    if (extra < 0 || Arrays.stream(times).anyMatch(count -> count < 0)) {
      throw new IllegalArgumentException(
          "repeat: expected a number from 0 for each dimension of the shape %s, got %s"
              .formatted(tensor.shape(), Arrays.toString(times)));
    }
    long[] apart = new long[2 * times.length]; // [1, size] for each dimension
    long[] repeated = new long[2 * times.length]; // [times, size]
    long[] joined = new long[times.length];
    for (int i = 0; i < times.length; i++) {
      long size = i < extra ? 1 : tensor.size(i - extra);
      apart[2 * i] = 1;
      apart[2 * i + 1] = size;
      repeated[2 * i] = times[i];
      repeated[2 * i + 1] = size;
      joined[i] = times[i] * size;
    }
    return tensor.reshape(apart).expand(repeated).contiguous().reshape(joined);
  }

  static Tensor roll(Tensor tensor, long[] shifts, int[] dims) {
    if (shifts.length != dims.length) {
      throw new IllegalArgumentException(
          "roll: expected a shift for each dimension, got %s and %s"
              .formatted(Arrays.toString(shifts), Arrays.toString(dims)));
    }
    Tensor result = tensor;
    for (int i = 0; i < dims.length; i++) {
      long size = result.size(dims[i]);
      if (size > 0) {
        long cut = Math.floorMod(-shifts[i], size);
        result =
            Tensor.cat(
                List.of(result.narrow(dims[i], cut, size - cut), result.narrow(dims[i], 0, cut)),
                dims[i]);
      }
    }
    return result;
  }

  static OpDef.Movement diagonal(Tensor tensor, long offset, int dim1, int dim2) {
    int rank = tensor.dim();
    if (rank < 2 || Tensor.axis(dim1, rank) == Tensor.axis(dim2, rank)) {
      throw new IllegalArgumentException(
          "diagonal: expected two different dimensions of the shape %s, got %s and %s"
              .formatted(tensor.shape(), dim1, dim2));
    }
    return new OpDef.Diagonal(offset, Tensor.axis(dim1, rank), Tensor.axis(dim2, rank));
  }

  static OpDef.Movement unfold(Tensor tensor, int axis, long size, long step) {
    if (tensor.dim() == 0 || size < 0 || size > tensor.size(axis) || step <= 0) {
      throw new IllegalArgumentException(
          "unfold: windows of size %s and step %s do not fit dimension %s of the shape %s"
              .formatted(size, step, axis, tensor.shape()));
    }
    return new OpDef.Unfold(axis, size, step);
  }

  static List<Tensor> split(Tensor tensor, long[] sizes, int axis) {
    if (Arrays.stream(sizes).sum() != tensor.size(axis)) {
      throw new IllegalArgumentException(
          "split: the sizes %s do not add up to %s, the size of dimension %s of the shape %s"
              .formatted(Arrays.toString(sizes), tensor.size(axis), axis, tensor.shape()));
    }
    List<Tensor> pieces = new ArrayList<>();
    long start = 0;
    for (long size : sizes) {
      pieces.add(tensor.narrow(axis, start, size));
      start += size;
    }
    return pieces;
  }

  static List<Tensor> tensorSplit(Tensor tensor, int sections, int axis) {
    if (sections <= 0) {
      throw new IllegalArgumentException(
          "tensor_split: expected a number of sections above 0, got " + sections);
    }
    long size = tensor.size(axis);
    long[] sizes = new long[sections];
    for (int i = 0; i < sections; i++) {
      sizes[i] = size / sections + (i < size % sections ? 1 : 0);
    }
    return split(tensor, sizes, axis);
  }

  static List<Tensor> meshgrid(List<Tensor> vectors, String indexing) {
    if (!indexing.equals("ij") && !indexing.equals("xy")) {
      throw new IllegalArgumentException("meshgrid: expected ij or xy, got " + indexing);
    }
    boolean swap = indexing.equals("xy") && vectors.size() > 1;
    Shape shape = Shape.SCALAR;
    for (int i = 0; i < vectors.size(); i++) {
      shape = shape.insert(i, vectors.get(swap && i < 2 ? 1 - i : i).numel());
    }
    List<Tensor> grids = new ArrayList<>();
    for (int i = 0; i < vectors.size(); i++) {
      long[] sizes = new long[vectors.size()];
      Arrays.fill(sizes, 1);
      sizes[swap && i < 2 ? 1 - i : i] = vectors.get(i).numel();
      grids.add(vectors.get(i).reshape(sizes).expand(shape));
    }
    return grids;
  }

  /// The product of every element of one with every element of the other, as blocks.
  static Tensor kron(Tensor a, Tensor b) {
    int rank = Math.max(a.dim(), b.dim());
    long[] first = new long[2 * rank]; // [a, 1] for each dimension
    long[] second = new long[2 * rank]; // [1, b]
    long[] joined = new long[rank];
    Arrays.fill(first, 1);
    Arrays.fill(second, 1);
    for (int i = 0; i < rank; i++) {
      first[2 * i] = i < rank - a.dim() ? 1 : a.size(i - rank);
      second[2 * i + 1] = i < rank - b.dim() ? 1 : b.size(i - rank);
      joined[i] = first[2 * i] * second[2 * i + 1];
    }
    return a.reshape(first).mul(b.reshape(second)).reshape(joined);
  }

  static Tensor tensordot(Tensor a, Tensor b, int[] dims, int[] otherDims) {
    long inner = 1;
    for (int i = 0; i < dims.length; i++) {
      if (dims.length != otherDims.length || a.size(dims[i]) != b.size(otherDims[i])) {
        throw new IllegalArgumentException(
            "tensordot: the dimensions %s of the shape %s and %s of %s do not fit"
                .formatted(
                    Arrays.toString(dims), a.shape(), Arrays.toString(otherDims), b.shape()));
      }
      inner *= a.size(dims[i]);
    }
    int[] last = new int[dims.length];
    int[] front = new int[dims.length];
    for (int i = 0; i < dims.length; i++) {
      last[i] = a.dim() - dims.length + i;
      front[i] = i;
    }
    Tensor left = a.movedim(dims, last);
    Tensor right = b.movedim(otherDims, front);
    List<Long> sizes = new ArrayList<>();
    long rows = 1;
    long columns = 1;
    for (int i = 0; i < a.dim() - dims.length; i++) {
      sizes.add(left.size(i));
      rows *= left.size(i);
    }
    for (int i = dims.length; i < b.dim(); i++) {
      sizes.add(right.size(i));
      columns *= right.size(i);
    }
    long[] shape = sizes.stream().mapToLong(Long::longValue).toArray();
    return left.reshape(rows, inner).mm(right.reshape(inner, columns)).reshape(Shape.of(shape));
  }

  static Tensor rot90(Tensor x, int times, int dim0, int dim1) {
    return switch (Math.floorMod(times, 4)) {
      case 0 -> x.clone();
      case 1 -> x.flip(dim1).transpose(dim0, dim1);
      case 2 -> x.flip(dim0, dim1);
      default -> x.flip(dim0).transpose(dim0, dim1);
    };
  }

  static Tensor cross(Tensor a, Tensor b, int dim) {
    if (a.size(dim) != 3 || b.size(dim) != 3) {
      throw new IllegalArgumentException(
          "cross: expected 3 elements along dimension %s, got the shapes %s and %s"
              .formatted(dim, a.shape(), b.shape()));
    }
    Tensor plus = a.roll(-1, dim).mul(b.roll(-2, dim));
    return plus.sub(a.roll(-2, dim).mul(b.roll(-1, dim)));
  }

  /// Rows and columns of a triangle of a matrix, row by row: `[2, count]`.
  static Tensor triangleIndices(long rows, long columns, long offset, boolean lower) {
    List<Long> places = new ArrayList<>();
    for (int part = 0; part < 2; part++) {
      for (long row = 0; row < rows; row++) {
        for (long column = 0; column < columns; column++) {
          if (lower ? column - row <= offset : column - row >= offset) {
            places.add(part == 0 ? row : column);
          }
        }
      }
    }
    long[] values = places.stream().mapToLong(Long::longValue).toArray();
    return Tensor.of(values, 2, values.length / 2);
  }

  static Tensor blockDiag(List<Tensor> tensors) {
    List<Tensor> matrices =
        tensors.stream().map(x -> x.dim() == 2 ? x : x.reshape(1, x.numel())).toList();
    long width = matrices.stream().mapToLong(x -> x.size(1)).sum();
    List<Tensor> rows = new ArrayList<>();
    long before = 0;
    for (Tensor matrix : matrices) {
      rows.add(matrix.pad(before, width - before - matrix.size(1)));
      before += matrix.size(1);
    }
    return Tensor.cat(rows, 0);
  }
}
