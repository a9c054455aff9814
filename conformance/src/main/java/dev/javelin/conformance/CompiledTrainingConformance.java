package dev.javelin.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.javelin.Compiled;
import dev.javelin.Javelin;
import dev.javelin.Scope;
import dev.javelin.Tensor;
import dev.javelin.nn.BatchNorm2d;
import dev.javelin.nn.Conv2d;
import dev.javelin.nn.CrossEntropyLoss;
import dev.javelin.nn.Dropout;
import dev.javelin.nn.Dropout2d;
import dev.javelin.nn.Embedding;
import dev.javelin.nn.Flatten;
import dev.javelin.nn.Linear;
import dev.javelin.nn.MaxPool2d;
import dev.javelin.nn.Module;
import dev.javelin.nn.ReLU;
import dev.javelin.nn.Sequential;
import dev.javelin.nn.TransformerEncoder;
import dev.javelin.nn.TransformerEncoderLayer;
import dev.javelin.optim.Adam;
import dev.javelin.optim.Optimizer;
import dev.javelin.optim.SGD;
import java.util.function.BinaryOperator;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Training, compiled: the losses of the plain steps, step by step. The nets are those of the examples in small, so that slow devices keep
/// up. `-Djavelin.steps=N` sets how many steps are compared.
public abstract class CompiledTrainingConformance extends Conformance {
  private static final int BATCH = 8;

  /// For subclasses.
  protected CompiledTrainingConformance() {}

  /// What is trained.
  enum Work {
    MLP(CompiledTrainingConformance::mlp, false),
    MLP_ADAM(CompiledTrainingConformance::mlp, true),
    CNN(CompiledTrainingConformance::cnn, true),
    MNIST_NET(CompiledTrainingConformance::mnistNet, false),
    TRANSFORMER(Characters::new, true);

    private final Supplier<Module> model;
    private final boolean adam;

    Work(Supplier<Module> model, boolean adam) {
      this.model = model;
      this.adam = adam;
    }
  }

  private static Module mlp() {
    return new Sequential(
        new Flatten(), new Linear(64, 24), new ReLU(), new Linear(24, 24), new ReLU(), last(24));
  }

  private static Linear last(int width) {
    return new Linear(width, 10);
  }

  private static Module cnn() {
    Conv2d.Options padded = Conv2d.Options.DEFAULT.withPadding(1);
    return new Sequential(
        new Conv2d(1, 4, 3, padded),
        new BatchNorm2d(4),
        new ReLU(),
        new MaxPool2d(2),
        new Conv2d(4, 6, 3, padded),
        new BatchNorm2d(6),
        new ReLU(),
        new MaxPool2d(2),
        new Flatten(),
        new Linear(6 * 2 * 2, 16),
        new ReLU(),
        last(16));
  }

  private static Module mnistNet() {
    return new Sequential(
        new Conv2d(1, 4, 3),
        new MaxPool2d(2),
        new ReLU(),
        new Conv2d(4, 6, 2),
        new Dropout2d(),
        new MaxPool2d(2),
        new ReLU(),
        new Flatten(),
        new Linear(6, 16),
        new ReLU(),
        new Dropout(),
        last(16));
  }

  /// Guesses the next of a few characters.
  private static final class Characters extends Module {
    static final int LENGTH = 6;
    private static final int WIDTH = 16;

    final Embedding embedding = new Embedding(10, WIDTH);
    final TransformerEncoder encoder =
        new TransformerEncoder(
            new TransformerEncoderLayer(
                WIDTH,
                2,
                TransformerEncoderLayer.Options.DEFAULT
                    .withDimFeedforward(2 * WIDTH)
                    .withBatchFirst(true)
                    .withDropout(0)),
            2);
    final Linear head = last(WIDTH);

    @Override
    protected Tensor forward(Tensor x) {
      return head.call(encoder.call(embedding.call(x)).select(1, LENGTH - 1));
    }
  }

  private int steps() {
    return Integer.getInteger("javelin.steps", isLong() ? 30 : 5);
  }

  private double[] losses(Work work, boolean compiled) {
    Javelin.manualSeed(7);
    Module model = work.model.get().to(device());
    Optimizer optimizer =
        work.adam ? new Adam(model.parameters(), 0.002) : new SGD(model.parameters(), 0.002);
    CrossEntropyLoss loss = new CrossEntropyLoss();
    BinaryOperator<Tensor> plain =
        (x, y) -> {
          optimizer.zeroGrad();
          Tensor value = loss.call(model.call(x), y);
          value.backward();
          optimizer.step();
          return value;
        };
    Compiled fast = Javelin.compile(plain);
    BinaryOperator<Tensor> step = compiled ? fast::call : plain;
    double[] losses = new double[steps()];
    for (int i = 0; i < losses.length; i++) {
      Javelin.manualSeed(100 + i);
      try (Scope _ = Scope.open()) {
        Tensor x =
            work == Work.TRANSFORMER
                ? Tensor.randint(0, 10, BATCH, Characters.LENGTH)
                : Tensor.rand(BATCH, 1, 8, 8);
        Tensor y = Tensor.randint(0, 10, BATCH).to(device());
        losses[i] = step.apply(x.to(device()), y).item();
      }
    }
    assertEquals(compiled, fast.kernelCount() > 0, fast.explain());
    return losses;
  }

  /// Each net.
  ///
  /// @return the tests
  @TestFactory
  Stream<DynamicTest> losses() {
    return Stream.of(Work.values())
        .map(work -> DynamicTest.dynamicTest(work.name(), () -> check(work)));
  }

  private void check(Work work) {
    double[] wanted = losses(work, false);
    double[] got = losses(work, true);
    for (int i = 0; i < wanted.length; i++) {
      assertEquals(wanted[i], got[i], 2e-3 * (1 + wanted[i]), "step " + i);
    }
  }
}
