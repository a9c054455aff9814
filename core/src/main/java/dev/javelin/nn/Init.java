package dev.javelin.nn;

import dev.javelin.Devices;
import dev.javelin.Javelin;
import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import java.util.function.ToDoubleFunction;

/// Ways to fill parameters: `torch.nn.init`. Each overwrites its tensor, without recording that, and returns it.
public final class Init {
  private Init() {}

  /// Which side of a layer keeps its variance.
  public enum FanMode {
    /// The inputs: the size of signals going forward.
    FAN_IN,
    /// The outputs: the size of gradients going backward.
    FAN_OUT
  }

  /// What follows a layer; decides its gain.
  public enum Nonlinearity {
    /// Nothing.
    LINEAR,
    /// The logistic function.
    SIGMOID,
    /// The hyperbolic tangent.
    TANH,
    /// `max(x, 0)`.
    RELU,
    /// A slope for negative x, too.
    LEAKY_RELU,
    /// The self-normalising ELU.
    SELU
  }

  /// The recommended gain.
  ///
  /// @param nonlinearity what follows the layer
  /// @param a the slope of a leaky ReLU; unused by the others
  /// @return by how much to scale
  public static double calculateGain(Nonlinearity nonlinearity, double a) {
    return switch (nonlinearity) {
      case LINEAR, SIGMOID -> 1;
      case TANH -> 5.0 / 3;
      case RELU -> Math.sqrt(2);
      case LEAKY_RELU -> Math.sqrt(2 / (1 + a * a));
      case SELU -> 0.75;
    };
  }

  /// Uniform numbers.
  ///
  /// @param <T> the type of the tensor
  /// @param tensor the tensor
  /// @param a the lower bound
  /// @param b the upper bound
  /// @return the tensor
  public static <T extends Tensor> T uniform_(T tensor, double a, double b) {
    Javelin.noGrad(() -> tensor.uniform_(a, b));
    return tensor;
  }

  /// Normal numbers.
  ///
  /// @param <T> the type of the tensor
  /// @param tensor the tensor
  /// @param mean their mean
  /// @param std their standard deviation
  /// @return the tensor
  public static <T extends Tensor> T normal_(T tensor, double mean, double std) {
    Javelin.noGrad(() -> tensor.normal_(mean, std));
    return tensor;
  }

  /// One number everywhere.
  ///
  /// @param <T> the type of the tensor
  /// @param tensor the tensor
  /// @param value the number
  /// @return the tensor
  public static <T extends Tensor> T constant_(T tensor, double value) {
    Javelin.noGrad(() -> tensor.fill_(value));
    return tensor;
  }

  /// Zeros.
  ///
  /// @param <T> the type of the tensor
  /// @param tensor the tensor
  /// @return the tensor
  public static <T extends Tensor> T zeros_(T tensor) {
    return constant_(tensor, 0);
  }

  /// Ones.
  ///
  /// @param <T> the type of the tensor
  /// @param tensor the tensor
  /// @return the tensor
  public static <T extends Tensor> T ones_(T tensor) {
    return constant_(tensor, 1);
  }

  /// Uniform numbers up to `sqrt(6 / (fan_in + fan_out))` (Glorot and Bengio, 2010).
  ///
  /// @param <T> the type of the tensor
  /// @param tensor the tensor, of at least two dimensions
  /// @return the tensor
  public static <T extends Tensor> T xavierUniform_(T tensor) {
    return xavierUniform_(tensor, 1);
  }

  /// Normal numbers of standard deviation `sqrt(2 / (fan_in + fan_out))` (Glorot and Bengio, 2010).
  ///
  /// @param <T> the type of the tensor
  /// @param tensor the tensor, of at least two dimensions
  /// @return the tensor
  public static <T extends Tensor> T xavierNormal_(T tensor) {
    return xavierNormal_(tensor, 1);
  }

  /// Uniform numbers up to `gain * sqrt(6 / (fan_in + fan_out))` (Glorot and Bengio, 2010).
  ///
  /// @param <T> the type of the tensor
  /// @param tensor the tensor, of at least two dimensions
  /// @param gain by how much to scale
  /// @return the tensor
  public static <T extends Tensor> T xavierUniform_(T tensor, double gain) {
    double bound = gain * Math.sqrt(6 / (fanIn(tensor) + fanOut(tensor)));
    return uniform_(tensor, -bound, bound);
  }

  /// Normal numbers of standard deviation `gain * sqrt(2 / (fan_in + fan_out))` (Glorot and Bengio, 2010).
  ///
  /// @param <T> the type of the tensor
  /// @param tensor the tensor, of at least two dimensions
  /// @param gain by how much to scale
  /// @return the tensor
  public static <T extends Tensor> T xavierNormal_(T tensor, double gain) {
    return normal_(tensor, 0, gain * Math.sqrt(2 / (fanIn(tensor) + fanOut(tensor))));
  }

  /// Uniform numbers up to `gain * sqrt(3 / fan_in)` for a leaky ReLU of slope a (He et al., 2015).
  ///
  /// @param <T> the type of the tensor
  /// @param tensor the tensor, of at least two dimensions
  /// @param a the slope for negative x
  /// @return the tensor
  public static <T extends Tensor> T kaimingUniform_(T tensor, double a) {
    return kaimingUniform_(tensor, a, FanMode.FAN_IN, Nonlinearity.LEAKY_RELU);
  }

  /// Uniform numbers up to `gain * sqrt(3 / fan)` (He et al., 2015).
  ///
  /// @param <T> the type of the tensor
  /// @param tensor the tensor, of at least two dimensions
  /// @param a the slope of a leaky ReLU
  /// @param mode which side keeps its variance
  /// @param nonlinearity what follows the layer
  /// @return the tensor
  public static <T extends Tensor> T kaimingUniform_(
      T tensor, double a, FanMode mode, Nonlinearity nonlinearity) {
    double bound = Math.sqrt(3) * kaimingStd(tensor, a, mode, nonlinearity);
    return uniform_(tensor, -bound, bound);
  }

  /// Normal numbers of standard deviation `gain / sqrt(fan_in)` for a leaky ReLU of slope a (He et al., 2015).
  ///
  /// @param <T> the type of the tensor
  /// @param tensor the tensor, of at least two dimensions
  /// @param a the slope for negative x
  /// @return the tensor
  public static <T extends Tensor> T kaimingNormal_(T tensor, double a) {
    return kaimingNormal_(tensor, a, FanMode.FAN_IN, Nonlinearity.LEAKY_RELU);
  }

  /// Normal numbers of standard deviation `gain / sqrt(fan)` (He et al., 2015).
  ///
  /// @param <T> the type of the tensor
  /// @param tensor the tensor, of at least two dimensions
  /// @param a the slope of a leaky ReLU
  /// @param mode which side keeps its variance
  /// @param nonlinearity what follows the layer
  /// @return the tensor
  public static <T extends Tensor> T kaimingNormal_(
      T tensor, double a, FanMode mode, Nonlinearity nonlinearity) {
    return normal_(tensor, 0, kaimingStd(tensor, a, mode, nonlinearity));
  }

  private static double kaimingStd(
      Tensor tensor, double a, FanMode mode, Nonlinearity nonlinearity) {
    double fan =
        switch (mode) {
          case FAN_IN -> fanIn(tensor);
          case FAN_OUT -> fanOut(tensor);
        };
    return calculateGain(nonlinearity, a) / Math.sqrt(Math.max(1, fan));
  }

  // ---- matrices ----

  /// Normal numbers between two bounds: others are drawn until they lie between.
  ///
  /// @param <T> the type of the tensor
  /// @param tensor the tensor
  /// @param mean the mean before the bounds
  /// @param std the standard deviation before the bounds
  /// @param a the lower bound
  /// @param b the upper bound
  /// @return the tensor
  /// @throws IllegalArgumentException if the bounds are farther than two standard deviations from the mean on one side
  public static <T extends Tensor> T truncNormal_(
      T tensor, double mean, double std, double a, double b) {
    if (!(a < b && a <= mean + 2 * std && b >= mean - 2 * std)) {
      throw new IllegalArgumentException(
          "truncNormal_: expected bounds around mean +- 2 std, got mean %s, std %s, bounds %s and %s"
              .formatted(Repr.of(mean), Repr.of(std), Repr.of(a), Repr.of(b)));
    }
    return Javelin.noGrad(
        () -> {
          tensor.normal_(mean, std);
          while (tensor.lt(a).logicalOr(tensor.gt(b)).any().item() != 0) {
            Tensor again = Tensor.randn(tensor.shape(), tensor.dtype(), tensor.device());
            Tensor outside = tensor.lt(a).logicalOr(tensor.gt(b));
            tensor.copy_(Tensor.where(outside, again.mul(std).add(mean), tensor));
          }
          return tensor;
        });
  }

  /// Ones on the diagonal, zeros elsewhere.
  ///
  /// @param <T> the type of the tensor
  /// @param tensor a matrix
  /// @return the tensor
  public static <T extends Tensor> T eye_(T tensor) {
    if (tensor.dim() != 2) {
      throw new IllegalArgumentException("Only tensors with 2 dimensions are supported");
    }
    return fill(tensor, index -> index[0] == index[1] ? 1 : 0);
  }

  /// Convolution weights that pass the input on: 1 in the middle of the kernel from each channel to its like, in each group.
  ///
  /// @param <T> the type of the tensor
  /// @param tensor weights `[out, in / groups, ...]` of 3 to 5 dimensions
  /// @param groups in how many groups
  /// @return the tensor
  public static <T extends Tensor> T dirac_(T tensor, int groups) {
    if (tensor.dim() < 3 || tensor.dim() > 5) {
      throw new IllegalArgumentException("Only tensors with 3, 4, or 5 dimensions are supported");
    }
    if (tensor.size(0) % groups != 0) {
      throw new IllegalArgumentException("dim 0 must be divisible by groups");
    }
    long each = tensor.size(0) / groups;
    return fill(
        tensor,
        index -> {
          boolean middle = index[0] % each == index[1];
          for (int i = 2; i < index.length; i++) {
            middle &= index[i] == tensor.size(i) / 2;
          }
          return middle ? 1 : 0;
        });
  }

  /// A matrix, of all dimensions but the first taken as one, whose rows (or columns, if there are fewer) are orthogonal and of length
  /// `gain` (Saxe et al., arXiv 1312.6120).
  ///
  /// @param <T> the type of the tensor
  /// @param tensor the tensor, of at least two dimensions
  /// @param gain by how much to scale
  /// @return the tensor
  public static <T extends Tensor> T orthogonal_(T tensor, double gain) {
    if (tensor.dim() < 2) {
      throw new IllegalArgumentException("Only tensors with 2 or more dimensions are supported");
    }
    int rows = Math.toIntExact(tensor.size(0));
    int columns = Math.toIntExact(tensor.numel() / Math.max(1, rows));
    int count = Math.min(rows, columns);
    int length = Math.max(rows, columns);
    double[][] vectors = new double[count][];
    for (int i = 0; i < count; i++) {
      vectors[i] = Tensor.randn(Shape.of(length), DType.FLOAT64, Devices.cpu()).toDoubleArray();
      orthogonalise(vectors, i);
    }
    double[] values = new double[rows * columns];
    for (int i = 0; i < values.length; i++) {
      int row = i / columns;
      int column = i % columns;
      values[i] = gain * (rows <= columns ? vectors[row][column] : vectors[column][row]);
    }
    Tensor filled = Tensor.of(values, tensor.shape().toArray());
    Javelin.noGrad(() -> tensor.copy_(filled.to(tensor.device())));
    return tensor;
  }

  /// Gram and Schmidt, twice: the second time takes off what rounding left.
  private static void orthogonalise(double[][] vectors, int which) {
    double[] vector = vectors[which];
    for (int i = 0; i < 2 * which; i++) {
      double[] other = vectors[i % which];
      double dot = dot(vector, other);
      for (int k = 0; k < vector.length; k++) {
        vector[k] -= dot * other[k];
      }
    }
    double norm = Math.sqrt(dot(vector, vector));
    for (int k = 0; k < vector.length; k++) {
      vector[k] /= norm;
    }
  }

  private static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int k = 0; k < x.length; k++) {
      sum += x[k] * y[k];
    }
    return sum;
  }

  /// Normal numbers, of which a part of each column is 0 (Martens, 2010).
  ///
  /// @param <T> the type of the tensor
  /// @param tensor a matrix
  /// @param sparsity which part of each column
  /// @param std the standard deviation of the others
  /// @return the tensor
  public static <T extends Tensor> T sparse_(T tensor, double sparsity, double std) {
    if (tensor.dim() != 2) {
      throw new IllegalArgumentException("Only tensors with 2 dimensions are supported");
    }
    int rows = Math.toIntExact(tensor.size(0));
    int zeros = (int) Math.ceil(sparsity * rows);
    boolean[][] zero = new boolean[Math.toIntExact(tensor.size(1))][rows];
    for (boolean[] column : zero) {
      long[] order = Tensor.randperm(rows).toLongArray();
      for (int i = 0; i < zeros; i++) {
        column[(int) order[i]] = true;
      }
    }
    Tensor normal = tensor.detach().clone();
    normal_(normal, 0, std);
    fill(tensor, index -> zero[(int) index[1]][(int) index[0]] ? 0 : 1);
    Javelin.noGrad(() -> tensor.mul_(normal));
    return tensor;
  }

  private static <T extends Tensor> T fill(T tensor, ToDoubleFunction<long[]> element) {
    long[] sizes = tensor.shape().toArray();
    double[] values = new double[Math.toIntExact(tensor.numel())];
    long[] index = new long[sizes.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = element.applyAsDouble(index);
      int axis = sizes.length - 1;
      while (axis >= 0 && ++index[axis] == sizes[axis]) {
        index[axis--] = 0;
      }
    }
    Tensor filled = Tensor.of(values, sizes);
    Javelin.noGrad(() -> tensor.copy_(filled.to(tensor.device())));
    return tensor;
  }

  /// What `Linear` and the convolutions begin with.
  static void reset(Tensor weight, Tensor bias) {
    kaimingUniform_(weight, Math.sqrt(5));
    if (bias != null) {
      double bound = 1 / Math.sqrt(Math.max(1, fanIn(weight)));
      uniform_(bias, -bound, bound);
    }
  }

  private static double fanIn(Tensor tensor) {
    return fan(tensor, 1);
  }

  private static double fanOut(Tensor tensor) {
    return fan(tensor, 0);
  }

  /// The size of a dimension times the size of the kernel.
  private static double fan(Tensor tensor, int dim) {
    if (tensor.dim() < 2) {
      throw new IllegalArgumentException(
          "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions");
    }
    long fan = tensor.size(dim); // whole, but used as a real number
    for (int i = 2; i < tensor.dim(); i++) {
      fan *= tensor.size(i);
    }
    return fan;
  }
}
