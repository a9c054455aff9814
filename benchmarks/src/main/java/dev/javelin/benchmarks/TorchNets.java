package dev.javelin.benchmarks;

import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;
import static org.bytedeco.pytorch.global.torch.dropout;
import static org.bytedeco.pytorch.global.torch.feature_dropout;
import static org.bytedeco.pytorch.global.torch.log_softmax;
import static org.bytedeco.pytorch.global.torch.max_pool2d;
import static org.bytedeco.pytorch.global.torch.nll_loss;
import static org.bytedeco.pytorch.global.torch.relu;

import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.BatchNorm2dImpl;
import org.bytedeco.pytorch.BatchNormOptions;
import org.bytedeco.pytorch.Conv2dImpl;
import org.bytedeco.pytorch.Conv2dOptions;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Optimizer;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.StringTensorDictItem;
import org.bytedeco.pytorch.StringTensorDictItemVector;
import org.bytedeco.pytorch.Tensor;

/// The networks and optimisers on libtorch.
final class TorchNets {
  private static final double DROPPED = 0.5;

  private TorchNets() {}

  /// A network of one input and one output.
  abstract static class Net extends Module {
    abstract Tensor forward(Tensor x);

    Tensor loss(Tensor output, Tensor classes) {
      return cross_entropy_loss(output, classes);
    }
  }

  /// A network with the parameters of [Data].
  static Net make(Job.Net net) {
    Net made =
        switch (net) {
          case MLP -> new Mlp();
          case MNIST -> new Mnist();
          case CNN -> new Cnn();
        };
    try (var _ = new NoGradGuard()) {
      StringTensorDictItemVector parameters = made.named_parameters().items();
      for (int i = 0; i < parameters.size(); i++) {
        StringTensorDictItem item = parameters.get(i);
        Tensor parameter = item.value();
        long[] shape = parameter.sizes().vec().get();
        float[] values = Data.parameter(i, item.key().getString(), shape);
        parameter.copy_(TorchSide.tensor(values, shape));
      }
    }
    return made;
  }

  /// An optimiser of a network's parameters.
  static Optimizer optimizer(Job.Rule rule, Net net) {
    return switch (rule) {
      case SGD -> new SGD(net.parameters(), new SGDOptions(Job.Rule.LEARNING_RATE));
      case MOMENTUM -> {
        var options = new SGDOptions(Job.Rule.MOMENTUM_LEARNING_RATE);
        options.momentum().put(Job.Rule.MOMENTUM_FACTOR);
        yield new SGD(net.parameters(), options);
      }
      case ADAM -> new Adam(net.parameters(), new AdamOptions(Job.Rule.ADAM_LEARNING_RATE));
    };
  }

  private static final class Mlp extends Net {
    private final LinearImpl first = register_module("first", new LinearImpl(784, 512));
    private final LinearImpl second = register_module("second", new LinearImpl(512, 512));
    private final LinearImpl third = register_module("third", new LinearImpl(512, 10));

    @Override
    Tensor forward(Tensor x) {
      return third.forward(relu(second.forward(relu(first.forward(x)))));
    }
  }

  private static final class Mnist extends Net {
    private final Conv2dImpl conv1 = register_module("conv1", conv(1, 10, 5, 0));
    private final Conv2dImpl conv2 = register_module("conv2", conv(10, 20, 5, 0));
    private final LinearImpl fc1 = register_module("fc1", new LinearImpl(320, 50));
    private final LinearImpl fc2 = register_module("fc2", new LinearImpl(50, 10));

    @Override
    Tensor forward(Tensor x) {
      boolean training = is_training();
      Tensor h = relu(max_pool2d(conv1.forward(x), 2, 2));
      h = relu(max_pool2d(feature_dropout(conv2.forward(h), DROPPED, training), 2, 2));
      h = relu(fc1.forward(h.view(-1, 320)));
      return log_softmax(fc2.forward(dropout(h, DROPPED, training)), 1);
    }

    @Override
    Tensor loss(Tensor output, Tensor classes) {
      return nll_loss(output, classes);
    }
  }

  private static final class Cnn extends Net {
    private final Conv2dImpl conv1 = register_module("conv1", conv(1, 32, 3, 1));
    private final BatchNorm2dImpl norm1 = register_module("norm1", norm(32));
    private final Conv2dImpl conv2 = register_module("conv2", conv(32, 64, 3, 1));
    private final BatchNorm2dImpl norm2 = register_module("norm2", norm(64));
    private final LinearImpl fc1 = register_module("fc1", new LinearImpl(3136, 128));
    private final LinearImpl fc2 = register_module("fc2", new LinearImpl(128, 10));

    @Override
    Tensor forward(Tensor x) {
      Tensor h = max_pool2d(relu(norm1.forward(conv1.forward(x))), 2, 2);
      h = max_pool2d(relu(norm2.forward(conv2.forward(h))), 2, 2);
      return fc2.forward(relu(fc1.forward(h.view(-1, 3136))));
    }
  }

  private static BatchNorm2dImpl norm(long channels) {
    return new BatchNorm2dImpl(new BatchNormOptions(channels));
  }

  private static Conv2dImpl conv(long in, long out, long kernel, long padding) {
    var options = new Conv2dOptions(in, out, new LongPointer(kernel, kernel));
    options.padding().put(new LongPointer(padding, padding));
    return new Conv2dImpl(options);
  }
}
