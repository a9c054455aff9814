package dev.javelin.conformance;

import dev.javelin.Device;
import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Numbers;
import dev.javelin.kernels.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// How the elements of a test's tensor lie in memory: an op must not care.
public enum Lay {
  /// Row by row.
  CONTIGUOUS,
  /// The last axis outermost.
  TRANSPOSED,
  /// Every second element of a larger tensor, from an offset on, among NaN or 99.
  SLICED;

  /// A tensor of these elements.
  ///
  /// @param values the elements
  /// @param dtype their dtype
  /// @param device where
  /// @return the tensor
  public Tensor tensor(Nd values, DType dtype, Device device) {
    int rank = values.rank();
    return switch (this) {
      case CONTIGUOUS -> contiguous(values, dtype, device);
      case TRANSPOSED -> {
        int[] reversed = new int[rank];
        for (int axis = 0; axis < rank; axis++) {
          reversed[axis] = rank - 1 - axis;
        }
        Tensor stored = contiguous(values.permute(reversed), dtype, device);
        yield rank < 2 ? stored : stored.permute(reversed);
      }
      case SLICED -> {
        int[] larger = Arrays.stream(values.shape()).map(size -> 2 * size + 3).toArray();
        double filler = dtype.isFloatingPoint() ? Double.NaN : dtype == DType.BOOL ? 1 : 99;
        Nd stored =
            Nd.build(larger, index -> inside(values, index) ? inner(values, index) : filler);
        Tensor view = contiguous(stored, dtype, device);
        for (int axis = 0; axis < rank; axis++) {
          view = view.slice(axis, 1, 1 + 2L * values.size(axis), 2);
        }
        yield view;
      }
    };
  }

  private static boolean inside(Nd values, int[] index) {
    for (int axis = 0; axis < index.length; axis++) {
      if (index[axis] % 2 == 0 || index[axis] > 2 * values.size(axis)) {
        return false;
      }
    }
    return true;
  }

  private static double inner(Nd values, int[] index) {
    return values.at(Arrays.stream(index).map(i -> (i - 1) / 2).toArray());
  }

  /// A tensor of these elements, row by row.
  ///
  /// @param values the elements
  /// @param dtype their dtype
  /// @param device where
  /// @return the tensor
  public static Tensor contiguous(Nd values, DType dtype, Device device) {
    try (Arena arena = Arena.ofConfined()) {
      long bytes = (long) values.numel() * dtype.bytes();
      MemorySegment memory = arena.allocate(Math.max(1, bytes), 8).asSlice(0, bytes);
      for (int i = 0; i < values.numel(); i++) {
        if (dtype.isFloatingPoint()) {
          Numbers.setDouble(dtype, memory, i, values.data()[i]);
        } else {
          Numbers.setLong(dtype, memory, i, (long) values.data()[i]);
        }
      }
      return Tensor.of(memory, dtype, shape(values.shape()), device);
    }
  }

  /// A tensor's elements.
  ///
  /// @param tensor the tensor
  /// @return its elements in double precision
  public static Nd read(Tensor tensor) {
    long[] sizes = tensor.shape().toArray();
    return new Nd(
        tensor.toDoubleArray(), Arrays.stream(sizes).mapToInt(Math::toIntExact).toArray());
  }

  static Shape shape(int... sizes) {
    return Shape.of(Arrays.stream(sizes).asLongStream().toArray());
  }
}
