package dev.javelin.examples.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Parameter;
import dev.javelin.Scope;
import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.nn.BatchNorm1d;
import dev.javelin.nn.Dropout;
import dev.javelin.nn.Flatten;
import dev.javelin.nn.Init;
import dev.javelin.nn.Linear;
import dev.javelin.nn.Module;
import dev.javelin.nn.ModuleDict;
import dev.javelin.nn.ModuleList;
import dev.javelin.nn.ParameterList;
import dev.javelin.nn.ReLU;
import dev.javelin.nn.Sequential;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ModuleTest {
  static final class NeuralNetwork extends Module {
    final Flatten flatten = new Flatten();
    final Sequential linearReluStack =
        new Sequential(
            new Linear(28 * 28, 512),
            new ReLU(),
            new Linear(512, 512),
            new ReLU(),
            new Linear(512, 10));

    @Override
    protected Tensor forward(Tensor x) {
      return linearReluStack.call(flatten.call(x));
    }
  }

  /// A module whose members are in any order, some of them in the superclass.
  static class Base extends Module {
    final Linear first = new Linear(2, 2, false);
    Parameter scale = new Parameter(Tensor.ones(2));
  }

  static final class Mixed extends Base {
    final Tensor runningMean = registerBuffer("running_mean", Tensor.zeros(2));
    final Tensor constant = Tensor.rand(2, 2);
    final Linear fc1 = new Linear(2, 2);
    final Linear again = fc1;
    final Parameter shift = new Parameter(Tensor.zeros(2));
    final Module none = null;
    final transient Linear teacher = new Linear(2, 2);
    final Linear conv2Drop = new Linear(2, 3, false);

    @Override
    protected Tensor forward(Tensor x) {
      return fc1.call(first.call(x)).mul(scale).add(shift);
    }
  }

  @Test
  void printsAsPyTorch() {
    assertEquals(
        """
        NeuralNetwork(
          (flatten): Flatten(start_dim=1, end_dim=-1)
          (linear_relu_stack): Sequential(
            (0): Linear(in_features=784, out_features=512, bias=True)
            (1): ReLU()
            (2): Linear(in_features=512, out_features=512, bias=True)
            (3): ReLU()
            (4): Linear(in_features=512, out_features=10, bias=True)
          )
        )\
        """,
        new NeuralNetwork().toString());
  }

  @Test
  void printsContainersAsPyTorch() {
    ModuleList list = new ModuleList(new ReLU(), new ReLU(), new Linear(2, 3, false));
    assertEquals(
        """
        ModuleList(
          (0-1): 2 x ReLU()
          (2): Linear(in_features=2, out_features=3, bias=False)
        )\
        """,
        list.toString());
    LinkedHashMap<String, Module> named = new LinkedHashMap<>();
    named.put("act", new ReLU(true));
    named.put("list", new ModuleList());
    ModuleDict dict = new ModuleDict(named);
    dict.registerModule("later", null);
    assertEquals(
        """
        ModuleDict(
          (act): ReLU(inplace=True)
          (list): ModuleList()
          (later): None
        )\
        """,
        dict.toString());
    assertEquals(
        """
        ParameterList(
          (0): Parameter containing: [torch.float32 of size 2x3]
          (1): Parameter containing: [torch.float32 of size 4]
        )\
        """,
        new ParameterList(new Parameter(Tensor.zeros(2, 3)), new Parameter(Tensor.zeros(4)))
            .toString());
  }

  @Test
  void parameterPrintsAsPyTorch() {
    assertEquals(
        "Parameter containing:\ntensor([1.0000, 2.5000], requires_grad=True)",
        new Parameter(Tensor.of(new float[] {1, 2.5f})).toString());
    assertEquals(
        "Parameter containing:\ntensor([[1., 2.],\n        [3., 4.]], requires_grad=True)",
        new Parameter(Tensor.of(new float[] {1, 2, 3, 4}, 2, 2)).toString());
  }

  @Test
  void namesAndOrder() {
    assertEquals(
        List.of(
            "linear_relu_stack.0.weight",
            "linear_relu_stack.0.bias",
            "linear_relu_stack.2.weight",
            "linear_relu_stack.2.bias",
            "linear_relu_stack.4.weight",
            "linear_relu_stack.4.bias"),
        List.copyOf(new NeuralNetwork().namedParameters().keySet()));
    Mixed mixed = new Mixed();
    assertEquals(
        List.of("scale", "shift", "first.weight", "fc1.weight", "fc1.bias", "conv2_drop.weight"),
        List.copyOf(mixed.namedParameters().keySet()));
    assertEquals(
        List.of("first", "fc1", "conv2_drop"), List.copyOf(mixed.namedChildren().keySet()));
    assertEquals(
        List.of("", "first", "fc1", "conv2_drop"), List.copyOf(mixed.namedModules().keySet()));
    assertEquals(List.of("running_mean"), List.copyOf(mixed.namedBuffers().keySet()));
    assertEquals(
        List.of(
            "scale",
            "shift",
            "running_mean",
            "first.weight",
            "fc1.weight",
            "fc1.bias",
            "again.weight",
            "again.bias",
            "conv2_drop.weight"),
        List.copyOf(mixed.stateDict().keySet()));
  }

  @Test
  void sharedLayerIsListedOnceAndItsGradientsAddUp() {
    Linear shared = new Linear(2, 2, false);
    Sequential twice = new Sequential(shared, new ReLU(), shared);
    assertEquals(List.of("0.weight"), List.copyOf(twice.namedParameters().keySet()));
    assertEquals(List.of("0.weight", "2.weight"), List.copyOf(twice.stateDict().keySet()));
    Init.constant_(shared.weight, 1);
    Tensor x = Tensor.ones(1, 2);
    twice.call(x).sum().backward();
    // h = [2, 2], y = [4, 4]: each weight gets h = 2 from the second use and sum of weights * x = 2
    // from the first.
    assertEquals(List.of(4f, 4f, 4f, 4f), floats(shared.weight.grad()));
  }

  static List<Float> floats(Tensor tensor) {
    List<Float> result = new ArrayList<>();
    for (float value : tensor.toFloatArray()) {
      result.add(value);
    }
    return result;
  }

  @Test
  void fieldsAreReadAnew() {
    Mixed mixed = new Mixed();
    mixed.parameters();
    Parameter other = new Parameter(Tensor.zeros(2));
    mixed.scale = other;
    assertSame(other, mixed.namedParameters().get("scale"));
  }

  @Test
  void modeRecurses() {
    Sequential model = new Sequential(new Dropout(), new Sequential(new BatchNorm1d(2)));
    assertTrue(model.isTraining());
    assertSame(model, model.eval());
    assertTrue(model.modules().stream().noneMatch(Module::isTraining));
    model.train();
    assertTrue(model.modules().stream().allMatch(Module::isTraining));
  }

  @Test
  void applyVisitsChildrenFirst() {
    Sequential model = new Sequential(new Linear(1, 1), new Sequential(new ReLU()));
    List<String> seen = new ArrayList<>();
    assertSame(model, model.apply(m -> seen.add(m.getClass().getSimpleName())));
    assertEquals(List.of("Linear", "ReLU", "Sequential", "Sequential"), seen);
  }

  @Test
  void conversionsReturnTheModule() {
    BatchNorm1d layer = new BatchNorm1d(2);
    Parameter weight = layer.weight;
    assertSame(layer, layer.to(DType.FLOAT64));
    assertSame(weight, layer.weight);
    assertEquals(DType.FLOAT64, weight.dtype());
    assertEquals(DType.FLOAT64, layer.namedBuffers().get("running_mean").dtype());
    assertEquals(DType.INT64, layer.namedBuffers().get("num_batches_tracked").dtype());
    assertEquals(DType.FLOAT16, ((BatchNorm1d) layer.half()).weight.dtype());
    assertEquals(DType.BFLOAT16, ((BatchNorm1d) layer.bfloat16()).weight.dtype());
    assertEquals(DType.FLOAT32, ((BatchNorm1d) layer.toFloat()).weight.dtype());
    assertEquals(DType.FLOAT64, ((BatchNorm1d) layer.toDouble()).weight.dtype());
    assertEquals(
        "Module.to only accepts floating point dtypes, but got int64",
        assertThrows(IllegalArgumentException.class, () -> layer.to(DType.INT64)).getMessage());
  }

  @Test
  void modulesOfManyInputsAndOutputs() {
    Module sums =
        new Module() {
          @Override
          protected Tensor forward(Tensor x, Tensor y, Tensor z) {
            return x.add(y).add(z);
          }
        };
    Tensor one = Tensor.ones(1);
    assertEquals(3, sums.call(one, one, one).item());
    assertThrows(UnsupportedOperationException.class, () -> sums.call(one, one));
    Module both =
        new Module() {
          @Override
          protected List<Tensor> forwardAll(List<Tensor> inputs) {
            Tensor second = inputs.get(1) == null ? Tensor.zeros(1) : inputs.get(1);
            return List.of(inputs.get(0).add(second), second);
          }
        };
    assertEquals(1, both.callAll(one, null, null, one).get(0).item());
    assertEquals(1, both.callAll(one, one).get(1).item());
  }

  @Test
  void freezeAndZeroGrad() {
    Linear layer = new Linear(2, 1);
    layer.call(Tensor.ones(1, 2)).sum().backward();
    assertEquals(List.of(1f, 1f), floats(layer.weight.grad()));
    layer.zeroGrad();
    assertNull(layer.weight.grad());
    layer.requiresGrad_(false);
    assertFalse(layer.call(Tensor.ones(1, 2)).requiresGrad());
  }

  @Test
  void parametersOutliveTheScopeTheyWereMadeIn() {
    Linear layer;
    try (Scope scope = Scope.open()) {
      layer = new Linear(2, 1);
      scope.keep(Tensor.ones(1));
    }
    assertEquals(2, layer.weight.toFloatArray().length);
  }

  // ---- what is found ----

  static final class Outer extends Module {
    final Linear linear = new Linear(1, 1);

    /// An inner class holds the module around it in a field of the compiler's.
    final class Inner extends Module {
      final Linear own = new Linear(1, 1);

      @Override
      protected Tensor forward(Tensor x) {
        return linear.call(own.call(x));
      }
    }

    final Inner inner = new Inner();
  }

  @Test
  void innerClassDoesNotRegisterTheModuleAround() {
    assertEquals(
        List.of("linear.weight", "linear.bias", "inner.own.weight", "inner.own.bias"),
        List.copyOf(new Outer().namedParameters().keySet()));
  }

  static final class Hidden extends Module {
    final List<Module> layers = new ArrayList<>(List.of(new Linear(1, 1)));
  }

  static final class HiddenInMap extends Module {
    final Map<String, Parameter> weights = Map.of("a", new Parameter(Tensor.zeros(1)));
  }

  static final class HiddenInArray extends Module {
    final Module[] layers = {new Linear(1, 1)};
  }

  static final class HiddenDeep extends Module {
    final Map<String, List<Module>> blocks = Map.of("a", List.of(new Linear(1, 1)));
  }

  static final class Free extends Module {
    final List<String> names = List.of("a");
    final List<List<Module>> none = List.of(List.of());
    final ModuleList layers = new ModuleList(new Linear(1, 1));
  }

  @Test
  void collectionOfModulesIsRefused() {
    assertEquals(
        "Hidden.layers (ArrayList) holds a module, which is not found in there and would not be"
            + " trained: use ModuleList or ModuleDict, or register each by hand",
        assertThrows(IllegalStateException.class, () -> new Hidden().parameters()).getMessage());
    assertTrue(
        assertThrows(IllegalStateException.class, () -> new HiddenInMap().stateDict())
            .getMessage()
            .contains("use ParameterList"));
    assertThrows(IllegalStateException.class, () -> new HiddenInArray().to("cpu"));
    assertThrows(IllegalStateException.class, () -> new HiddenDeep().parameters());
    assertEquals(2, new Free().parameters().size());
  }

  @Test
  void moduleWithoutForwardSaysSo() {
    assertEquals(
        "Module [ModuleList] is missing the required \"forward\" function",
        assertThrows(
                UnsupportedOperationException.class, () -> new ModuleList().call(Tensor.ones(1)))
            .getMessage());
    assertEquals(
        "Module [Module] is missing the required \"forward\" function",
        assertThrows(
                UnsupportedOperationException.class, () -> new Module() {}.call(Tensor.ones(1)))
            .getMessage());
  }

  @Test
  void containersByIndexAndName() {
    LinkedHashMap<String, Module> named = new LinkedHashMap<>();
    named.put("hidden", new Linear(2, 3));
    named.put("out", new Linear(3, 1));
    Sequential model = new Sequential(named);
    assertEquals(
        List.of("hidden.weight", "hidden.bias", "out.weight", "out.bias"),
        List.copyOf(model.namedParameters().keySet()));
    assertSame(named.get("out"), model.get(-1));
    assertEquals(2, model.size());
    assertEquals(List.of(4L, 1L), shape(model.call(Tensor.ones(4, 2))));
    ModuleDict dict = new ModuleDict(named);
    assertSame(named.get("hidden"), dict.get("hidden"));
    assertEquals(
        "there is no module 'x'; there are [hidden, out]",
        assertThrows(IllegalArgumentException.class, () -> dict.get("x")).getMessage());
    ModuleList list = new ModuleList(named.values());
    assertEquals(
        List.of("0.weight", "0.bias", "1.weight", "1.bias"),
        List.copyOf(list.namedParameters().keySet()));
  }

  static List<Long> shape(Tensor tensor) {
    List<Long> sizes = new ArrayList<>();
    for (long size : tensor.shape().toArray()) {
      sizes.add(size);
    }
    return sizes;
  }
}
