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
}
