package dev.javelin.examples;

import dev.javelin.Tensor;
import dev.javelin.nn.BatchNorm2d;
import dev.javelin.nn.Conv2d;
import dev.javelin.nn.CrossEntropyLoss;
import dev.javelin.nn.Dropout;
import dev.javelin.nn.Dropout2d;
import dev.javelin.nn.Flatten;
import dev.javelin.nn.Linear;
import dev.javelin.nn.LogSoftmax;
import dev.javelin.nn.MaxPool2d;
import dev.javelin.nn.Module;
import dev.javelin.nn.NLLLoss;
import dev.javelin.nn.ReLU;
import dev.javelin.nn.Sequential;
import java.util.Locale;
import java.util.function.BinaryOperator;

/// The models of the command line, for images of 28 x 28 pixels in ten classes.
enum ModelChoice {
  MLP,
  CNN,
  MNIST_NET;

  Module create() {
    return switch (this) {
      case MLP -> new NeuralNetwork();
      case CNN -> new Cnn();
      case MNIST_NET -> new MnistNet();
    };
  }

  /// The loss that goes with the model's output: logits, or log-probabilities.
  BinaryOperator<Tensor> loss() {
    return switch (this) {
      case MLP, CNN -> new CrossEntropyLoss()::call;
      case MNIST_NET -> new NLLLoss()::call;
    };
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// The classifier of PyTorch's quickstart.
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

  /// Two blocks of convolution, batch norm and pooling, then two linear layers.
  static final class Cnn extends Module {
    final Sequential features =
        new Sequential(
            new Conv2d(1, 32, 3, Conv2d.Options.DEFAULT.withPadding(1)),
            new BatchNorm2d(32),
            new ReLU(),
            new MaxPool2d(2),
            new Conv2d(32, 64, 3, Conv2d.Options.DEFAULT.withPadding(1)),
            new BatchNorm2d(64),
            new ReLU(),
            new MaxPool2d(2));
    final Sequential classifier =
        new Sequential(new Flatten(), new Linear(64 * 7 * 7, 128), new ReLU(), new Linear(128, 10));

    @Override
    protected Tensor forward(Tensor x) {
      return classifier.call(features.call(x));
    }
  }

  /// The network of PyTorch's MNIST example.
  static final class MnistNet extends Module {
    final Conv2d conv1 = new Conv2d(1, 10, 5);
    final Conv2d conv2 = new Conv2d(10, 20, 5);
    final Dropout2d conv2Drop = new Dropout2d();
    final Linear fc1 = new Linear(320, 50);
    final Linear fc2 = new Linear(50, 10);
    private final MaxPool2d pool = new MaxPool2d(2);
    private final Dropout dropout = new Dropout();
    private final LogSoftmax logSoftmax = new LogSoftmax(1);

    @Override
    protected Tensor forward(Tensor image) {
      Tensor x = pool.call(conv1.call(image)).relu();
      x = pool.call(conv2Drop.call(conv2.call(x))).relu();
      x = fc1.call(x.reshape(-1, 320)).relu();
      return logSoftmax.call(fc2.call(dropout.call(x)));
    }
  }
}
