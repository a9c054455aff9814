package dev.javelin.examples.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Javelin;
import dev.javelin.Parameter;
import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.nn.Conv2d;
import dev.javelin.nn.Init;
import dev.javelin.nn.Init.FanMode;
import dev.javelin.nn.Init.Nonlinearity;
import dev.javelin.nn.Linear;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class InitTest {
  @BeforeEach
  void seed() {
    Javelin.manualSeed(0);
  }

  /// Uniform up to a bound: nothing beyond it, something near it, the right spread.
  private static void uniform(double bound, Tensor tensor) {
    double largest = tensor.abs().max().item();
    assertTrue(largest <= bound * 1.000001, "beyond the bound: " + largest);
    assertTrue(largest > bound * 0.99, "far from the bound: " + largest);
    assertEquals(bound / Math.sqrt(3), Javelin.noGrad(() -> tensor.std()).item(), bound * 0.02);
    assertEquals(0, Javelin.noGrad(() -> tensor.mean()).item(), bound * 0.03);
  }

  private static void normal(double std, Tensor tensor) {
    assertEquals(std, Javelin.noGrad(() -> tensor.std()).item(), std * 0.03);
  }

  @Test
  void linearBeginsAsInPyTorch() {
    Linear layer = new Linear(100, 1000);
    uniform(0.1, layer.weight);
    assertTrue(layer.bias.abs().max().item() <= 0.1);
    assertTrue(layer.bias.abs().max().item() > 0.099);
    assertTrue(layer.weight.isLeaf() && layer.weight.requiresGrad());
  }

  @Test
  void convolutionBeginsAsInPyTorch() {
    Conv2d layer = new Conv2d(8, 200, 5, Conv2d.Options.DEFAULT.withGroups(2));
    uniform(1 / Math.sqrt(4 * 25), layer.weight);
    assertTrue(layer.bias.abs().max().item() <= 0.1);
  }

  @Test
  void sameSeedSameWeights() {
    float[] first = new Linear(3, 4).weight.toFloatArray();
    Javelin.manualSeed(0);
    assertArrayEquals(first, new Linear(3, 4).weight.toFloatArray());
  }

  @Test
  void fillings() {
    Parameter w = new Parameter(Tensor.zeros(200, 300));
    assertSame(w, Init.uniform_(w, 2, 4));
    assertEquals(3, Javelin.noGrad(() -> w.mean()).item(), 0.01);
    Init.normal_(w, 1, 0.5);
    normal(0.5, w);
    uniform(Math.sqrt(6 / 500.0) * 2, Init.xavierUniform_(w, 2));
    normal(Math.sqrt(2 / 500.0), Init.xavierNormal_(w, 1));
    uniform(Math.sqrt(6 / 300.0), Init.kaimingUniform_(w, 0));
    uniform(
        Math.sqrt(3 / 200.0) * 5 / 3,
        Init.kaimingUniform_(w, 0, FanMode.FAN_OUT, Nonlinearity.TANH));
    normal(Math.sqrt(2 / 300.0), Init.kaimingNormal_(w, 0, FanMode.FAN_IN, Nonlinearity.RELU));
    assertEquals(60_000, Init.ones_(w).sum().item());
    assertEquals(0, Init.zeros_(w).sum().item());
    assertEquals(-2.5, Init.constant_(w, -2.5).get(3, 4).item());
    assertTrue(w.isLeaf());
    assertThrows(IllegalArgumentException.class, () -> Init.kaimingUniform_(Tensor.zeros(3), 0));
  }

  @Test
  void boundedNormals() {
    Parameter w = new Parameter(Tensor.zeros(100, 100));
    assertSame(w, Init.truncNormal_(w, 1, 2, -1, 3));
    double[] values = w.toDoubleArray();
    assertTrue(Arrays.stream(values).allMatch(x -> x >= -1 && x <= 3));
    assertEquals(1, Arrays.stream(values).average().orElseThrow(), 0.05);
    // of a normal distribution cut at one standard deviation: 0.5396 of it
    assertEquals(2 * 0.5396, Javelin.noGrad(() -> w.std()).item(), 0.03);
    assertThrows(IllegalArgumentException.class, () -> Init.truncNormal_(w, 0, 1, 5, 6));
  }

  @Test
  void matrices() {
    Parameter w = new Parameter(Tensor.zeros(2, 3));
    assertArrayEquals(new float[] {1, 0, 0, 0, 1, 0}, Init.eye_(w).toFloatArray());
    for (long[] sizes : new long[][] {{4, 9}, {9, 4}, {5, 2, 3}}) {
      Tensor q = Init.orthogonal_(Tensor.zeros(sizes), 2).toDouble();
      Tensor flat = q.reshape(sizes[0], -1);
      Tensor product = flat.size(0) <= flat.size(1) ? flat.mm(flat.t()) : flat.t().mm(flat);
      Tensor expected = Tensor.eye(product.size(0)).toDouble().mul(4);
      assertArrayEquals(expected.toDoubleArray(), product.toDoubleArray(), 1e-5);
    }
    Tensor sparse = Init.sparse_(Tensor.zeros(50, 20), 0.1, 0.01);
    assertArrayEquals(new double[20], sparse.eq(0).to(DType.FLOAT32).sum(0).sub(5).toDoubleArray());
    assertEquals(0.01 * Math.sqrt(0.9), sparse.std().item(), 0.001);
    assertThrows(IllegalArgumentException.class, () -> Init.eye_(Tensor.zeros(3)));
  }

  @Test
  void kernelThatPassesTheInputOn() {
    Conv2d layer = new Conv2d(4, 4, 3, Conv2d.Options.DEFAULT.withPadding(1).withGroups(2));
    Init.dirac_(layer.weight, 2);
    Init.zeros_(layer.bias);
    Tensor x = Tensor.randn(1, 4, 5, 6);
    assertArrayEquals(x.toDoubleArray(), layer.call(x).toDoubleArray(), 1e-6);
  }

  @Test
  void defaults() {
    Parameter w = new Parameter(Tensor.zeros(200, 300));
    uniform(Math.sqrt(6 / 500.0), Init.xavierUniform_(w));
    normal(Math.sqrt(2 / 500.0), Init.xavierNormal_(w));
    normal(Math.sqrt(2 / 300.0), Init.kaimingNormal_(w, 0));
  }

  @Test
  void gains() {
    assertEquals(1, Init.calculateGain(Nonlinearity.SIGMOID, 0));
    assertEquals(Math.sqrt(2), Init.calculateGain(Nonlinearity.RELU, 0));
    assertEquals(0.75, Init.calculateGain(Nonlinearity.SELU, 0));
    assertEquals(
        Math.sqrt(1 / 3.0), Init.calculateGain(Nonlinearity.LEAKY_RELU, Math.sqrt(5)), 1e-15);
  }
}
