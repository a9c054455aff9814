package dev.javelin.examples.tutorials;

import dev.javelin.Javelin;
import dev.javelin.Parameter;
import dev.javelin.Tensor;
import dev.javelin.nn.Linear;
import dev.javelin.nn.Module;
import dev.javelin.nn.Sequential;
import java.io.PrintWriter;

/// Layers of one's own: a module needs nothing but `forward`; parameters are fields.
final class CustomLayers {
  private CustomLayers() {}

  /// Takes the mean away.
  static final class CenteredLayer extends Module {
    @Override
    protected Tensor forward(Tensor x) {
      return x.sub(x.mean());
    }
  }

  /// A linear layer followed by a ReLU.
  static final class MyLinear extends Module {
    final Parameter weight; // [in, units]
    final Parameter bias; // [units]

    MyLinear(long inUnits, long units) {
      weight = new Parameter(Tensor.randn(inUnits, units));
      bias = new Parameter(Tensor.randn(units));
    }

    @Override
    protected Tensor forward(Tensor x) {
      return x.matmul(weight).add(bias).relu();
    }
  }

  static void run(Example.Settings settings, PrintWriter out) {
    Javelin.manualSeed(0);
    CenteredLayer centered = new CenteredLayer();
    out.println(centered.call(Tensor.of(new float[] {1, 2, 3, 4, 5}).to(settings.device())));

    Module net = new Sequential(new Linear(8, 128), new CenteredLayer()).to(settings.device());
    Tensor mean = net.call(Tensor.rand(4, 8).to(settings.device())).mean();
    out.println(Math.abs(mean.item()) < 1e-6); // not exactly 0: sums are rounded

    MyLinear linear = new MyLinear(5, 3);
    linear.to(settings.device());
    out.println(linear.weight.shape());
    out.println(linear.call(Tensor.rand(2, 5).to(settings.device())).shape());
    Module two = new Sequential(new MyLinear(64, 8), new MyLinear(8, 1)).to(settings.device());
    out.println(two);
    out.println(two.call(Tensor.rand(2, 64).to(settings.device())).shape());
  }
}
