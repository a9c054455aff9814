package dev.javelin.examples.nn;

import static dev.javelin.examples.nn.ModuleTest.shape;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Javelin;
import dev.javelin.Parameter;
import dev.javelin.Tensor;
import dev.javelin.kernels.Shape;
import dev.javelin.nn.Bilinear;
import dev.javelin.nn.Dropout1d;
import dev.javelin.nn.Embedding;
import dev.javelin.nn.Functional;
import dev.javelin.nn.GroupNorm;
import dev.javelin.nn.Hardswish;
import dev.javelin.nn.LayerNorm;
import dev.javelin.nn.Module;
import dev.javelin.nn.PReLU;
import dev.javelin.nn.RMSNorm;
import dev.javelin.nn.Unflatten;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/// Embedding, bilinear forms, norms and activations that learn.
class TableLayersTest {
  private static final double TOLERANCE = 2e-6;

  private static void near(double[] expected, Tensor actual) {
    assertArrayEquals(expected, actual.toDoubleArray(), TOLERANCE);
  }

  private static String message(Runnable call) {
    return assertThrows(IllegalArgumentException.class, call::run).getMessage();
  }

  @Test
  void print() {
    Map<String, Module> texts =
        Map.of(
            "Embedding(10, 3)", new Embedding(10, 3),
            "Embedding(10, 3, padding_idx=9)", new Embedding(10, 3, -1),
            "Bilinear(in1_features=20, in2_features=30, out_features=40, bias=True)",
                new Bilinear(20, 30, 40),
            "Unflatten(dim=1, unflattened_size=(2, 5, 5))", new Unflatten(1, 2, 5, 5),
            "GroupNorm(3, 6, eps=1e-05, affine=True)", new GroupNorm(3, 6),
            "RMSNorm((3,), eps=None, elementwise_affine=True)", new RMSNorm(3),
            "RMSNorm((2, 3), eps=0.001, elementwise_affine=False)",
                new RMSNorm(Shape.of(2, 3), OptionalDouble.of(0.001), false),
            "PReLU(num_parameters=1)", new PReLU(),
            "Hardswish()", new Hardswish(),
            "Dropout1d(p=0.5, inplace=False)", new Dropout1d());
    texts.forEach((text, module) -> assertEquals(text, module.toString()));
  }

  @Test
  void embedding() {
    Embedding layer = new Embedding(4, 2, 0);
    near(new double[] {0, 0}, layer.weight.select(0, 0));
    layer.loadStateDict(Map.of("weight", Tensor.arange(8).toFloat().reshape(4, 2)));
    Tensor words = Tensor.of(new long[] {1, 3, 0, 3}, 2, 2);
    Tensor y = layer.call(words);
    assertEquals(List.of(2L, 2L, 2L), shape(y));
    assertEquals("ViewBackward0", y.gradFn().orElseThrow());
    near(new double[] {2, 3, 6, 7, 0, 1, 6, 7}, y);
    y.sum().backward();
    // The padding row gets none, though it was asked for.
    near(new double[] {0, 0, 1, 1, 0, 0, 2, 2}, layer.weight.grad());
    near(new double[] {4, 5}, layer.call(Tensor.of(new long[] {2}).reshape(Shape.SCALAR)));
    assertEquals(List.of("weight"), List.copyOf(layer.namedParameters().keySet()));
    Embedding frozen = Embedding.fromPretrained(Tensor.ones(3, 2), true);
    assertFalse(frozen.weight.requiresGrad());
    assertEquals(
        "in Embedding(4 -> 2): expected row numbers of int64 or int32, got float32; convert them"
            + " with toLong()",
        message(() -> layer.call(Tensor.zeros(2))));
    assertEquals(
        "in Embedding(4 -> 2): index 4 is out of bounds for a dimension of size 4",
        message(() -> layer.call(Tensor.of(new long[] {1, 4}))));
    assertEquals(
        "Padding_idx must be within num_embeddings: expected -4 to 3, got 4",
        message(() -> new Embedding(4, 2, 4)));
  }

  @Test
  void embeddingBeginsNormal() {
    Javelin.manualSeed(0);
    Tensor table = new Embedding(200, 100).weight.detach();
    assertEquals(0, table.mean().item(), 0.02);
    assertEquals(1, table.std().item(), 0.02);
  }

  @Test
  void bilinear() {
    Bilinear layer = new Bilinear(2, 2, 1);
    layer.loadStateDict(
        Map.of(
            "weight", Tensor.of(new float[] {1, 2, 3, 4}, 1, 2, 2),
            "bias", Tensor.of(new float[] {10})));
    Tensor x = Tensor.of(new float[] {1, 2}, 1, 2);
    Parameter y = new Parameter(Tensor.of(new float[] {5, 7}, 1, 2));
    // [1 2] W = [7 10], times [5 7]
    Tensor result = layer.call(x, y);
    near(new double[] {115}, result);
    result.sum().backward();
    near(new double[] {7, 10}, y.grad());
    near(new double[] {5, 7, 10, 14}, layer.weight.grad());
    assertEquals(
        List.of(3L, 4L, 5L),
        shape(new Bilinear(2, 3, 5).call(Tensor.zeros(3, 4, 2), Tensor.zeros(3, 4, 3))));
    assertNull(new Bilinear(1, 1, 1, false).bias);
    assertEquals(
        "in Bilinear(2, 2 -> 1): expected a second input (1, 2), got (3, 2) on cpu",
        message(() -> layer.call(x, Tensor.zeros(3, 2))));
  }

  @Test
  void unflatten() {
    Tensor x = Tensor.arange(12).reshape(2, 6);
    assertEquals(List.of(2L, 2L, 3L), shape(new Unflatten(1, 2, 3).call(x)));
    assertEquals(List.of(2L, 3L, 2L), shape(new Unflatten(-1, 3, -1).call(x)));
    assertEquals(List.of(1L, 2L, 6L), shape(new Unflatten(0, 1, 2).call(x)));
  }

  @Test
  void groupNorm() {
    GroupNorm layer = new GroupNorm(2, 4, 0, true);
    layer.loadStateDict(
        Map.of(
            "weight", Tensor.of(new float[] {1, 2, 3, 4}),
            "bias", Tensor.of(new float[] {0, 0, 0, 100})));
    Tensor x = Tensor.of(new float[] {1, 3, 10, 30}, 1, 4);
    near(new double[] {-1, 2, -3, 104}, layer.call(x));
    assertEquals(
        "in GroupNorm(2, 4): expected (n, 4, *), got (1, 3) on cpu",
        message(() -> layer.call(Tensor.zeros(1, 3))));
    assertEquals(
        "num_channels must be divisible by num_groups, got 4 and 3",
        message(() -> new GroupNorm(3, 4)));
    assertTrue(new GroupNorm(2, 4, 1e-5, false).parameters().isEmpty());
  }

  @Test
  void rmsNorm() {
    RMSNorm layer = new RMSNorm(2);
    layer.loadStateDict(Map.of("weight", Tensor.of(new float[] {1, 10})));
    // mean square of 1 and 7: 25
    near(new double[] {0.2, 14}, layer.call(Tensor.of(new float[] {1, 7}, 1, 2)));
    // eps is float32's: 1 / sqrt(2^-23)
    assertEquals(0, layer.call(Tensor.zeros(1, 2)).sum().item());
    Module bounded = new RMSNorm(Shape.of(1), OptionalDouble.of(3), false);
    near(new double[] {0.5}, bounded.call(Tensor.ones(1, 1)));
  }

  @Test
  void layerNormWithoutBias() {
    LayerNorm layer = new LayerNorm(Shape.of(2), 0, true, false);
    assertEquals(List.of("weight"), List.copyOf(layer.stateDict().keySet()));
    near(new double[] {-1, 1}, layer.call(Tensor.of(new float[] {1, 3}, 1, 2)));
    layer.call(Tensor.of(new float[] {1, 3}, 1, 2)).sum().backward();
    near(new double[] {-1, 1}, layer.weight.grad());
  }

  @Test
  void learntSlopes() {
    PReLU one = new PReLU();
    near(new double[] {-0.5, 2}, one.call(Tensor.of(new float[] {-2, 2})));
    one.call(Tensor.of(new float[] {-2, 2, -3}).reshape(1, 3)).sum().backward();
    near(new double[] {-5}, one.weight.grad());
    PReLU each = new PReLU(2, 0.5);
    each.call(Tensor.of(new float[] {-2, -3, 4, -1}, 2, 2)).sum().backward();
    near(new double[] {-2, -4}, each.weight.grad());
    assertEquals(
        "in PReLU: expected (n, 2, *), got (2, 3) on cpu",
        message(() -> each.call(Tensor.zeros(2, 3))));
    near(
        new double[] {0, -1 / 3.0, 0, 2 / 3.0, 4},
        new Hardswish().call(Tensor.of(new float[] {-4, -1, 0, 1, 4})));
  }

  @Test
  void activationsAsFunctions() {
    Tensor x = Tensor.of(new float[] {-1, 2});
    near(new double[] {-1 / 3.0, 5 / 3.0}, Functional.hardswish(x));
    near(new double[] {0, 2}, Functional.relu(x));
    near(new double[] {-0.1, 2}, Functional.leakyRelu(x, 0.1));
    near(x.tanh().toDoubleArray(), Functional.tanh(x));
    near(x.sigmoid().toDoubleArray(), Functional.sigmoid(x));
    near(x.mul(x.sigmoid()).toDoubleArray(), Functional.silu(x));
    // log_softmax without dim: the first of three dimensions, the second of two
    Tensor cube = Tensor.zeros(2, 4, 8);
    assertEquals(-Math.log(2), Functional.logSoftmax(cube).get(0, 0, 0).item(), TOLERANCE);
    assertEquals(
        -Math.log(8), Functional.logSoftmax(cube.select(0, 0)).get(0, 0).item(), TOLERANCE);
    assertEquals(-Math.log(2), Functional.logSoftmax(x.mul(0)).get(0).item(), TOLERANCE);
  }

  @Test
  void dropout1dDropsChannelsOfASequence() {
    Javelin.manualSeed(0);
    double[] sums = new Dropout1d(0.5).call(Tensor.ones(64, 3)).sum(1).toDoubleArray();
    int zeros = 0;
    for (double sum : sums) {
      assertTrue(sum == 0 || sum == 6);
      zeros += sum == 0 ? 1 : 0;
    }
    assertEquals(32, zeros, 16);
    Module layer = new Dropout1d(1);
    layer.eval();
    assertEquals(6, layer.call(Tensor.ones(2, 3)).sum().item());
  }
}
