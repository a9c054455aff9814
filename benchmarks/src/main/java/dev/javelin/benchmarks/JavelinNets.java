package dev.javelin.benchmarks;

import dev.javelin.Javelin;
import dev.javelin.Parameter;
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
import dev.javelin.optim.Adam;
import dev.javelin.optim.Optimizer;
import dev.javelin.optim.SGD;
import java.util.List;
import java.util.Map;

/// The networks and optimisers on Javelin.
final class JavelinNets {
  private JavelinNets() {}

  /// A network with the parameters of [Data].
  static Module make(Job.Net net) {
    Module made =
        switch (net) {
          case MLP -> mlp();
          case MNIST -> mnist();
          case CNN -> cnn();
        };
    Javelin.noGrad(
        () -> {
          int index = 0;
          for (Map.Entry<String, Parameter> entry : made.namedParameters().entrySet()) {
            Parameter parameter = entry.getValue();
            long[] shape = parameter.shape().toArray();
            parameter.copy_(Tensor.of(Data.parameter(index++, entry.getKey(), shape), shape));
          }
        });
    return made;
  }

  /// The loss a network is trained with.
  static Module loss(Job.Net net) {
    return net == Job.Net.MNIST ? new NLLLoss() : new CrossEntropyLoss();
  }

  /// An optimiser of a network's parameters.
  static Optimizer optimizer(Job.Rule rule, Module net) {
    List<Parameter> parameters = net.parameters();
    return switch (rule) {
      case SGD -> new SGD(parameters, Job.Rule.LEARNING_RATE);
      case MOMENTUM ->
          new SGD(
              parameters,
              SGD.Options.of(Job.Rule.MOMENTUM_LEARNING_RATE)
                  .withMomentum(Job.Rule.MOMENTUM_FACTOR));
      case ADAM -> new Adam(parameters, Job.Rule.ADAM_LEARNING_RATE);
    };
  }

  private static Module mlp() {
    return new Sequential(
        new Linear(784, 512), new ReLU(), new Linear(512, 512), new ReLU(), new Linear(512, 10));
  }

  private static Module mnist() {
    return new Sequential(
        new Conv2d(1, 10, 5),
        new MaxPool2d(2),
        new ReLU(),
        new Conv2d(10, 20, 5),
        new Dropout2d(),
        new MaxPool2d(2),
        new ReLU(),
        new Flatten(),
        new Linear(320, 50),
        new ReLU(),
        new Dropout(),
        new Linear(50, 10),
        new LogSoftmax(1));
  }

  private static Module cnn() {
    Conv2d.Options padded = Conv2d.Options.DEFAULT.withPadding(1);
    return new Sequential(
        new Conv2d(1, 32, 3, padded),
        new BatchNorm2d(32),
        new ReLU(),
        new MaxPool2d(2),
        new Conv2d(32, 64, 3, padded),
        new BatchNorm2d(64),
        new ReLU(),
        new MaxPool2d(2),
        new Flatten(),
        new Linear(3136, 128),
        new ReLU(),
        new Linear(128, 10));
  }
}
