package dev.javelin.nn;

import dev.javelin.Tensor;
import dev.javelin.kernels.Shape;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Settings and shapes as Python prints them.
final class Repr {
  private Repr() {}

  /// A float: `0.1`, `1.0`, `1e-05`.
  static String of(double value) {
    if (!Double.isFinite(value)) {
      return Double.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
    }
    BigDecimal digits = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    int exponent = digits.precision() - digits.scale() - 1;
    if (value == 0 || exponent >= -4 && exponent < 16) {
      String plain = digits.toPlainString();
      return plain.contains(".") ? plain : plain + ".0";
    }
    String unscaled = digits.unscaledValue().abs().toString();
    String fraction = unscaled.length() > 1 ? "." + unscaled.substring(1) : "";
    String magnitude = Integer.toString(Math.abs(exponent));
    return (value < 0 ? "-" : "")
        + unscaled.charAt(0)
        + fraction
        + (exponent < 0 ? "e-" : "e+")
        + (magnitude.length() < 2 ? "0" : "")
        + magnitude;
  }

  /// A truth value: `True`, `False`.
  static String of(boolean value) {
    return value ? "True" : "False";
  }

  /// An argument that PyTorch lets be one number for both directions.
  static String of(Size2d size) {
    return size.height() == size.width() ? Integer.toString(size.height()) : size.toString();
  }

  /// An argument that PyTorch lets be one number for all three directions.
  static String of(Size3d size) {
    boolean same = size.equals(Size3d.of(size.depth()));
    return same ? Integer.toString(size.depth()) : size.toString();
  }

  /// A shape as a tuple: `(64, 500)`, `(10,)`.
  static String tuple(Shape shape) {
    String sizes =
        Arrays.stream(shape.toArray()).mapToObj(Long::toString).collect(Collectors.joining(", "));
    return shape.rank() == 1 ? "(" + sizes + ",)" : "(" + sizes + ")";
  }

  /// A size along one dimension as a tuple: `(3,)`.
  static String tuple(int size) {
    return "(" + size + ",)";
  }

  /// A setting behind others: `, groups=2`; nothing where it is as usual.
  static String setting(String name, Object value, Object usual) {
    return value.equals(usual) ? "" : ", " + name + "=" + value;
  }

  /// What every pooling layer's settings begin with.
  static String windows(Object kernelSize, Object stride, Object padding) {
    return "kernel_size=%s, stride=%s, padding=%s".formatted(kernelSize, stride, padding);
  }

  /// What every convolution's settings begin with.
  static String convolution(int inChannels, int outChannels, Object kernelSize, Object stride) {
    return "%s, %s, kernel_size=%s, stride=%s"
        .formatted(inChannels, outChannels, kernelSize, stride);
  }

  /// A module: on one line if it has no children and at most one line of settings.
  static String lines(String name, String settings, List<String> children) {
    List<String> lines = Stream.concat(settings.lines(), children.stream()).toList();
    if (children.isEmpty() && lines.size() < 2) {
      return name + "(" + settings + ")";
    }
    return name + "(\n" + String.join("\n", lines).indent(2) + ")";
  }

  /// The error of a layer given something of another shape than it was made for.
  static IllegalArgumentException mismatch(String expected, Tensor got) {
    return new IllegalArgumentException(
        "expected %s, got %s on %s".formatted(expected, tuple(got.shape()), got.device()));
  }
}
