package dev.javelin.examples.nn;

import static dev.javelin.examples.nn.ModuleTest.shape;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Javelin;
import dev.javelin.Parameter;
import dev.javelin.Scope;
import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import dev.javelin.nn.AvgPool2d;
import dev.javelin.nn.BatchNorm1d;
import dev.javelin.nn.BatchNorm2d;
import dev.javelin.nn.Conv2d;
import dev.javelin.nn.Dropout;
import dev.javelin.nn.Dropout2d;
import dev.javelin.nn.ELU;
import dev.javelin.nn.Flatten;
import dev.javelin.nn.GELU;
import dev.javelin.nn.Identity;
import dev.javelin.nn.LayerNorm;
import dev.javelin.nn.LeakyReLU;
import dev.javelin.nn.Linear;
import dev.javelin.nn.LogSoftmax;
import dev.javelin.nn.MaxPool2d;
import dev.javelin.nn.Module;
import dev.javelin.nn.ReLU;
import dev.javelin.nn.SiLU;
import dev.javelin.nn.Sigmoid;
import dev.javelin.nn.Size2d;
import dev.javelin.nn.Softmax;
import dev.javelin.nn.Softplus;
import dev.javelin.nn.Tanh;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

class LayersTest {
  private static final double TOLERANCE = 2e-6;

  private static void near(double[] expected, Tensor actual) {
    assertArrayEquals(expected, actual.toDoubleArray(), TOLERANCE);
  }

  private static Tensor row(double... values) {
    return Tensor.of(values).toFloat();
  }

  @Test
  void print() {
    Map<String, Module> texts =
        Map.ofEntries(
            Map.entry("Identity()", new Identity()),
            Map.entry("Flatten(start_dim=0, end_dim=2)", new Flatten(0, 2)),
            Map.entry("Conv2d(1, 10, kernel_size=(5, 5), stride=(1, 1))", new Conv2d(1, 10, 5)),
            Map.entry(
                "Conv2d(4, 8, kernel_size=(3, 5), stride=(2, 2), padding=(1, 2), dilation=(2, 2),"
                    + " groups=2, bias=False)",
                new Conv2d(
                    4,
                    8,
                    new Size2d(3, 5),
                    Conv2d.Options.DEFAULT
                        .withStride(2)
                        .withPadding(new Size2d(1, 2))
                        .withDilation(2)
                        .withGroups(2)
                        .withBias(false))),
            Map.entry(
                "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)",
                new MaxPool2d(2)),
            Map.entry(
                "MaxPool2d(kernel_size=(3, 2), stride=1, padding=1, dilation=1, ceil_mode=False)",
                new MaxPool2d(new Size2d(3, 2), Size2d.of(1), Size2d.of(1), Size2d.of(1))),
            Map.entry("AvgPool2d(kernel_size=3, stride=2, padding=1)", new AvgPool2d(3, 2, 1)),
            Map.entry(
                "BatchNorm1d(5, eps=0.001, momentum=None, affine=False, track_running_stats=True)",
                new BatchNorm1d(
                    5,
                    BatchNorm1d.Options.DEFAULT
                        .withEps(0.001)
                        .withCumulativeAverage()
                        .withAffine(false))),
            Map.entry(
                "BatchNorm2d(10, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)",
                new BatchNorm2d(10)),
            Map.entry("LayerNorm((10,), eps=1e-05, elementwise_affine=True)", new LayerNorm(10)),
            Map.entry(
                "LayerNorm((3, 4), eps=1e-06, elementwise_affine=False)",
                new LayerNorm(Shape.of(3, 4), 1e-6, false)),
            Map.entry("Dropout(p=0.5, inplace=False)", new Dropout()),
            Map.entry("Dropout2d(p=0.25, inplace=False)", new Dropout2d(0.25)),
            Map.entry("ReLU()", new ReLU()),
            Map.entry("GELU(approximate='none')", new GELU()),
            Map.entry("GELU(approximate='tanh')", new GELU("tanh")),
            Map.entry("Sigmoid()", new Sigmoid()),
            Map.entry("Tanh()", new Tanh()),
            Map.entry("SiLU()", new SiLU()),
            Map.entry("Softplus(beta=1.0, threshold=20.0)", new Softplus()),
            Map.entry("Softmax(dim=None)", new Softmax()),
            Map.entry("LogSoftmax(dim=1)", new LogSoftmax(1)),
            Map.entry("LeakyReLU(negative_slope=0.01)", new LeakyReLU()),
            Map.entry("ELU(alpha=1.0)", new ELU()));
    texts.forEach((text, module) -> assertEquals(text, module.toString()));
  }

  // ---- products ----

  @Test
  void linear() {
    Linear layer = new Linear(2, 3);
    layer.loadStateDict(
        Map.of(
            "weight", Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2),
            "bias", Tensor.of(new float[] {10, 20, 30})));
    Tensor x = Tensor.of(new float[] {1, 1, 2, 0}, 2, 2);
    near(new double[] {13, 27, 41, 12, 26, 40}, layer.call(x));
    near(new double[] {13, 27, 41}, layer.call(x.select(0, 0)));
    assertEquals(List.of(5L, 4L, 3L), shape(layer.call(Tensor.zeros(5, 4, 2))));
    assertEquals("AddmmBackward0", layer.call(x).gradFn().orElseThrow());
    assertNull(new Linear(2, 3, false).bias);
  }

  @Test
  void convolution() {
    Conv2d layer = new Conv2d(1, 1, 2);
    layer.loadStateDict(
        Map.of(
            "weight", Tensor.of(new float[] {1, 2, 3, 4}, 1, 1, 2, 2),
            "bias", Tensor.of(new float[] {100})));
    Tensor x = Tensor.arange(9).toFloat().reshape(1, 1, 3, 3);
    // top left: 0*1 + 1*2 + 3*3 + 4*4 = 27; each step right adds 10, each step down 30
    near(new double[] {127, 137, 157, 167}, layer.call(x));
    near(new double[] {127, 137, 157, 167}, layer.call(x.squeeze(0)));
    assertEquals(List.of(1L, 2L, 2L), shape(layer.call(x.squeeze(0))));
    Conv2d wide =
        new Conv2d(2, 4, 3, Conv2d.Options.DEFAULT.withStride(2).withPadding(1).withGroups(2));
    assertEquals(List.of(5L, 4L, 4L, 3L), shape(wide.call(Tensor.zeros(5, 2, 8, 6))));
    assertEquals(List.of(4L, 1L, 3L, 3L), shape(wide.weight));
  }

  /// Results of convolutions lie in an order of their own, which a view must not mind.
  @Test
  void viewOfAConvolution() {
    Parameter x = new Parameter(Tensor.randn(2, 3, 4, 4));
    Tensor y = new Conv2d(3, 5, 3).call(x);
    Tensor flat = y.view(2, -1);
    assertArrayEquals(y.reshape(2, 20).toDoubleArray(), flat.toDoubleArray());
    assertEquals("ViewBackward0", flat.gradFn().orElseThrow());
    flat.select(1, 4).sum().backward(); // the first place of the second channel
    assertEquals(2 * 9 * 3, x.grad().ne(0).to(DType.FLOAT32).sum().item());
    Tensor turned = Tensor.zeros(2, 3).t();
    assertThrows(IllegalArgumentException.class, () -> turned.view(6));
  }

  @Test
  void pools() {
    Tensor x = Tensor.arange(16).toFloat().reshape(1, 1, 4, 4);
    near(new double[] {5, 7, 13, 15}, new MaxPool2d(2).call(x));
    near(new double[] {2.5, 4.5, 10.5, 12.5}, new AvgPool2d(2).call(x));
    assertEquals(List.of(1L, 2L, 2L), shape(new MaxPool2d(2).call(x.squeeze(0))));
    assertEquals(List.of(1L, 1L, 3L, 3L), shape(new MaxPool2d(2, 1).call(x)));
    // Zeros around count for the mean: the corner sees 0, 1, 4, 5 and five zeros.
    assertEquals(10 / 9.0, new AvgPool2d(3, 2, 1).call(x).get(0, 0, 0, 0).item(), TOLERANCE);
  }

  // ---- activations ----

  @Test
  void activationsAreTheirFormulas() {
    double[] points = {-25, -3, -1, -0.5, 0, 0.25, 1, 2, 25};
    Map<Module, DoubleUnaryOperator> formulas =
        Map.of(
            new ReLU(), x -> Math.max(x, 0),
            new Sigmoid(), x -> 1 / (1 + Math.exp(-x)),
            new Tanh(), Math::tanh,
            new SiLU(), x -> x / (1 + Math.exp(-x)),
            new LeakyReLU(0.2), x -> x > 0 ? x : 0.2 * x,
            new ELU(1.5), x -> x > 0 ? x : 1.5 * Math.expm1(x),
            new Softplus(2, 3), x -> 2 * x > 3 ? x : Math.log1p(Math.exp(2 * x)) / 2,
            new GELU("tanh"),
                x -> x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))));
    formulas.forEach(
        (module, formula) -> {
          double[] expected = new double[points.length];
          for (int i = 0; i < points.length; i++) {
            expected[i] = formula.applyAsDouble(points[i]);
          }
          near(expected, module.call(row(points)));
        });
    near(new double[] {-0.15865525, 0, 0.84134475}, new GELU().call(row(-1, 0, 1)));
    near(new double[] {1, -2}, new Identity().call(row(1, -2)));
    Tensor changed = row(-1, 1);
    assertSame(changed, new ReLU(true).call(changed));
    near(new double[] {0, 1}, changed);
    assertThrows(IllegalArgumentException.class, () -> new GELU("fast"));
  }

  @Test
  void softmaxAlongTheImplicitDimension() {
    Tensor x = Tensor.zeros(2, 4, 8);
    assertEquals(0.5, new Softmax().call(x).get(0, 0, 0).item(), TOLERANCE);
    assertEquals(0.25, new Softmax(1).call(x).get(0, 0, 0).item(), TOLERANCE);
    assertEquals(-Math.log(8), new LogSoftmax(-1).call(x).get(0, 0, 0).item(), TOLERANCE);
    assertEquals(-Math.log(8), new LogSoftmax().call(x.select(0, 0)).get(0, 0).item(), TOLERANCE);
    assertEquals(List.of(2L, 12L), shape(new Flatten().call(Tensor.zeros(2, 3, 4))));
  }

  // ---- normalisation ----

  @Test
  void batchNormByHand() {
    BatchNorm1d layer = new BatchNorm1d(2, BatchNorm1d.Options.DEFAULT.withEps(0.5));
    layer.loadStateDict(Map.of("weight", row(1, 2), "bias", row(0, 10)), false);
    Tensor x = Tensor.of(new float[] {1, 0, 2, 4, 6, 8}, 3, 2);
    // channel 0: 1, 2, 6: mean 3, variance 14/3; channel 1: 0, 4, 8: mean 4, variance 32/3
    double r0 = 1 / Math.sqrt(14 / 3.0 + 0.5);
    double r1 = 2 / Math.sqrt(32 / 3.0 + 0.5);
    near(new double[] {-2 * r0, 10 - 4 * r1, -r0, 10, 3 * r0, 10 + 4 * r1}, layer.call(x));
    near(new double[] {0.3, 0.4}, layer.namedBuffers().get("running_mean"));
    near(new double[] {0.9 + 0.7, 0.9 + 1.6}, layer.namedBuffers().get("running_var"));
    layer.call(x);
    near(new double[] {0.57, 0.76}, layer.namedBuffers().get("running_mean"));
    near(new double[] {0.9 * 1.6 + 0.7, 0.9 * 2.5 + 1.6}, layer.namedBuffers().get("running_var"));
    assertEquals(2, layer.namedBuffers().get("num_batches_tracked").itemLong());
    layer.eval();
    Tensor evaluated = layer.call(x);
    assertEquals((1 - 0.57) / Math.sqrt(2.14 + 0.5), evaluated.get(0, 0).item(), TOLERANCE);
    assertEquals(2, layer.namedBuffers().get("num_batches_tracked").itemLong());
  }

  @Test
  void batchNormGradient() {
    BatchNorm1d layer = new BatchNorm1d(1, BatchNorm1d.Options.DEFAULT.withEps(0));
    Parameter x = new Parameter(Tensor.of(new float[] {1, 2, 6}, 3, 1));
    layer.call(x).mul(Tensor.of(new float[] {1, 0, 0}, 3, 1)).sum().backward();
    // dx = r (g - mean(g) - n mean(g n)), n = (x - 3) r
    double r = 1 / Math.sqrt(14 / 3.0);
    double slope = -2 * r / 3;
    near(
        new double[] {
          r * (1 - 1 / 3.0 + 2 * r * slope),
          r * (-1 / 3.0 + r * slope),
          r * (-1 / 3.0 - 3 * r * slope)
        },
        x.grad());
    near(new double[] {-2 * r}, layer.weight.grad());
    near(new double[] {1}, layer.bias.grad());
  }

  @Test
  void batchNormOfImagesWithMeanOverAllBatches() {
    BatchNorm2d layer = new BatchNorm2d(1, BatchNorm2d.Options.DEFAULT.withCumulativeAverage());
    layer.call(Tensor.of(new float[] {0, 2, 0, 2}, 1, 1, 2, 2));
    layer.call(Tensor.of(new float[] {4, 8, 4, 8}, 1, 1, 2, 2));
    near(new double[] {3.5}, layer.namedBuffers().get("running_mean"));
    near(new double[] {(4 / 3.0 + 16 / 3.0) / 2}, layer.namedBuffers().get("running_var"));
    BatchNorm2d without =
        new BatchNorm2d(1, BatchNorm2d.Options.DEFAULT.withTrackRunningStats(false));
    assertTrue(without.buffers().isEmpty());
    without.eval();
    Tensor y = without.call(Tensor.of(new float[] {-1, 1, -1, 1}, 1, 1, 2, 2));
    assertEquals(1, y.get(0, 0, 0, 1).item(), 1e-4);
  }

  @Test
  void runningStatisticsOutliveScopes() {
    BatchNorm1d layer = new BatchNorm1d(1);
    try (Scope scope = Scope.open()) {
      scope.keep(layer.call(Tensor.of(new float[] {1, 3}, 2, 1)));
    }
    near(new double[] {0.2}, layer.namedBuffers().get("running_mean"));
  }

  @Test
  void layerNormByHand() {
    LayerNorm layer = new LayerNorm(Shape.of(2), 0, true);
    layer.loadStateDict(Map.of("weight", row(3, 3), "bias", row(1, 2)));
    near(new double[] {-2, 5, 4, -1}, layer.call(Tensor.of(new float[] {1, 3, 8, 2}, 2, 2)));
    assertTrue(new LayerNorm(Shape.of(2), 0, false).parameters().isEmpty());
  }

  // ---- dropout ----

  @Test
  void dropoutZeroesAndScales() {
    Javelin.manualSeed(1);
    Dropout layer = new Dropout(0.25);
    Tensor x = Tensor.ones(100, 100);
    double[] first = layer.call(x).toDoubleArray();
    long zeros = 0;
    for (double value : first) {
      assertTrue(value == 0 || Math.abs(value - 4 / 3.0) < TOLERANCE);
      zeros += value == 0 ? 1 : 0;
    }
    assertEquals(2500.0, (double) zeros, 200);
    assertFalse(Arrays.equals(first, layer.call(x).toDoubleArray()));
    Javelin.manualSeed(1);
    assertArrayEquals(first, layer.call(x).toDoubleArray());
    layer.eval();
    assertSame(x, layer.call(x));
    assertEquals(0, new Dropout(1).call(x).sum().item());
    assertEquals(
        "dropout probability has to be between 0 and 1, but got 1.5",
        assertThrows(IllegalArgumentException.class, () -> new Dropout(1.5)).getMessage());
  }

  @Test
  void dropoutPassesGradientWhereItKept() {
    Parameter x = new Parameter(Tensor.ones(50));
    Tensor y = new Dropout(0.5).call(x);
    y.sum().backward();
    assertArrayEquals(y.toDoubleArray(), x.grad().toDoubleArray());
  }

  @Test
  void dropout2dDropsChannels() {
    Javelin.manualSeed(0);
    Tensor y = new Dropout2d(0.5).call(Tensor.ones(8, 16, 3, 3));
    double[] sums = y.sum(2, 3).toDoubleArray();
    int zeros = 0;
    for (double sum : sums) {
      assertTrue(sum == 0 || sum == 18);
      zeros += sum == 0 ? 1 : 0;
    }
    assertEquals(64, zeros, 25);
  }
}
