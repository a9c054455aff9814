package dev.javelin.ops;

import dev.javelin.Tensor;
import dev.javelin.engine.Engine;
import java.util.List;
import java.util.Locale;

/// Activations that are put together from other ops: each one region, whose gradient follows from its body.
public final class ActivationOps {
  /// The fixed point of mean 0 and variance 1 (Klambauer et al., arXiv 1706.02515).
  private static final double SELU_ALPHA = 1.6732632423543772848170429916717;

  private static final double SELU_SCALE = 1.0507009873554804934193349852946;

  private ActivationOps() {}

  /// Which activation; a and b are its parameters.
  public enum Kind {
    /// x limited to a and b.
    HARDTANH("HardtanhBackward0"),
    /// `min(max(x + 3, 0), 6) / 6`.
    HARDSIGMOID("HardsigmoidBackward0"),
    /// `x tanh(log(1 + e^x))` (Misra, arXiv 1908.08681).
    MISH("MishBackward0"),
    /// x where positive, else `a (e^(x / a) - 1)` (Barron, arXiv 1704.07483).
    CELU("CeluBackward0"),
    /// x where positive, else `alpha (e^x - 1)`, all times a scale.
    SELU("EluBackward0"),
    /// `-log(1 + e^-x)`.
    LOG_SIGMOID("LogSigmoidBackward0"),
    /// `x / (1 + |x|)`.
    SOFTSIGN("DivBackward0"),
    /// `x - tanh(x)`.
    TANHSHRINK("SubBackward0"),
    /// x moved towards 0 by a, 0 where it would pass it.
    SOFTSHRINK("SoftshrinkBackward0"),
    /// x, 0 from -a to a.
    HARDSHRINK("HardshrinkBackward0"),
    /// x where above a, else b.
    THRESHOLD("ThresholdBackward0"),
    /// The first half of a dimension times the sigmoid of the second; a is the dimension.
    GLU("GluBackward0");

    private final String gradName;

    Kind(String gradName) {
      this.gradName = gradName;
    }
  }

  /// An activation.
  ///
  /// @param kind which one
  /// @param a its first parameter
  /// @param b its second parameter
  /// @return the op
  public static OpDef activation(Kind kind, double a, double b) {
    return Composite.derived(
            kind.toString().toLowerCase(Locale.ROOT),
            List.of(kind, a, b),
            1,
            in -> body(kind, in[0], a, b))
        .named(kind.gradName);
  }

  private static Tensor body(Kind kind, Tensor x, double a, double b) {
    return switch (kind) {
      case HARDTANH -> x.clamp(a, b);
      case HARDSIGMOID -> x.add(3).clamp(0.0, 6.0).div(6);
      case MISH -> x.mul(softplus(x).tanh());
      case CELU -> Tensor.where(x.gt(0), x, x.minimum(0).div(a).expm1().mul(a));
      case SELU ->
          Tensor.where(
              x.gt(0), x.mul(SELU_SCALE), x.minimum(0).expm1().mul(SELU_SCALE * SELU_ALPHA));
      case LOG_SIGMOID -> softplus(x.neg()).neg();
      case SOFTSIGN -> x.div(x.abs().add(1));
      case TANHSHRINK -> x.sub(x.tanh());
      case SOFTSHRINK -> Tensor.where(x.abs().gt(a), x.sub(x.sign().mul(a)), 0);
      case HARDSHRINK -> Tensor.where(x.abs().gt(a), x, 0);
      case THRESHOLD -> Tensor.where(x.gt(a), x, b);
      case GLU -> {
        int dim = (int) a;
        long half = x.size(dim) / 2;
        yield x.narrow(dim, 0, half).mul(x.narrow(dim, half, half).sigmoid());
      }
    };
  }

  /// `log(1 + e^x)`; x itself from where on it rounds to it.
  private static Tensor softplus(Tensor x) {
    return Tensor.call(
        PointwiseOps.SOFTPLUS, x, (Tensor) Engine.number(1.0), (Tensor) Engine.number(40.0));
  }
}
