package dev.javelin.examples.nn;

import static dev.javelin.examples.nn.ModuleTest.shape;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.javelin.Parameter;
import dev.javelin.Tensor;
import dev.javelin.kernels.Shape;
import dev.javelin.nn.CrossEntropyLoss;
import dev.javelin.nn.MSELoss;
import dev.javelin.nn.NLLLoss;
import dev.javelin.nn.Reduction;
import java.util.List;
import org.junit.jupiter.api.Test;

class LossesTest {
  private static final double TOLERANCE = 1e-6;
  private static final double[][] LOGITS = {
    {1, 2, 0.5}, {-1, 0, 3}, {0.25, 0.25, 0.25}, {2, -2, 1}
  };
  private static final long[] CLASSES = {1, 0, 2, 0};
  private static final double[] WEIGHTS = {0.5, 2, 1};

  private static Tensor logits() {
    float[] values = new float[12];
    for (int i = 0; i < 12; i++) {
      values[i] = (float) LOGITS[i / 3][i % 3];
    }
    return Tensor.of(values, 4, 3);
  }

  private static Tensor weights() {
    return Tensor.of(WEIGHTS).toFloat();
  }

  private static double logProbability(int sample, int label) {
    double sum = 0;
    for (double logit : LOGITS[sample]) {
      sum += Math.exp(logit);
    }
    return LOGITS[sample][label] - Math.log(sum);
  }

  /// The losses of the samples by the definition.
  private static double[] reference(double[] weights, long ignore, double smoothing) {
    double[] losses = new double[4];
    for (int i = 0; i < 4; i++) {
      int label = (int) CLASSES[i];
      if (label == ignore) {
        continue;
      }
      double smooth = 0;
      for (int c = 0; c < 3; c++) {
        smooth -= weights[c] * logProbability(i, c) / 3;
      }
      losses[i] = (1 - smoothing) * -weights[label] * logProbability(i, label) + smoothing * smooth;
    }
    return losses;
  }

  private static double sum(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum;
  }

  @Test
  void crossEntropy() {
    Tensor x = logits();
    Tensor y = Tensor.of(CLASSES);
    double[] plain = reference(new double[] {1, 1, 1}, -100, 0);
    CrossEntropyLoss loss = new CrossEntropyLoss();
    assertEquals(sum(plain) / 4, loss.call(x, y).item(), TOLERANCE);
    assertEquals(sum(plain), loss.withReduction(Reduction.SUM).call(x, y).item(), TOLERANCE);
    assertArrayEquals(
        plain, loss.withReduction(Reduction.NONE).call(x, y).toDoubleArray(), TOLERANCE);
    double[] weighted = reference(WEIGHTS, -100, 0.2);
    CrossEntropyLoss smooth = loss.withWeight(weights()).withLabelSmoothing(0.2);
    // The mean is weighted by the weights of the classes: 2 + 0.5 + 1 + 0.5.
    assertEquals(sum(weighted) / 4, smooth.call(x, y).item(), TOLERANCE);
    double[] ignoring = reference(WEIGHTS, 0, 0.2);
    assertEquals(sum(ignoring) / 3, smooth.withIgnoreIndex(0).call(x, y).item(), TOLERANCE);
    assertEquals("CrossEntropyLoss()", loss.toString());
    assertEquals(List.of("weight"), List.copyOf(smooth.stateDict().keySet()));
    assertThrows(IllegalArgumentException.class, () -> loss.withLabelSmoothing(2));
  }

  @Test
  void crossEntropyGradient() {
    Parameter x = new Parameter(logits());
    new CrossEntropyLoss().withWeight(weights()).call(x, Tensor.of(CLASSES)).backward();
    double[] expected = new double[12];
    for (int i = 0; i < 12; i++) {
      int label = (int) CLASSES[i / 3];
      double p = Math.exp(logProbability(i / 3, i % 3));
      expected[i] = WEIGHTS[label] * (p - (label == i % 3 ? 1 : 0)) / 4;
    }
    assertArrayEquals(expected, x.grad().toDoubleArray(), TOLERANCE);
  }

  @Test
  void crossEntropyOfOtherShapes() {
    CrossEntropyLoss each = new CrossEntropyLoss().withReduction(Reduction.NONE);
    double[] plain = reference(new double[] {1, 1, 1}, -100, 0);
    Tensor one = each.call(logits().select(0, 0), Tensor.of(new long[] {1}).reshape(Shape.SCALAR));
    assertEquals(Shape.SCALAR, one.shape());
    assertEquals(plain[0], one.item(), TOLERANCE);
    // [2, 3, 2]: two samples of two places
    Tensor x = logits().reshape(2, 2, 3).transpose(1, 2);
    Tensor losses = each.call(x, Tensor.of(CLASSES, 2, 2));
    assertEquals(List.of(2L, 2L), shape(losses));
    assertArrayEquals(plain, losses.toDoubleArray(), TOLERANCE);
    assertThrows(IllegalArgumentException.class, () -> each.call(x, Tensor.of(CLASSES).reshape(4)));
    assertThrows(
        IllegalArgumentException.class, () -> each.call(logits(), Tensor.zeros(4).toFloat()));
  }

  @Test
  void crossEntropyOfProbabilities() {
    Tensor oneHot = Tensor.of(CLASSES).oneHot(3).toFloat();
    CrossEntropyLoss loss = new CrossEntropyLoss().withLabelSmoothing(0.1);
    assertEquals(
        loss.call(logits(), Tensor.of(CLASSES)).item(),
        loss.call(logits(), oneHot).item(),
        TOLERANCE);
    double[] weighted = reference(WEIGHTS, -100, 0);
    assertEquals(
        sum(weighted) / 4,
        new CrossEntropyLoss().withWeight(weights()).call(logits(), oneHot).item(),
        TOLERANCE);
  }

  @Test
  void negativeLogLikelihood() {
    Tensor x = logits().logSoftmax(1);
    Tensor y = Tensor.of(CLASSES);
    double[] plain = reference(new double[] {1, 1, 1}, -100, 0);
    NLLLoss loss = new NLLLoss();
    assertEquals(sum(plain) / 4, loss.call(x, y).item(), TOLERANCE);
    assertEquals(sum(plain), loss.withReduction(Reduction.SUM).call(x, y).item(), TOLERANCE);
    double[] ignoring = reference(WEIGHTS, 1, 0);
    assertEquals(
        sum(ignoring) / 2,
        loss.withWeight(weights()).withIgnoreIndex(1).call(x, y).item(),
        TOLERANCE);
    Parameter p = new Parameter(x);
    Tensor mean = loss.call(p, y);
    assertEquals("NllLossBackward0", mean.gradFn().orElseThrow());
    mean.backward();
    assertEquals(-0.25, p.grad().get(0, 1).item(), TOLERANCE);
    assertEquals(0, p.grad().get(0, 0).item(), TOLERANCE);
  }

  @Test
  void meanSquaredError() {
    Parameter x = new Parameter(Tensor.of(new float[] {1, 2, 4}));
    Tensor y = Tensor.of(new float[] {0, 2, 1});
    MSELoss loss = new MSELoss();
    Tensor mean = loss.call(x, y);
    assertEquals(10 / 3.0, mean.item(), TOLERANCE);
    mean.backward();
    assertArrayEquals(new double[] {2 / 3.0, 0, 2}, x.grad().toDoubleArray(), TOLERANCE);
    assertEquals(10, loss.withReduction(Reduction.SUM).call(x, y).item(), TOLERANCE);
    assertArrayEquals(
        new double[] {1, 0, 9},
        loss.withReduction(Reduction.NONE).call(x, y).toDoubleArray(),
        TOLERANCE);
    assertThrows(IllegalArgumentException.class, () -> loss.call(x, Tensor.zeros(2)));
  }
}
