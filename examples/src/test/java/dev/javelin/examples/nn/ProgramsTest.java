package dev.javelin.examples.nn;

import static dev.javelin.examples.nn.ModuleTest.shape;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Javelin;
import dev.javelin.Parameter;
import dev.javelin.Tensor;
import dev.javelin.nn.Conv2d;
import dev.javelin.nn.Dropout2d;
import dev.javelin.nn.Functional;
import dev.javelin.nn.Linear;
import dev.javelin.nn.Module;
import dev.javelin.nn.NLLLoss;
import dev.javelin.nn.ReLU;
import dev.javelin.nn.Sequential;
import dev.javelin.optim.SGD;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The programs that users of PyTorch know from books and tutorials, as they are written here.
class ProgramsTest {
  @BeforeEach
  void seed() {
    Javelin.manualSeed(0);
  }

  /// A block of two layers.
  static final class Mlp extends Module {
    final Linear hidden = new Linear(20, 256);
    final Linear out = new Linear(256, 10);

    @Override
    protected Tensor forward(Tensor x) {
      return out.call(Functional.relu(hidden.call(x)));
    }
  }

  /// A chain that registers its modules by hand.
  static final class MySequential extends Module {
    MySequential(Module... modules) {
      for (int i = 0; i < modules.length; i++) {
        registerModule(Integer.toString(i), modules[i]);
      }
    }

    @Override
    protected Tensor forward(Tensor x) {
      Tensor result = x;
      for (Module module : children()) {
        result = module.call(result);
      }
      return result;
    }
  }

  @Test
  void perceptronInThreeForms() {
    Sequential chain = new Sequential(new Linear(20, 256), new ReLU(), new Linear(256, 10));
    Mlp block = new Mlp();
    MySequential own = new MySequential(new Linear(20, 256), new ReLU(), new Linear(256, 10));
    own.loadStateDict(chain.stateDict());
    Javelin.noGrad(
        () -> {
          block.hidden.weight.copy_(chain.get(0).parameters().get(0));
          block.hidden.bias.copy_(chain.get(0).parameters().get(1));
          block.out.weight.copy_(chain.get(2).parameters().get(0));
          block.out.bias.copy_(chain.get(2).parameters().get(1));
        });
    Tensor x = Tensor.rand(2, 20);
    float[] expected = chain.call(x).toFloatArray();
    assertEquals(List.of(2L, 10L), shape(chain.call(x)));
    assertArrayEquals(expected, block.call(x).toFloatArray());
    assertArrayEquals(expected, own.call(x).toFloatArray());
    Sequential nested = new Sequential(block, new ReLU(), new Sequential(new Linear(10, 3)));
    assertEquals(List.of(2L, 3L), shape(nested.call(x)));
  }

  /// A constant matrix, one layer used twice, a loop that depends on values.
  static final class FixedHiddenMlp extends Module {
    final Tensor randWeight = Tensor.rand(20, 20);
    final Linear linear = new Linear(20, 20);
    int halvings;

    @Override
    protected Tensor forward(Tensor input) {
      Tensor x = linear.call(input);
      x = Functional.relu(x.mm(randWeight).add(1));
      x = linear.call(x);
      while (x.abs().sum().item() > 1) {
        x.div_(2);
        halvings++;
      }
      return x.sum();
    }
  }

  @Test
  void fixedHiddenLayerAndALoop() {
    FixedHiddenMlp model = new FixedHiddenMlp();
    float[] constant = model.randWeight.toFloatArray();
    assertEquals(List.of("linear.weight", "linear.bias"), List.copyOf(model.stateDict().keySet()));
    Tensor y = model.call(Tensor.rand(2, 20));
    assertTrue(Math.abs(y.item()) <= 1 && model.halvings > 0);
    y.backward();
    // The bias of the second use reaches every output, halved as often as the loop ran.
    SGD optimizer = new SGD(model.parameters(), 0.1);
    double before = model.linear.bias.get(0).item();
    optimizer.step();
    double slope = model.linear.bias.grad().get(0).item();
    assertEquals(before - 0.1 * slope, model.linear.bias.get(0).item(), 1e-6);
    assertTrue(Math.abs(slope) >= 2 * Math.pow(0.5, model.halvings) * 0.5);
    assertArrayEquals(constant, model.randWeight.toFloatArray());
  }

  static final class CenteredLayer extends Module {
    @Override
    protected Tensor forward(Tensor x) {
      return x.sub(x.mean());
    }
  }

  static final class MyLinear extends Module {
    final Parameter weight;
    final Parameter bias;

    MyLinear(int in, int units) {
      weight = new Parameter(Tensor.randn(in, units));
      bias = new Parameter(Tensor.randn(units));
    }

    @Override
    protected Tensor forward(Tensor x) {
      return Functional.relu(x.mm(weight).add(bias));
    }
  }

  @Test
  void layersOfOnesOwn() {
    assertEquals(
        List.of(-2f, -1f, 0f, 1f, 2f),
        ModuleTest.floats(new CenteredLayer().call(Tensor.of(new float[] {1, 2, 3, 4, 5}))));
    Tensor y = new Sequential(new Linear(8, 128), new CenteredLayer()).call(Tensor.rand(4, 8));
    assertEquals(0, y.mean().item(), 1e-6);
    Sequential net = new Sequential(new MyLinear(64, 8), new MyLinear(8, 1));
    assertEquals(List.of(2L, 1L), shape(net.call(Tensor.rand(2, 64))));
    assertEquals(
        List.of("0.weight", "0.bias", "1.weight", "1.bias"),
        List.copyOf(net.namedParameters().keySet()));
  }

  @Test
  void linearRegressionFromProducts() {
    Tensor trueWeight = Tensor.of(new float[] {2, -3.4f}, 2, 1);
    Tensor x = Tensor.randn(200, 2);
    Tensor y = x.mm(trueWeight).add(4.2);
    Tensor w = Tensor.randn(2, 1).mul(0.01).requiresGrad_(true);
    Tensor b = Tensor.zeros(1).requiresGrad_(true);
    SGD optimizer = new SGD(List.of(w, b), 0.1);
    for (int step = 0; step < 100; step++) {
      Tensor loss = x.mm(w).add(b).sub(y).square().mean();
      optimizer.zeroGrad();
      loss.backward();
      optimizer.step();
    }
    assertArrayEquals(new double[] {2, -3.4}, w.toDoubleArray(), 1e-3);
    assertEquals(4.2, b.item(), 1e-3);
  }

  static final class MnistNet extends Module {
    final Conv2d conv1 = new Conv2d(1, 10, 5);
    final Conv2d conv2 = new Conv2d(10, 20, 5);
    final Dropout2d conv2Drop = new Dropout2d();
    final Linear fc1 = new Linear(320, 50);
    final Linear fc2 = new Linear(50, 10);

    @Override
    protected Tensor forward(Tensor input) {
      Tensor x = Functional.relu(Functional.maxPool2d(conv1.call(input), 2));
      x = Functional.relu(Functional.maxPool2d(conv2Drop.call(conv2.call(x)), 2));
      x = x.view(-1, 320);
      x = Functional.dropout(Functional.relu(fc1.call(x)), 0.5, isTraining());
      return Functional.logSoftmax(fc2.call(x));
    }
  }

  @Test
  void mnistNet() {
    MnistNet net = new MnistNet();
    Tensor y = net.call(Tensor.rand(4, 1, 28, 28));
    assertEquals(List.of(4L, 10L), shape(y));
    assertArrayEquals(new double[] {1, 1, 1, 1}, y.exp().sum(1).toDoubleArray(), 1e-5);
    assertEquals("LogSoftmaxBackward0", y.gradFn().orElseThrow());
    new NLLLoss().call(y, Tensor.of(new long[] {3, 1, 4, 1})).backward();
    assertTrue(net.parameters().stream().allMatch(p -> p.grad() != null));
    assertEquals(
        """
        MnistNet(
          (conv1): Conv2d(1, 10, kernel_size=(5, 5), stride=(1, 1))
          (conv2): Conv2d(10, 20, kernel_size=(5, 5), stride=(1, 1))
          (conv2_drop): Dropout2d(p=0.5, inplace=False)
          (fc1): Linear(in_features=320, out_features=50, bias=True)
          (fc2): Linear(in_features=50, out_features=10, bias=True)
        )\
        """,
        net.toString());
  }
}
