package dev.javelin.examples.tutorials;

import dev.javelin.Javelin;
import dev.javelin.Tensor;
import dev.javelin.nn.Linear;
import dev.javelin.nn.Module;
import dev.javelin.nn.ReLU;
import dev.javelin.nn.Sequential;
import java.io.PrintWriter;

/// The MLP 20-256-10 in three forms: the library's sequence, a block of its own, and a sequence written by hand.
final class MlpForms {
  private MlpForms() {}

  /// A block: layers as fields, the computation in `forward`.
  static final class Mlp extends Module {
    final Linear hidden = new Linear(20, 256);
    final Linear out = new Linear(256, 10);

    @Override
    protected Tensor forward(Tensor x) {
      return out.call(hidden.call(x).relu());
    }
  }

  /// What [Sequential] does.
  static final class MySequential extends Module {
    MySequential(Module... modules) {
      for (int i = 0; i < modules.length; i++) {
        registerModule(Integer.toString(i), modules[i]);
      }
    }

    @Override
    protected Tensor forward(Tensor input) {
      Tensor x = input;
      for (Module module : children()) {
        x = module.call(x);
      }
      return x;
    }
  }

  static void run(Example.Settings settings, PrintWriter out) {
    Javelin.manualSeed(0);
    Tensor x = Tensor.rand(2, 20).to(settings.device()); // [batch, features]
    Module[] forms = {
      new Sequential(new Linear(20, 256), new ReLU(), new Linear(256, 10)),
      new Mlp(),
      new MySequential(new Linear(20, 256), new ReLU(), new Linear(256, 10))
    };
    for (Module net : forms) {
      net.to(settings.device());
      out.println(net);
      out.println(net.call(x).shape());
    }
    // The same parameters give the same numbers, whatever the form.
    forms[2].loadStateDict(forms[0].stateDict());
    out.println(forms[0].call(x).eq(forms[2].call(x)).all().item() == 1);
  }
}
