package dev.javelin.examples.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Javelin;
import dev.javelin.Parameter;
import dev.javelin.Tensor;
import dev.javelin.autograd.Anomaly;
import dev.javelin.autograd.Checkpointing;
import dev.javelin.autograd.Function;
import dev.javelin.autograd.GradCheck;
import dev.javelin.autograd.Pointwise;
import dev.javelin.nn.Dropout;
import dev.javelin.nn.Linear;
import dev.javelin.nn.ReLU;
import dev.javelin.nn.Sequential;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Functions of one's own, checkpointing, checks and anomalies.
class AutogradTest {
  /// `x^3 y`, with its gradient written by hand.
  static final class CubeTimes extends Function {
    @Override
    protected Tensor forward(Context context, List<Tensor> inputs) {
      context.saveForBackward(inputs.get(0), inputs.get(1));
      return inputs.get(0).pow(3).mul(inputs.get(1));
    }

    @Override
    protected List<Tensor> backward(Context context, Tensor gradient) {
      Tensor x = context.savedTensors().get(0);
      Tensor y = context.savedTensors().get(1);
      assertTrue(context.needsInputGrad(0));
      return List.of(gradient.mul(x.square().mul(3)).mul(y), gradient.mul(x.square()).mul(x));
    }
  }

  /// Goes on as if rounding were the identity.
  static final class StraightThrough extends Function {
    @Override
    protected Tensor forward(Context context, List<Tensor> inputs) {
      return inputs.get(0).round();
    }

    @Override
    protected List<Tensor> backward(Context context, Tensor gradient) {
      return gradient.numel() > 2 ? List.of(gradient.sum()) : List.of(gradient);
    }
  }

  private static Parameter doubles(double... values) {
    return new Parameter(Tensor.of(values));
  }

  @Test
  void gradientOfOnesOwn() {
    Parameter x = doubles(2, -1);
    Parameter y = doubles(5, 7);
    Tensor z = new CubeTimes().apply(x, y);
    assertEquals("CubeTimesBackward", z.gradFn().orElseThrow());
    z.mul(2).sum().backward();
    assertArrayEquals(new double[] {120, 42}, x.grad().toDoubleArray());
    assertArrayEquals(new double[] {16, -2}, y.grad().toDoubleArray());
    Parameter rounded = doubles(0.4, 1.7);
    new StraightThrough().apply(rounded.mul(2)).sum().backward();
    assertArrayEquals(new double[] {2, 2}, rounded.grad().toDoubleArray());
    assertFalse(Javelin.noGrad(() -> new CubeTimes().apply(x, y)).requiresGrad());
    assertFalse(Javelin.inferenceMode(() -> x.mul(2)).requiresGrad());
  }

  @Test
  void secondDerivativeOfOnesOwn() {
    Parameter x = doubles(2);
    Tensor first = new CubeTimes().apply(x, doubles(1)).sum().gradOf(List.of(x), true).getFirst();
    assertEquals(12, first.item());
    assertEquals(12, first.sum().gradOf(List.of(x), false).getFirst().item());
  }

  @Test
  void wrongGradientsOfOnesOwn() {
    Parameter x = doubles(1, 2, 3);
    Tensor y = new StraightThrough().apply(x).sum();
    assertEquals(
        "function StraightThroughBackward returned an invalid gradient at index 0 - got [] but"
            + " expected shape compatible with [3]",
        assertThrows(IllegalStateException.class, y::backward).getMessage());
    Parameter a = doubles(1);
    Tensor b = a.mul(1);
    Tensor c = new CubeTimes().apply(b, doubles(1));
    b.add_(1);
    assertTrue(
        assertThrows(IllegalStateException.class, () -> c.sum().backward())
            .getMessage()
            .startsWith("saved tensor 0 (float64 [1]) was modified by an in-place operation"));
  }

  @Test
  void checkpointingGivesTheSameGradients() {
    Javelin.manualSeed(0);
    Sequential part = new Sequential(new Linear(4, 8), new ReLU(), new Dropout(0.5));
    Parameter x = new Parameter(Tensor.randn(3, 4));
    Javelin.manualSeed(7);
    part.call(x).square().sum().backward();
    double[] expected = x.grad().toDoubleArray();
    double[] weights = part.get(0).parameters().getFirst().grad().toDoubleArray();
    x.setGrad(null);
    part.zeroGrad();
    Javelin.manualSeed(7);
    Checkpointing.checkpoint(in -> part.call(in.getFirst()), x).square().sum().backward();
    assertArrayEquals(expected, x.grad().toDoubleArray());
    assertArrayEquals(weights, part.get(0).parameters().getFirst().grad().toDoubleArray());
  }

  @Test
  void gradientsAgainstDifferences() {
    GradCheck.check(in -> in.get(0).mm(in.get(1)).tanh(), leaf(2, 3), leaf(3, 2));
    GradCheck.check(in -> new CubeTimes().apply(in.get(0), in.get(1)), leaf(2), leaf(2));
    Tensor x = Tensor.of(new double[] {0.4}).requiresGrad_(true);
    assertTrue(
        assertThrows(
                IllegalStateException.class,
                () -> GradCheck.check(in -> new StraightThrough().apply(in.get(0)), x))
            .getMessage()
            .startsWith("Jacobian mismatch for output 0 with respect to input 0, element 0"));
    Tensor single = Tensor.ones(1).requiresGrad_(true);
    assertThrows(IllegalArgumentException.class, () -> GradCheck.check(in -> in.get(0), single));
    assertThrows(
        IllegalArgumentException.class, () -> GradCheck.check(in -> in.get(0), x.detach()));
  }

  private static Tensor leaf(long... sizes) {
    return Tensor.randn(sizes).toDouble().requiresGrad_(true);
  }

  @Test
  void anomalyNamesTheForwardCall() {
    Parameter x = doubles(0);
    String message =
        assertThrows(
                IllegalStateException.class,
                () ->
                    Anomaly.detect(
                        () -> {
                          Tensor root = x.mul(0).sqrt();
                          root.mul(0).sum().backward();
                        }))
            .getMessage();
    assertTrue(
        message.matches(
            "Function 'SqrtBackward0' returned nan values in its 0th output\\.; the forward call"
                + " was at AutogradTest\\.java:[0-9]+"),
        message);
    x.sqrt().mul(0).sum().backward();
    assertTrue(Double.isNaN(x.grad().item()));
  }

  @Test
  void pointwiseOfOnesOwn() {
    Pointwise square = Pointwise.define("my_square", x -> x.mul(x));
    Parameter x = doubles(3, -2);
    Tensor y = square.apply(x);
    assertEquals("MySquareBackward0", y.gradFn().orElseThrow());
    y.sum().backward();
    assertArrayEquals(new double[] {6, -4}, x.grad().toDoubleArray());
    // The same name again is another operation.
    Pointwise other = Pointwise.define("my_square", z -> z.mul(z).mul(2));
    assertArrayEquals(new double[] {18, 8}, other.apply(x).toDoubleArray());
  }

  @Test
  void wrongPointwise() {
    Pointwise total = Pointwise.define("total", x -> x.sum());
    assertEquals(
        "total: an elementwise expression of shape [2] gave the shape []; use elementwise methods"
            + " only",
        assertThrows(IllegalArgumentException.class, () -> total.apply(doubles(1, 2)))
            .getMessage());
    Pointwise sum = Pointwise.define("my_sum", (x, y) -> x.add(y));
    assertEquals(
        "my_sum: expected 2 arguments, got 1",
        assertThrows(IllegalArgumentException.class, () -> sum.apply(doubles(1))).getMessage());
    assertEquals(
        "Pointwise.define: expected a name of letters, digits and underscores, got 'a b'",
        assertThrows(IllegalArgumentException.class, () -> Pointwise.define("a b", x -> x.neg()))
            .getMessage());
  }
}
