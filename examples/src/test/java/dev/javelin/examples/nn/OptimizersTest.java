package dev.javelin.examples.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Javelin;
import dev.javelin.Parameter;
import dev.javelin.Scope;
import dev.javelin.Tensor;
import dev.javelin.io.Saved;
import dev.javelin.kernels.DType;
import dev.javelin.optim.Adadelta;
import dev.javelin.optim.Adagrad;
import dev.javelin.optim.Adam;
import dev.javelin.optim.AdamBase;
import dev.javelin.optim.AdamW;
import dev.javelin.optim.Adamax;
import dev.javelin.optim.Optimizer;
import dev.javelin.optim.RAdam;
import dev.javelin.optim.RMSprop;
import dev.javelin.optim.SGD;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Steps against the definitions in double precision.
class OptimizersTest {
  private static final int STEPS = 6;
  private static final double[] START = {1, -2, 0.5, 3, -0.25};

  private final Parameter first = new Parameter(Tensor.of(new float[] {1, -2, 0.5f}));
  private final Parameter second = new Parameter(Tensor.of(new float[] {3, -0.25f}, 1, 2));
  private final List<Parameter> both = List.of(first, second);

  /// The gradient of `sum (k + 1) x^2 / 2 + t x` at step t.
  private static double slope(int k, double x, int t) {
    return (k + 1) * x + t;
  }

  private void backward(int t) {
    Tensor a = Tensor.of(new float[] {1, 2, 3});
    Tensor b = Tensor.of(new float[] {4, 5}, 1, 2);
    Tensor loss = first.square().mul(a).sum().add(second.square().mul(b).sum()).mul(0.5);
    loss.add(first.sum().add(second.sum()).mul(t)).backward();
  }

  private void run(Optimizer optimizer, int from, int to) {
    for (int t = from; t < to; t++) {
      try (Scope scope = Scope.open()) {
        optimizer.zeroGrad();
        backward(t);
        optimizer.step();
        scope.keep(Tensor.zeros(1));
      }
    }
  }

  private double[] values() {
    double[] result = new double[5];
    System.arraycopy(first.toDoubleArray(), 0, result, 0, 3);
    System.arraycopy(second.toDoubleArray(), 0, result, 3, 2);
    return result;
  }

  /// PyTorch's optimisers after some steps, as `make_optimizers.py` saved them: the next step here is the one there.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "sgd",
        "plain",
        "adam",
        "adamw",
        "rmsprop",
        "adagrad",
        "adadelta",
        "adamax",
        "radam",
        "radam6"
      })
  void goesOnWherePyTorchStopped(String name) {
    List<Parameter> rest = List.of(second);
    Optimizer optimizer =
        switch (name) {
          case "sgd", "plain" -> new SGD(List.of(first), 1).addParamGroup(rest, SGD.Options.of(1));
          case "adam" -> new Adam(List.of(first), 1).addParamGroup(rest, Adam.options(1));
          case "adamw" -> new AdamW(List.of(first), 1).addParamGroup(rest, AdamW.options(1));
          case "rmsprop" ->
              new RMSprop(List.of(first), 1).addParamGroup(rest, RMSprop.Options.of(1));
          case "adadelta" ->
              new Adadelta(List.of(first), 1).addParamGroup(rest, Adadelta.Options.of(1));
          case "adamax" -> new Adamax(List.of(first), 1).addParamGroup(rest, Adamax.Options.of(1));
          case "radam", "radam6" ->
              new RAdam(List.of(first), 1).addParamGroup(rest, RAdam.Options.of(1));
          default -> new Adagrad(List.of(first), 1).addParamGroup(rest, Adagrad.Options.of(1));
        };
    Saved saved =
        Javelin.load(Path.of("src/test/resources/dev/javelin/examples/nn/optimizers.pt")).get(name);
    optimizer.loadStateDict(saved.get("state").map());
    assertEquals(0.05, optimizer.groups().get(1).learningRate());
    List<Tensor> before = saved.get("before").tensors();
    List<Tensor> after = saved.get("after").tensors();
    for (int i = 0; i < 2; i++) {
      both.get(i).setData(before.get(i));
      both.get(i).setGrad(before.get(i).square().mul(3));
    }
    optimizer.step();
    for (int i = 0; i < 2; i++) {
      double[] expected = after.get(i).toDoubleArray();
      double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
      assertArrayEquals(expected, both.get(i).toDoubleArray(), 2e-6 * largest);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 0, false",
    "0.9, 0, 0, false",
    "0.9, 0.5, 0, false",
    "0.8, 0, 0, true",
    "0, 0, 0.1, false",
    "0.9, 0, 0.1, true",
    "0.5, 0.25, 0.01, false"
  })
  void sgd(double momentum, double dampening, double weightDecay, boolean nesterov) {
    double[] p = START.clone();
    double[] buffer = new double[5];
    for (int t = 0; t < STEPS; t++) {
      for (int k = 0; k < 5; k++) {
        double g = slope(k, p[k], t) + weightDecay * p[k];
        buffer[k] = t == 0 ? g : momentum * buffer[k] + (1 - dampening) * g;
        p[k] -= 0.05 * (momentum == 0 ? g : nesterov ? g + momentum * buffer[k] : buffer[k]);
      }
    }
    SGD.Options options =
        SGD.Options.of(0.05)
            .withMomentum(momentum)
            .withDampening(dampening)
            .withWeightDecay(weightDecay)
            .withNesterov(nesterov);
    run(new SGD(both, options), 0, STEPS);
    assertArrayEquals(p, values(), 1e-5);
  }

  @ParameterizedTest
  @CsvSource({"0, false", "0.1, false", "0, true", "0.1, true"})
  void adam(double weightDecay, boolean decoupled) {
    double[] p = START.clone();
    double[] mean = new double[5];
    double[] square = new double[5];
    for (int t = 0; t < STEPS; t++) {
      for (int k = 0; k < 5; k++) {
        double g = slope(k, p[k], t) + (decoupled ? 0 : weightDecay * p[k]);
        p[k] -= decoupled ? 0.1 * weightDecay * p[k] : 0;
        mean[k] = 0.8 * mean[k] + 0.2 * g;
        square[k] = 0.95 * square[k] + 0.05 * g * g;
        double corrected = mean[k] / (1 - Math.pow(0.8, t + 1));
        double size = Math.sqrt(square[k] / (1 - Math.pow(0.95, t + 1)));
        p[k] -= 0.1 * corrected / (size + 1e-4);
      }
    }
    AdamBase.Options options =
        Adam.options(0.1).withBetas(0.8, 0.95).withEps(1e-4).withWeightDecay(weightDecay);
    run(decoupled ? new AdamW(both, options) : new Adam(both, options), 0, STEPS);
    assertArrayEquals(p, values(), 1e-5);
  }

  @ParameterizedTest
  @CsvSource({"0, 0, false", "0.1, 0, true", "0, 0.9, false", "0.1, 0.8, true"})
  void rmsprop(double weightDecay, double momentum, boolean centered) {
    double[] p = START.clone();
    double[] square = new double[5];
    double[] buffer = new double[5];
    double[] mean = new double[5];
    for (int t = 0; t < STEPS; t++) {
      for (int k = 0; k < 5; k++) {
        double g = slope(k, p[k], t) + weightDecay * p[k];
        square[k] = 0.9 * square[k] + 0.1 * g * g;
        mean[k] = 0.9 * mean[k] + 0.1 * g;
        double spread = centered ? square[k] - mean[k] * mean[k] : square[k];
        buffer[k] = momentum * buffer[k] + g / (Math.sqrt(spread) + 1e-4);
        p[k] -= 0.05 * buffer[k];
      }
    }
    RMSprop.Options options =
        RMSprop.Options.of(0.05)
            .withAlpha(0.9)
            .withEps(1e-4)
            .withWeightDecay(weightDecay)
            .withMomentum(momentum)
            .withCentered(centered);
    run(new RMSprop(both, options), 0, STEPS);
    assertArrayEquals(p, values(), 1e-4);
  }

  @ParameterizedTest
  @CsvSource({"0, 0, 0", "0.1, 0.5, 0.2"})
  void adagrad(double weightDecay, double lrDecay, double initial) {
    double[] p = START.clone();
    double[] sum = {initial, initial, initial, initial, initial};
    for (int t = 0; t < STEPS; t++) {
      for (int k = 0; k < 5; k++) {
        double g = slope(k, p[k], t) + weightDecay * p[k];
        sum[k] += g * g;
        p[k] -= 0.1 / (1 + t * lrDecay) * g / (Math.sqrt(sum[k]) + 1e-10);
      }
    }
    Adagrad.Options options =
        Adagrad.Options.of(0.1)
            .withWeightDecay(weightDecay)
            .withLrDecay(lrDecay)
            .withInitialAccumulatorValue(initial);
    run(new Adagrad(both, options), 0, STEPS);
    assertArrayEquals(p, values(), 1e-5);
  }

  @Test
  void largestMeanOfSquares() {
    double[] p = START.clone();
    double[] mean = new double[5];
    double[] square = new double[5];
    double[] largest = new double[5];
    for (int t = 0; t < STEPS; t++) {
      for (int k = 0; k < 5; k++) {
        double g = slope(k, p[k], t);
        mean[k] = 0.8 * mean[k] + 0.2 * g;
        square[k] = 0.5 * square[k] + 0.5 * g * g;
        largest[k] = Math.max(largest[k], square[k]);
        double size = Math.sqrt(largest[k] / (1 - Math.pow(0.5, t + 1)));
        p[k] -= 0.1 * mean[k] / (1 - Math.pow(0.8, t + 1)) / (size + 1e-4);
      }
    }
    AdamBase.Options options =
        Adam.options(0.1).withBetas(0.8, 0.5).withEps(1e-4).withAmsgrad(true);
    Adam optimizer = new Adam(both, options);
    run(optimizer, 0, STEPS);
    assertArrayEquals(p, values(), 1e-5);
    assertTrue(optimizer.stateDict().containsKey("state.1.max_exp_avg_sq"));
  }

  @Test
  void climbing() {
    List<Function<List<Parameter>, Optimizer>> optimizers =
        List.of(
            p -> new SGD(p, SGD.Options.of(0.5).withMaximize(true)),
            p -> new Adam(p, Adam.options(0.5).withMaximize(true)),
            p -> new AdamW(p, AdamW.options(0.5).withMaximize(true)),
            p -> new RMSprop(p, RMSprop.Options.of(0.5).withMaximize(true)),
            p -> new Adagrad(p, Adagrad.Options.of(0.5).withMaximize(true)));
    for (Function<List<Parameter>, Optimizer> make : optimizers) {
      Parameter p = new Parameter(Tensor.zeros(1));
      Optimizer optimizer = make.apply(List.of(p));
      p.sum().backward();
      optimizer.step();
      assertTrue(p.item() > 0.4, optimizer.getClass() + " went to " + p.item());
    }
  }

  @Test
  void savedSettingsAreTakenOver() {
    SGD saved = new SGD(both, SGD.Options.of(0.1).withMomentum(0.9).withNesterov(true));
    saved.groups().getFirst().setLearningRate(0.01);
    run(saved, 0, 1);
    SGD other = new SGD(both, SGD.Options.of(0.3).withMomentum(0.5));
    other.loadStateDict(saved.stateDict());
    assertEquals(
        SGD.Options.of(0.3).withMomentum(0.9).withNesterov(true),
        other.groups().getFirst().options());
    assertEquals(0.01, other.groups().getFirst().learningRate());
    assertEquals(
        List.of(0L, 1L),
        Arrays.stream(other.stateDict().get("param_groups.0.params").toLongArray())
            .boxed()
            .toList());
    RMSprop one = new RMSprop(List.of(first));
    Map<String, Tensor> two = new RMSprop(both).stateDict();
    assertEquals(
        """
        Error(s) in loading the state of the optimizer RMSprop:
        \tparam_groups.0.params: expected a group of 1 parameters, got one of 2\
        """,
        assertThrows(IllegalArgumentException.class, () -> one.loadStateDict(two)).getMessage());
  }

  @Test
  void defaultsArePyTorchs() {
    assertEquals(
        new RMSprop.Options(1e-2, 0.99, 1e-8, 0, 0, false, false),
        new RMSprop(both).groups().getFirst().options());
    assertEquals(
        new Adagrad.Options(1e-2, 0, 0, 0, 1e-10, false),
        new Adagrad(both).groups().getFirst().options());
    assertEquals(
        new AdamBase.Options(1e-3, 0.9, 0.999, 1e-8, 0, false, false),
        new Adam(both).groups().getFirst().options());
    assertEquals(
        new AdamBase.Options(1e-3, 0.9, 0.999, 1e-8, 0.01, false, false),
        new AdamW(both).groups().getFirst().options());
  }

  @Test
  void parametersWithoutGradientStay() {
    SGD optimizer = new SGD(both, SGD.Options.of(0.1).withMomentum(0.9));
    first.sum().backward();
    optimizer.step();
    assertEquals(3, second.get(0, 0).item());
    // Its momentum begins at its own first step, not at the optimiser's.
    optimizer.zeroGrad();
    second.sum().backward();
    optimizer.step();
    assertEquals(2.9, second.get(0, 0).item(), 1e-6);
    assertEquals(0.9, first.get(0).item(), 1e-6);
  }

  @Test
  void groupsHaveTheirOwnSettings() {
    SGD optimizer = new SGD(List.of(first), 0.1);
    assertSame(optimizer, optimizer.addParamGroup(List.of(second), SGD.Options.of(1)));
    optimizer.groups().get(1).setLearningRate(0.5);
    first.sum().add(second.sum()).backward();
    optimizer.step();
    assertEquals(0.9, first.get(0).item(), 1e-6);
    assertEquals(2.5, second.get(0, 0).item(), 1e-6);
  }

  @Test
  void severalTypesInOneOptimiser() {
    Parameter wide = new Parameter(Tensor.of(new double[] {1}));
    SGD optimizer = new SGD(List.of(first, wide), 0.1);
    first.sum().backward();
    wide.sum().backward();
    optimizer.step();
    assertEquals(DType.FLOAT64, wide.dtype());
    assertEquals(0.9, wide.item(), 1e-15);
    assertEquals(0.9, first.get(0).item(), 1e-6);
  }

  @Test
  void plainLeafTensorsAreOptimised() {
    Tensor w = Tensor.ones(2).requiresGrad_(true);
    SGD optimizer = new SGD(List.of(w), 0.5);
    w.sum().backward();
    optimizer.step();
    optimizer.zeroGrad();
    assertNull(w.grad());
    assertArrayEquals(new double[] {0.5, 0.5}, w.toDoubleArray());
  }

  @Test
  void refusals() {
    assertEquals(
        "optimizer got an empty parameter list",
        assertThrows(IllegalArgumentException.class, () -> new SGD(List.of(), 0.1)).getMessage());
    assertEquals(
        "can't optimize a non-leaf Tensor",
        assertThrows(IllegalArgumentException.class, () -> new SGD(List.of(first.mul(2)), 0.1))
            .getMessage());
    assertThrows(IllegalArgumentException.class, () -> new SGD(List.of(first, first), 0.1));
    assertEquals(
        "Invalid learning rate: -1.0",
        assertThrows(IllegalArgumentException.class, () -> new SGD(both, -1)).getMessage());
    SGD.Options plain = SGD.Options.of(0.1);
    assertEquals(
        "Nesterov momentum requires a momentum and zero dampening",
        assertThrows(IllegalArgumentException.class, () -> plain.withNesterov(true)).getMessage());
    AdamBase.Options adam = Adam.options(0.1);
    assertThrows(IllegalArgumentException.class, () -> adam.withBetas(1, 0));
  }

  @Test
  void resumedRunContinuesExactly() {
    Adam whole = new Adam(both, 0.1);
    run(whole, 0, 3);
    Map<String, Tensor> saved = new LinkedHashMap<>();
    whole.stateDict().forEach((name, tensor) -> saved.put(name, tensor.clone()));
    assertEquals(
        List.of(
            "param_groups.0.lr",
            "param_groups.0.betas.0",
            "param_groups.0.betas.1",
            "param_groups.0.eps",
            "param_groups.0.weight_decay",
            "param_groups.0.amsgrad",
            "param_groups.0.maximize",
            "param_groups.0.params",
            "state.0.step",
            "state.0.exp_avg",
            "state.0.exp_avg_sq",
            "state.1.step",
            "state.1.exp_avg",
            "state.1.exp_avg_sq"),
        List.copyOf(saved.keySet()));
    float[] middleFirst = first.toFloatArray();
    float[] middleSecond = second.toFloatArray();
    run(whole, 3, STEPS);
    double[] expected = values();
    Javelin.noGrad(
        () -> {
          first.copy_(Tensor.of(middleFirst));
          second.copy_(Tensor.of(middleSecond, 1, 2));
        });
    Adam resumed = new Adam(both, 0.7);
    resumed.loadStateDict(saved);
    run(resumed, 3, STEPS);
    assertArrayEquals(expected, values());
  }

  @Test
  void stateOfOtherParametersIsRefused() {
    Adam optimizer = new Adam(both, 0.1);
    run(optimizer, 0, 1);
    Map<String, Tensor> bad = new LinkedHashMap<>(optimizer.stateDict());
    bad.put("state.0.exp_avg", Tensor.zeros(7));
    bad.remove("state.1.exp_avg");
    bad.put("state.2.exp_avg", Tensor.zeros(7));
    String message =
        assertThrows(IllegalArgumentException.class, () -> optimizer.loadStateDict(bad))
            .getMessage();
    assertEquals(
        """
        Error(s) in loading the state of the optimizer Adam:
        \tsize mismatch for state.0.exp_avg: expected [3] as of its parameter, got [7]
        \tstate.1.exp_avg is missing
        \tstate.2.exp_avg is not expected\
        """,
        message);
    assertTrue(optimizer.stateDict().containsKey("state.1.exp_avg"));
  }
}
