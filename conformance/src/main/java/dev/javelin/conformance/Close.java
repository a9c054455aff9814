package dev.javelin.conformance;

import dev.javelin.Tensor;
import java.util.Arrays;
import java.util.function.Supplier;
import org.junit.jupiter.api.Assertions;

/// Compares tensors with references.
final class Close {
  private Close() {}

  /// Fails unless a tensor has the reference's shape and elements.
  static void check(Nd wanted, Tensor tensor, Tolerance tolerance, Supplier<String> what) {
    check(wanted, tensor, tolerance, 0, what);
  }

  /// The same where numbers of at least this size enter, whatever comes out.
  static void check(
      Nd wanted, Tensor tensor, Tolerance tolerance, double size, Supplier<String> what) {
    Nd got = Lay.read(tensor);
    if (!Arrays.equals(wanted.shape(), got.shape())) {
      Assertions.fail(
          "%s: expected the shape %s, got %s"
              .formatted(
                  what.get(), Arrays.toString(wanted.shape()), Arrays.toString(got.shape())));
    }
    Nd rounded = wanted.as(tensor.dtype());
    double largest =
        Arrays.stream(rounded.data()).map(Math::abs).filter(Double::isFinite).max().orElse(0);
    largest = Math.max(size, largest);
    int worst = -1;
    int wrong = 0;
    double excess = 0;
    for (int i = 0; i < got.numel(); i++) {
      double x = rounded.data()[i];
      double y = got.data()[i];
      if (x == y || Double.isNaN(x) && Double.isNaN(y)) {
        continue;
      }
      double difference = Math.abs(x - y);
      double allowed = tolerance.allowed(tensor.dtype(), x, largest);
      if (!(difference <= allowed)) {
        wrong++;
        double now = Double.isFinite(difference) ? difference - allowed : Double.MAX_VALUE;
        if (worst < 0 || now > excess) {
          worst = i;
          excess = now;
        }
      }
    }
    if (worst >= 0) {
      double x = rounded.data()[worst];
      Assertions.fail(
          "%s: %s of %s elements differ; element %s should be %s (+- %s), is %s"
              .formatted(
                  what.get(),
                  wrong,
                  got.numel(),
                  worst,
                  x,
                  tolerance.allowed(tensor.dtype(), x, largest),
                  got.data()[worst]));
    }
  }

  static void check(Nd wanted, Tensor tensor, Tolerance tolerance, String what) {
    check(wanted, tensor, tolerance, () -> what);
  }

  /// Fails unless a tensor has just these elements.
  static void exactly(Tensor tensor, double... elements) {
    Assertions.assertArrayEquals(elements, tensor.toDoubleArray());
  }
}
