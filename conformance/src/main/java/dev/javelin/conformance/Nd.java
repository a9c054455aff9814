package dev.javelin.conformance;

import dev.javelin.kernels.DType;
import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.ToDoubleFunction;

/// An array of doubles with a shape, row by row: what references are written with. It shares no code with the engine.
///
/// @param data the elements
/// @param shape the size of each axis
public record Nd(double[] data, int... shape) {
  /// Checks that data and shape fit.
  public Nd {
    if (data.length != count(shape)) {
      throw new IllegalArgumentException(
          data.length + " elements do not fill the shape " + Arrays.toString(shape));
    }
  }

  /// An array computed index by index.
  ///
  /// @param shape its shape
  /// @param element gives the element at an index; must not keep the index
  /// @return the array
  public static Nd build(int[] shape, ToDoubleFunction<int[]> element) {
    double[] data = new double[count(shape)];
    int[] index = new int[shape.length];
    for (int i = 0; i < data.length; i++) {
      data[i] = element.applyAsDouble(index);
      next(index, shape);
    }
    return new Nd(data, shape);
  }

  /// A scalar.
  ///
  /// @param value its value
  /// @return the array without axes
  public static Nd scalar(double value) {
    return new Nd(new double[] {value});
  }

  static int count(int... shape) {
    int product = 1;
    for (int size : shape) {
      product *= size;
    }
    return product;
  }

  static void next(int[] index, int[] shape) {
    for (int axis = index.length - 1; axis >= 0; axis--) {
      if (++index[axis] < shape[axis]) {
        return;
      }
      index[axis] = 0;
    }
  }

  int numel() {
    return data.length;
  }

  int rank() {
    return shape.length;
  }

  int size(int axis) {
    return shape[axis < 0 ? axis + shape.length : axis];
  }

  /// The element at an index; an axis of size 1 takes any index, surplus leading indices are dropped: broadcasting.
  double at(int... index) {
    int position = 0;
    int surplus = index.length - shape.length;
    for (int axis = 0; axis < shape.length; axis++) {
      position = position * shape[axis] + (shape[axis] == 1 ? 0 : index[axis + surplus]);
    }
    return data[position];
  }

  Nd map(DoubleUnaryOperator f) {
    return new Nd(Arrays.stream(data).map(f).toArray(), shape);
  }

  static int[] broadcast(int[] a, int[] b) {
    int rank = Math.max(a.length, b.length);
    int[] result = new int[rank];
    for (int i = 1; i <= rank; i++) {
      int x = i <= a.length ? a[a.length - i] : 1;
      int y = i <= b.length ? b[b.length - i] : 1;
      result[rank - i] = x == 1 ? y : x;
    }
    return result;
  }

  Nd zip(Nd other, DoubleBinaryOperator f) {
    return build(broadcast(shape, other.shape), i -> f.applyAsDouble(at(i), other.at(i)));
  }

  Nd plus(Nd other) {
    return zip(other, Double::sum);
  }

  Nd minus(Nd other) {
    return zip(other, (x, y) -> x - y);
  }

  Nd times(Nd other) {
    return zip(other, (x, y) -> x * y);
  }

  Nd over(Nd other) {
    return zip(other, (x, y) -> x / y);
  }

  Nd times(double factor) {
    return map(x -> x * factor);
  }

  /// The elements along some axes, row by row, for each index of the others, made into one number.
  Nd fold(boolean keep, ToDoubleFunction<double[]> f, int... axes) {
    boolean[] folded = new boolean[shape.length];
    if (axes.length == 0) {
      Arrays.fill(folded, true);
    }
    for (int axis : axes) {
      folded[axis < 0 ? axis + shape.length : axis] = true;
    }
    int[] kept = shape.clone();
    int[] inner = shape.clone();
    for (int axis = 0; axis < shape.length; axis++) {
      if (folded[axis]) {
        kept[axis] = 1;
      } else {
        inner[axis] = 1;
      }
    }
    Nd result =
        build(
            kept,
            outer -> {
              int[] index = new int[shape.length];
              return f.applyAsDouble(
                  build(
                          inner,
                          i -> {
                            for (int axis = 0; axis < index.length; axis++) {
                              index[axis] = folded[axis] ? i[axis] : outer[axis];
                            }
                            return at(index);
                          })
                      .data);
            });
    return keep ? result : result.reshape(dropped(shape, folded));
  }

  private static int[] dropped(int[] shape, boolean[] folded) {
    int[] result = new int[shape.length];
    int rank = 0;
    for (int axis = 0; axis < shape.length; axis++) {
      if (!folded[axis]) {
        result[rank++] = shape[axis];
      }
    }
    return Arrays.copyOf(result, rank);
  }

  Nd sum(boolean keep, int... axes) {
    return fold(keep, values -> Arrays.stream(values).sum(), axes);
  }

  Nd mean(boolean keep, int... axes) {
    return fold(keep, values -> Arrays.stream(values).sum() / values.length, axes);
  }

  Nd max(boolean keep, int... axes) {
    return fold(
        keep, values -> Arrays.stream(values).reduce(Double.NEGATIVE_INFINITY, Math::max), axes);
  }

  Nd reshape(int... sizes) {
    return new Nd(data, sizes);
  }

  Nd permute(int... axes) {
    int[] sizes = new int[axes.length];
    for (int i = 0; i < axes.length; i++) {
      sizes[i] = shape[axes[i]];
    }
    return build(
        sizes,
        index -> {
          int[] from = new int[axes.length];
          for (int i = 0; i < axes.length; i++) {
            from[axes[i]] = index[i];
          }
          return at(from);
        });
  }

  Nd expand(int... sizes) {
    return build(sizes, this::at);
  }

  /// Every `step`-th index of an axis.
  Nd slice(int axis, int start, int step, int length) {
    int[] sizes = shape.clone();
    sizes[axis] = length;
    return build(
        sizes,
        index -> {
          int[] from = index.clone();
          from[axis] = start + index[axis] * step;
          return at(from);
        });
  }

  /// The product of matrices, batch axes broadcast.
  Nd matmul(Nd other) {
    int[] batch =
        broadcast(Arrays.copyOf(shape, rank() - 2), Arrays.copyOf(other.shape, other.rank() - 2));
    int[] sizes = Arrays.copyOf(batch, batch.length + 2);
    sizes[batch.length] = size(-2);
    sizes[batch.length + 1] = other.size(-1);
    return build(
        sizes,
        index -> {
          int[] left = index.clone();
          int[] right = index.clone();
          double sum = 0;
          for (int k = 0; k < size(-1); k++) {
            left[batch.length + 1] = k;
            right[batch.length] = k;
            sum += at(left) * other.at(right);
          }
          return sum;
        });
  }

  Nd t() {
    return permute(1, 0);
  }

  /// The elements as a dtype would hold them: rounded, wrapped, or made truth values.
  Nd as(DType dtype) {
    return map(x -> rounded(dtype, x));
  }

  static double rounded(DType dtype, double x) {
    return switch (dtype) {
      case BOOL -> x != 0 ? 1 : 0;
      case UINT8 -> (long) x & 0xFF;
      case INT8 -> (byte) (long) x;
      case INT16 -> (short) (long) x;
      case INT32 -> (int) (long) x;
      case INT64 -> (long) x;
      case FLOAT16 -> Float.float16ToFloat(half(x));
      case BFLOAT16 -> bfloat(x);
      case FLOAT32 -> (float) x;
      case FLOAT64 -> x;
    };
  }

  // Rounding twice is harmless where the first result has twice the digits of the second, plus two.
  private static short half(double x) {
    return Float.floatToFloat16((float) x);
  }

  private static float bfloat(double x) {
    float value = (float) x;
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return value;
    }
    int even = bits >>> 16 & 1;
    return Float.intBitsToFloat(bits + 0x7FFF + even & 0xFFFF0000);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Nd nd && Arrays.equals(data, nd.data) && Arrays.equals(shape, nd.shape);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(data) + Arrays.hashCode(shape);
  }

  @Override
  public String toString() {
    return Arrays.toString(data) + " of shape " + Arrays.toString(shape);
  }
}
