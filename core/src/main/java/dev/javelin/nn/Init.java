package dev.javelin.nn;

import dev.javelin.Javelin;
import dev.javelin.Tensor;

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
