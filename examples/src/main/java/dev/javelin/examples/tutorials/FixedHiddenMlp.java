package dev.javelin.examples.tutorials;

import dev.javelin.Javelin;
import dev.javelin.Tensor;
import dev.javelin.nn.Linear;
import dev.javelin.nn.Module;
import dev.javelin.nn.ReLU;
import dev.javelin.nn.Sequential;
import java.io.PrintWriter;

/// `forward` is plain Java: a constant that is not trained, a layer used twice, a loop whose length depends on values.
final class FixedHiddenMlp {
  private FixedHiddenMlp() {}

  /// 20 features to one number.
  static final class Net extends Module {
    /// A buffer moves with `to(device)` but is no parameter.
    final Tensor randWeight = registerBuffer("rand_weight", Tensor.rand(20, 20), false);

    final Linear linear = new Linear(20, 20);

    @Override
    protected Tensor forward(Tensor input) {
      Tensor x = linear.call(input);
      x = x.mm(randWeight).add(1).relu();
      x = linear.call(x); // the same parameters again
      while (x.abs().sum().item() > 1) {
        x.div_(2);
      }
      return x.sum();
    }
  }

  /// A network of networks.
  static final class NestMlp extends Module {
    final Sequential net =
        new Sequential(new Linear(20, 64), new ReLU(), new Linear(64, 32), new ReLU());
    final Linear linear = new Linear(32, 16);

    @Override
    protected Tensor forward(Tensor x) {
      return linear.call(net.call(x));
    }
  }

  static void run(Example.Settings settings, PrintWriter out) {
    Javelin.manualSeed(0);
    Tensor x = Tensor.rand(2, 20).to(settings.device()); // [batch, features]
    Net net = new Net();
    net.to(settings.device());
    Tensor y = net.call(x);
    out.println(y);
    y.backward();
    out.println(net.linear.weight.grad().shape());
    out.println(net.namedParameters().keySet());

    Module chimera = new Sequential(new NestMlp(), new Linear(16, 20), new Net());
    chimera.to(settings.device());
    out.println(chimera);
    out.println(chimera.call(x));
  }
}
