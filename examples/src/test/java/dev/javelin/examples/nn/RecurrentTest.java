package dev.javelin.examples.nn;

import static dev.javelin.examples.nn.ModuleTest.shape;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Javelin;
import dev.javelin.Parameter;
import dev.javelin.Tensor;
import dev.javelin.nn.GRU;
import dev.javelin.nn.LSTM;
import dev.javelin.nn.Module;
import dev.javelin.nn.RNN;
import dev.javelin.nn.Recurrent;
import dev.javelin.nn.Recurrent.Options;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Recurrent layers against plain loops in double precision.
class RecurrentTest {
  private static final double TOLERANCE = 1e-5;

  @BeforeEach
  void seed() {
    Javelin.manualSeed(0);
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  /// `W x + b`.
  private static double[] product(Module layer, String name, String suffix, double[] x) {
    Tensor weight = layer.stateDict().get("weight_" + name + suffix);
    double[] w = weight.toDoubleArray();
    double[] result = layer.stateDict().get("bias_" + name + suffix).toDoubleArray();
    for (int i = 0; i < result.length; i++) {
      for (int j = 0; j < x.length; j++) {
        result[i] += w[i * x.length + j] * x[j];
      }
    }
    return result;
  }

  /// One step of one sample: the new state, then the new memory.
  private static double[][] step(Module layer, String suffix, double[] x, double[] h, double[] c) {
    double[] a = product(layer, "ih", suffix, x);
    double[] b = product(layer, "hh", suffix, h);
    int n = h.length;
    double[][] next = new double[2][n];
    for (int k = 0; k < n; k++) {
      switch (layer) {
        case LSTM _ -> {
          double i = sigmoid(a[k] + b[k]);
          double f = sigmoid(a[n + k] + b[n + k]);
          double g = Math.tanh(a[2 * n + k] + b[2 * n + k]);
          double o = sigmoid(a[3 * n + k] + b[3 * n + k]);
          next[1][k] = f * c[k] + i * g;
          next[0][k] = o * Math.tanh(next[1][k]);
        }
        case GRU _ -> {
          double r = sigmoid(a[k] + b[k]);
          double z = sigmoid(a[n + k] + b[n + k]);
          double fresh = Math.tanh(a[2 * n + k] + r * b[2 * n + k]);
          next[0][k] = (1 - z) * fresh + z * h[k];
        }
        default -> next[0][k] = Math.tanh(a[k] + b[k]);
      }
    }
    return next;
  }

  /// The outputs and the last state and memory of one direction, for `[l, in]` numbers.
  private static double[][] walk(
      Module layer, String suffix, double[][] x, double[] h, double[] c) {
    double[][] outputs = new double[x.length + 2][];
    boolean backwards = suffix.endsWith("reverse");
    double[][] state = {h, c};
    for (int t = 0; t < x.length; t++) {
      int at = backwards ? x.length - 1 - t : t;
      state = step(layer, suffix, x[at], state[0], state[1]);
      outputs[at] = state[0];
    }
    outputs[x.length] = state[0];
    outputs[x.length + 1] = state[1];
    return outputs;
  }

  private static double[][] rows(Tensor x) {
    double[][] result = new double[(int) x.size(0)][];
    for (int i = 0; i < result.length; i++) {
      result[i] = x.select(0, i).toDoubleArray();
    }
    return result;
  }

  private static double[][] join(double[][] a, double[][] b, int count) {
    double[][] result = new double[count][];
    for (int i = 0; i < count; i++) {
      result[i] = new double[a[i].length + b[i].length];
      System.arraycopy(a[i], 0, result[i], 0, a[i].length);
      System.arraycopy(b[i], 0, result[i], a[i].length, b[i].length);
    }
    return result;
  }

  private static void near(double[] expected, Tensor actual) {
    assertArrayEquals(expected, actual.toDoubleArray(), TOLERANCE);
  }

  @Test
  void twoLayersInTwoDirections() {
    Options options = Options.DEFAULT.withNumLayers(2).withBidirectional(true);
    for (Recurrent layer :
        List.of(new RNN(3, 4, options), new LSTM(3, 4, options), new GRU(3, 4, options))) {
      Tensor x = Tensor.randn(5, 2, 3);
      List<Tensor> got = layer.callAll(x);
      assertEquals(List.of(5L, 2L, 8L), shape(got.get(0)));
      assertEquals(List.of(4L, 2L, 4L), shape(got.get(1)));
      assertEquals(layer instanceof LSTM ? 3 : 2, got.size());
      double[] zero = new double[4];
      for (int n = 0; n < 2; n++) {
        double[][] steps = rows(x.select(1, n));
        double[][] up0 = walk(layer, "_l0", steps, zero, zero);
        double[][] down0 = walk(layer, "_l0_reverse", steps, zero, zero);
        double[][] middle = join(up0, down0, 5);
        double[][] up1 = walk(layer, "_l1", middle, zero, zero);
        double[][] down1 = walk(layer, "_l1_reverse", middle, zero, zero);
        double[][] top = join(up1, down1, 5);
        double[][][] walks = {up0, down0, up1, down1};
        for (int t = 0; t < 5; t++) {
          near(top[t], got.get(0).select(0, t).select(0, n));
        }
        for (int i = 0; i < 4; i++) {
          for (int s = 1; s < got.size(); s++) {
            near(walks[i][4 + s], got.get(s).select(0, i).select(0, n));
          }
        }
      }
      assertEquals(shape(got.get(0)), shape(layer.call(x)));
    }
  }

  @Test
  void givenStates() {
    LSTM layer = new LSTM(2, 3, Options.DEFAULT.withBatchFirst(true));
    Tensor x = Tensor.randn(1, 4, 2);
    LSTM.Output whole = layer.walk(x);
    LSTM.Output half = layer.walk(x.narrow(1, 0, 2));
    LSTM.Output rest = layer.walk(x.narrow(1, 2, 2), half.hidden(), half.cell());
    near(whole.hidden().toDoubleArray(), rest.hidden());
    near(whole.cell().toDoubleArray(), rest.cell());
    near(whole.output().narrow(1, 2, 2).toDoubleArray(), rest.output());
    GRU unit = new GRU(2, 3);
    Tensor h = Tensor.randn(1, 3);
    GRU.Output alone = unit.walk(x.squeeze(0), h); // [l, in], states [layers, hidden]
    assertEquals(List.of(4L, 3L), shape(alone.output()));
    assertEquals(List.of(1L, 3L), shape(alone.hidden()));
    near(unit.walk(x.transpose(0, 1), h.unsqueeze(1)).hidden().toDoubleArray(), alone.hidden());
  }

  @Test
  void gradientsByDifferences() {
    for (Recurrent layer : List.of(new RNN(2, 2), new LSTM(2, 2), new GRU(2, 2))) {
      layer.toDouble();
      Parameter x = new Parameter(Tensor.randn(3, 1, 2).toDouble());
      layer.call(x).square().sum().backward();
      for (Tensor leaf : List.of(x, layer.namedParameters().get("weight_hh_l0"))) {
        Tensor plain = leaf.detach();
        double[] slopes = leaf.grad().toDoubleArray();
        for (int i = 0; i < 3; i++) {
          Tensor element = plain.view(-1).narrow(0, i, 1);
          double step = 1e-5;
          element.add_(step);
          double up = Javelin.noGrad(() -> layer.call(x).square().sum()).item();
          element.sub_(2 * step);
          double down = Javelin.noGrad(() -> layer.call(x).square().sum()).item();
          element.add_(step);
          assertEquals((up - down) / (2 * step), slopes[i], 1e-7);
        }
      }
    }
  }

  @Test
  void namesAndPrinting() {
    assertEquals(
        List.of(
            "weight_ih_l0",
            "weight_hh_l0",
            "bias_ih_l0",
            "bias_hh_l0",
            "weight_ih_l1",
            "weight_hh_l1",
            "bias_ih_l1",
            "bias_hh_l1"),
        List.copyOf(new LSTM(3, 4, Options.DEFAULT.withNumLayers(2)).stateDict().keySet()));
    LSTM both = new LSTM(3, 4, Options.DEFAULT.withBidirectional(true).withBias(false));
    assertEquals(
        List.of("weight_ih_l0", "weight_hh_l0", "weight_ih_l0_reverse", "weight_hh_l0_reverse"),
        List.copyOf(both.stateDict().keySet()));
    assertEquals(List.of(16L, 3L), shape(both.stateDict().get("weight_ih_l0")));
    Map<String, Module> texts =
        Map.of(
            "RNN(10, 20)", new RNN(10, 20),
            "LSTM(10, 20, num_layers=2, batch_first=True, dropout=0.2, bidirectional=True)",
                new LSTM(10, 20, new Options(2, true, true, 0.2, true)),
            "GRU(3, 4, bias=False)", new GRU(3, 4, Options.DEFAULT.withBias(false)));
    texts.forEach((text, module) -> assertEquals(text, module.toString()));
    Tensor weight = new GRU(3, 400).stateDict().get("weight_ih_l0");
    double largest = weight.abs().max().item();
    assertTrue(largest <= 0.05 && largest > 0.0495);
  }

  @Test
  void reluAndDropout() {
    RNN relu = new RNN(1, 1, Options.DEFAULT, "relu");
    relu.loadStateDict(
        Map.of(
            "weight_ih_l0", Tensor.ones(1, 1),
            "weight_hh_l0", Tensor.ones(1, 1),
            "bias_ih_l0", Tensor.zeros(1),
            "bias_hh_l0", Tensor.zeros(1)));
    near(new double[] {1, 3, 0, 1}, relu.call(Tensor.of(new float[] {1, 2, -4, 1}, 4, 1)));
    GRU layer = new GRU(2, 8, Options.DEFAULT.withNumLayers(2).withDropout(0.5));
    Tensor x = Tensor.randn(4, 2);
    assertNotEquals(layer.call(x).sum().item(), layer.call(x).sum().item());
    layer.eval();
    assertEquals(layer.call(x).sum().item(), layer.call(x).sum().item());
  }

  @Test
  void refusals() {
    LSTM layer = new LSTM(3, 4);
    Tensor x = Tensor.zeros(5, 2, 3);
    Map<String, Runnable> calls =
        Map.of(
            "in LSTM(3 -> 4): expected (l, n, 3) or (l, 3), got (5, 2, 4) on cpu",
            () -> layer.call(Tensor.zeros(5, 2, 4)),
            "in LSTM(3 -> 4): expected a first state (1, 2, 4), got (2, 4) on cpu",
            () -> layer.walk(x, Tensor.zeros(2, 4), Tensor.zeros(2, 4)),
            "in LSTM(3 -> 4): expected the input and 2 first states, got 2 tensors",
            () -> layer.callAll(x, Tensor.zeros(1, 2, 4)),
            "in LSTM(3 -> 4): Expected sequence length to be larger than 0 in RNN",
            () -> layer.call(Tensor.zeros(0, 2, 3)),
            "hidden_size must be greater than zero",
            () -> new LSTM(3, 0),
            "num_layers must be greater than zero",
            () -> Options.DEFAULT.withNumLayers(0),
            "Unknown nonlinearity 'gelu'. Select from 'tanh' or 'relu'.",
            () -> new RNN(1, 1, Options.DEFAULT, "gelu"));
    calls.forEach(
        (text, call) ->
            assertEquals(
                text, assertThrows(IllegalArgumentException.class, call::run).getMessage()));
  }
}
