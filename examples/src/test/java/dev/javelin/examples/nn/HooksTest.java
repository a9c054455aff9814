package dev.javelin.examples.nn;

import static dev.javelin.examples.nn.ModuleTest.floats;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.javelin.Parameter;
import dev.javelin.Tensor;
import dev.javelin.nn.HookHandle;
import dev.javelin.nn.Init;
import dev.javelin.nn.LSTM;
import dev.javelin.nn.Linear;
import dev.javelin.nn.MSELoss;
import dev.javelin.nn.Sequential;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HooksTest {
  private final Linear layer = layer();
  private final List<String> seen = new ArrayList<>();

  private static Linear layer() {
    Linear linear = new Linear(2, 1, false);
    Init.constant_(linear.weight, 3);
    return linear;
  }

  @Test
  void forwardHooksSeeAndReplace() {
    HookHandle before =
        layer.registerForwardPreHook(
            (module, inputs) -> {
              seen.add("before " + (module == layer) + floats(inputs.getFirst()));
              return List.of(inputs.getFirst().mul(2));
            });
    HookHandle after =
        layer.registerForwardHook(
            (_, inputs, output) -> {
              seen.add("after" + floats(inputs.getFirst()) + floats(output));
              return output.add(1);
            });
    Tensor x = Tensor.ones(1, 2);
    assertEquals(List.of(13f), floats(layer.call(x)));
    assertEquals(List.of("before true[1.0, 1.0]", "after[2.0, 2.0][12.0]"), seen);
    before.remove();
    assertEquals(List.of(7f), floats(layer.call(x)));
    after.remove();
    after.remove();
    assertEquals(List.of(6f), floats(layer.call(x)));
    assertEquals(3, seen.size());
  }

  @Test
  void hookThatReturnsNullChangesNothing() {
    layer.registerForwardPreHook((_, _) -> null);
    layer.registerForwardHook((_, _, _) -> null);
    assertEquals(List.of(6f), floats(layer.call(Tensor.ones(1, 2))));
  }

  @Test
  void backwardHookSeesAndReplaces() {
    Parameter x = new Parameter(Tensor.ones(1, 2));
    HookHandle handle =
        layer.registerFullBackwardHook(
            (_, gradInputs, gradOutputs) -> {
              seen.add(floats(gradInputs.getFirst()) + " " + floats(gradOutputs.getFirst()));
              return List.of(gradInputs.getFirst().mul(10));
            });
    layer.call(x).mul(2).sum().backward();
    assertEquals(List.of("[6.0, 6.0] [2.0]"), seen);
    assertEquals(List.of(60f, 60f), floats(x.grad()));
    assertEquals(List.of(2f, 2f), floats(layer.weight.grad()));
    handle.remove();
    x.setGrad(null);
    layer.call(x).sum().backward();
    assertEquals(List.of(3f, 3f), floats(x.grad()));
    assertEquals(1, seen.size());
  }

  @Test
  void backwardHookOfALayerWhoseInputNeedsNoGradient() {
    layer.registerFullBackwardHook(
        (_, gradInputs, gradOutputs) -> {
          assertNull(gradInputs.getFirst());
          seen.add(floats(gradOutputs.getFirst()).toString());
          return null;
        });
    new Sequential(layer).call(Tensor.ones(1, 2)).sum().backward();
    assertEquals(List.of("[1.0]"), seen);
  }

  @Test
  void inputUsedElsewhereKeepsItsOtherGradient() {
    Parameter x = new Parameter(Tensor.ones(1, 2));
    layer.registerFullBackwardHook(
        (_, gradInputs, _) -> {
          seen.add(floats(gradInputs.getFirst()).toString());
          return null;
        });
    Tensor shared = x.mul(1);
    layer.call(shared).sum().add(shared.sum()).backward();
    assertEquals(List.of("[3.0, 3.0]"), seen);
    assertEquals(List.of(4f, 4f), floats(x.grad()));
  }

  @Test
  void modulesOfTwoInputs() {
    MSELoss loss = new MSELoss();
    Parameter x = new Parameter(Tensor.of(new float[] {3}));
    Parameter y = new Parameter(Tensor.of(new float[] {1}));
    loss.registerForwardHook(
        (_, inputs, output) -> {
          seen.add(inputs.size() + " " + floats(output));
          return null;
        });
    loss.registerFullBackwardHook(
        (_, gradInputs, _) -> {
          seen.add(gradInputs.stream().map(ModuleTest::floats).toList().toString());
          return null;
        });
    loss.call(x, y).backward();
    assertEquals(List.of("2 [4.0]", "[[4.0], [-4.0]]"), seen);
  }

  @Test
  void modulesOfSeveralOutputs() {
    LSTM lstm = new LSTM(2, 3);
    lstm.registerForwardHook(
        (_, inputs, output) -> {
          seen.add(inputs.size() + " " + output.shape());
          return output.mul(0);
        });
    lstm.registerFullBackwardHook(
        (_, gradInputs, gradOutputs) -> {
          seen.add(gradInputs.getFirst().shape() + " " + gradOutputs.size());
          return null;
        });
    Parameter x = new Parameter(Tensor.ones(4, 1, 2));
    LSTM.Output output = lstm.walk(x);
    assertEquals(0, output.output().abs().sum().item());
    output.output().sum().add(output.cell().sum()).backward();
    assertEquals(List.of("3 [4, 1, 3]", "[4, 1, 2] 3"), seen);
  }

  @Test
  void tensorHookIsRemoved() {
    Parameter x = new Parameter(Tensor.ones(2));
    Runnable handle = x.registerHook(gradient -> gradient.mul(5));
    x.sum().backward();
    assertEquals(List.of(5f, 5f), floats(x.grad()));
    handle.run();
    x.setGrad(null);
    x.sum().backward();
    assertEquals(List.of(1f, 1f), floats(x.grad()));
  }
}
