package dev.javelin.examples.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Device;
import dev.javelin.Scope;
import dev.javelin.Tensor;
import dev.javelin.TwinDevice;
import dev.javelin.backend.OutOfDeviceMemoryException;
import dev.javelin.nn.BatchNorm2d;
import dev.javelin.nn.Conv2d;
import dev.javelin.nn.CrossEntropyLoss;
import dev.javelin.nn.LayerNorm;
import dev.javelin.nn.Linear;
import dev.javelin.nn.MaxPool2d;
import dev.javelin.nn.Module;
import dev.javelin.nn.ReLU;
import dev.javelin.nn.Sequential;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class ModuleErrorTest {
  private static final Device TWIN = TwinDevice.named("twin:0");

  private static final class NeuralNetwork extends Module {
    final Sequential linearReluStack =
        new Sequential(new Linear(500, 500), new ReLU(), new Linear(512, 512));

    @Override
    protected Tensor forward(Tensor x) {
      return linearReluStack.call(x);
    }
  }

  /// Calls a grandchild directly, and one that is not registered.
  private static final class Shortcut extends Module {
    final Sequential features = new Sequential(new Sequential(new Linear(2, 2)));
    private final transient Linear loose = new Linear(3, 3);
    boolean useLoose;

    @Override
    protected Tensor forward(Tensor x) {
      return useLoose ? loose.call(x) : ((Sequential) features.get(0)).get(0).call(x);
    }
  }

  private static final class FixedHidden extends Module {
    final Linear linear = new Linear(2, 2);
    final Tensor randWeight = Tensor.rand(2, 2);
    final Tensor mask = registerBuffer("mask", Tensor.ones(2));

    @Override
    protected Tensor forward(Tensor x) {
      return linear.call(x).mm(randWeight).mul(mask);
    }
  }

  private static String message(Executable call) {
    return assertThrows(IllegalArgumentException.class, call).getMessage();
  }

  @Test
  void pathOfTheModule() {
    assertEquals(
        "in NeuralNetwork.linear_relu_stack.2 Linear(512 -> 512): expected (*, 512), got (64, 500)"
            + " on cpu",
        message(() -> new NeuralNetwork().call(Tensor.zeros(64, 500))));
    assertEquals(
        "in Linear(512 -> 512): expected (*, 512), got (500,) on cpu",
        message(() -> new Linear(512, 512).call(Tensor.zeros(500))));
  }

  @Test
  void pathOfAGrandchildAndOfAStranger() {
    Shortcut model = new Shortcut();
    assertEquals(
        "in Shortcut.features.0.0 Linear(2 -> 2): expected (*, 2), got (1, 5) on cpu",
        message(() -> model.call(Tensor.zeros(1, 5))));
    model.useLoose = true;
    assertEquals(
        "in Shortcut.<Linear> Linear(3 -> 3): expected (*, 3), got (1, 5) on cpu",
        message(() -> model.call(Tensor.zeros(1, 5))));
  }

  @Test
  void errorOfTheUsersOwnCode() {
    Module model =
        new Module() {
          @Override
          protected Tensor forward(Tensor x) {
            throw new IllegalArgumentException("no");
          }
        };
    assertEquals("in Module: no", message(() -> model.call(Tensor.zeros(1))));
    assertEquals(
        "in Sequential.0 Module: no", message(() -> new Sequential(model).call(Tensor.zeros(1))));
  }

  private static Module failing(RuntimeException error) {
    return new Sequential(
        new ReLU(),
        new Module() {
          @Override
          protected Tensor forward(Tensor x) {
            throw error;
          }
        });
  }

  @Test
  void misuseKeepsItsKind() {
    Tensor freed;
    try (Scope _ = Scope.open()) {
      freed = Tensor.ones(1, 500);
    }
    String message =
        assertThrows(IllegalStateException.class, () -> new NeuralNetwork().call(freed))
            .getMessage();
    assertTrue(
        message.startsWith(
            "in NeuralNetwork.linear_relu_stack.0 Linear(500 -> 500): a tensor (float32 [1, 500],"
                + " made by full) was used after it was freed"),
        message);
  }

  @Test
  void lackOfMemoryKeepsItsKind() {
    Module model = failing(new OutOfDeviceMemoryException("no 8 bytes"));
    assertEquals(
        "in Sequential.1 Module: no 8 bytes",
        assertThrows(OutOfDeviceMemoryException.class, () -> model.call(Tensor.zeros(1)))
            .getMessage());
  }

  @Test
  void indexOutOfBoundsIsAnArgument() {
    Module model = failing(new IndexOutOfBoundsException("no 7"));
    assertEquals("in Sequential.1 Module: no 7", message(() -> model.call(Tensor.zeros(1))));
  }

  @Test
  void errorsOfOtherKindsPass() {
    RuntimeException error = new ArithmeticException("/ by zero");
    assertSame(
        error, assertThrows(ArithmeticException.class, () -> failing(error).call(Tensor.zeros(1))));
  }

  @Test
  void layersSayWhatTheyExpect() {
    assertEquals(
        "in Conv2d(1 -> 10): expected (n, 1, h, w) or (1, h, w), got (64, 3, 28, 28) on cpu",
        message(() -> new Conv2d(1, 10, 5).call(Tensor.zeros(64, 3, 28, 28))));
    assertEquals(
        "in BatchNorm2d(4): expected (n, 4, h, w), got (2, 3, 1, 1) on cpu",
        message(() -> new BatchNorm2d(4).call(Tensor.zeros(2, 3, 1, 1))));
    assertEquals(
        "in BatchNorm2d(4): Expected more than 1 value per channel when training, got input size"
            + " [1, 4, 1, 1]",
        message(() -> new BatchNorm2d(4).call(Tensor.zeros(1, 4, 1, 1))));
    assertEquals(
        "in LayerNorm((3, 4)): expected (*, 3, 4), got (2, 4) on cpu",
        message(() -> new LayerNorm(3, 4).call(Tensor.zeros(2, 4))));
    assertEquals(
        "in MaxPool2d: pad should be at most half of kernel size, but got padding=(2, 2) and"
            + " kernel_size=(3, 3)",
        message(() -> new MaxPool2d(3, 1, 2).call(Tensor.zeros(1, 1, 5, 5))));
    assertEquals(
        "in CrossEntropyLoss: Expected input batch_size (4) to match target batch_size (1).",
        message(() -> new CrossEntropyLoss().call(Tensor.zeros(4, 2), Tensor.of(new long[] {1}))));
    assertEquals(
        "Conv2d: expected a number of groups that divides the channels 3 and 4, got 2",
        message(() -> new Conv2d(3, 4, 1, Conv2d.Options.DEFAULT.withGroups(2))));
  }

  @Test
  void wrongDeviceNamesTheField() {
    FixedHidden model = new FixedHidden();
    model.to(TWIN);
    assertEquals(
        "in FixedHidden: mm: expected all tensors on one device, but argument 1 (float32 [3, 2]) is"
            + " on twin:0 and argument 2 (float32 [2, 2]) is on cpu; the field"
            + " FixedHidden.randWeight is a plain tensor on cpu, which to(device) does not move:"
            + " register it with registerBuffer",
        message(() -> model.call(Tensor.zeros(3, 2).to(TWIN))));
    Linear layer = new Linear(2, 2, false);
    assertEquals(
        "in Linear(2 -> 2): mm: expected all tensors on one device, but argument 1 (float32 [3, 2])"
            + " is on twin:0 and argument 2 (float32 [2, 2]) is on cpu; the field Linear.weight is"
            + " on cpu: move the module with to(\"twin:0\")",
        message(() -> layer.call(Tensor.zeros(3, 2).to(TWIN))));
  }
}
