package dev.javelin.examples.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.javelin.Parameter;
import dev.javelin.Tensor;
import dev.javelin.nn.Utils;
import java.util.List;
import org.junit.jupiter.api.Test;

class UtilsTest {
  private final Parameter first = new Parameter(Tensor.zeros(2));
  private final Parameter second = new Parameter(Tensor.zeros(1, 2));
  private final Parameter without = new Parameter(Tensor.zeros(3));
  private final List<Parameter> all = List.of(first, without, second);

  private void gradients(float... values) {
    first.setGrad(Tensor.of(new float[] {values[0], values[1]}));
    second.setGrad(Tensor.of(new float[] {values[2], values[3]}, 1, 2));
  }

  private void check(double... expected) {
    double[] got = new double[4];
    System.arraycopy(first.grad().toDoubleArray(), 0, got, 0, 2);
    System.arraycopy(second.grad().toDoubleArray(), 0, got, 2, 2);
    assertArrayEquals(expected, got, 1e-5);
    assertNull(without.grad());
  }

  @Test
  void norm() {
    gradients(1, -2, 2, 4);
    assertEquals(5, Utils.clipGradNorm_(all, 10).item(), 1e-6);
    check(1, -2, 2, 4);
    assertEquals(5, Utils.clipGradNorm_(all, 1).item(), 1e-6);
    check(0.2, -0.4, 0.4, 0.8);
    gradients(1, -2, 2, 4);
    assertEquals(9, Utils.clipGradNorm_(all, 4.5, 1, true).item(), 1e-6);
    check(0.5, -1, 1, 2);
    gradients(1, -2, 2, 4);
    assertEquals(4, Utils.clipGradNorm_(all, 1, Double.POSITIVE_INFINITY, false).item(), 1e-6);
    check(0.25, -0.5, 0.5, 1);
    gradients(1, -2, 2, 4);
    assertEquals(Math.cbrt(81), Utils.clipGradNorm_(all, 100, 3, false).item(), 1e-5);
    assertEquals(0, Utils.clipGradNorm_(List.of(without), 1).item());
  }

  @Test
  void normThatIsNotFinite() {
    gradients(1, Float.POSITIVE_INFINITY, 2, 4);
    assertEquals(
        "The total norm of order 2.0 for gradients from `parameters` is non-finite, so it cannot be"
            + " clipped. To disable this error and scale the gradients by the non-finite norm"
            + " anyway, set errorIfNonfinite to false",
        assertThrows(IllegalStateException.class, () -> Utils.clipGradNorm_(all, 1, 2, true))
            .getMessage());
    assertEquals(1, first.grad().get(0).item());
  }

  @Test
  void value() {
    gradients(1, -2, 0.5f, 4);
    Utils.clipGradValue_(all, 1.5);
    check(1, -1.5, 0.5, 1.5);
  }

  @Test
  void vectors() {
    Utils.vectorToParameters(Tensor.arange(7).toFloat(), all);
    assertArrayEquals(new double[] {0, 1}, first.toDoubleArray());
    assertArrayEquals(new double[] {2, 3, 4}, without.toDoubleArray());
    assertArrayEquals(
        new double[] {0, 1, 2, 3, 4, 5, 6}, Utils.parametersToVector(all).toDoubleArray());
    assertEquals(
        "expected a vector (7), got (8,) on cpu",
        assertThrows(
                IllegalArgumentException.class,
                () -> Utils.vectorToParameters(Tensor.zeros(8), all))
            .getMessage());
  }

  @Test
  void sequences() {
    List<Tensor> sequences = List.of(Tensor.ones(1, 2), Tensor.ones(3, 2));
    assertEquals("[3, 2, 2]", Utils.padSequence(sequences, false, 0).shape().toString());
    assertArrayEquals(
        new double[] {1, 1, 9, 9, 9, 9},
        Utils.padSequence(sequences, true, 9).select(0, 0).flatten().toDoubleArray());
  }
}
