package dev.javelin.examples;

import dev.javelin.nn.Module;
import dev.javelin.optim.Adam;
import dev.javelin.optim.Optimizer;
import dev.javelin.optim.SGD;
import java.util.Locale;

/// The optimisers of the command line.
enum OptimizerChoice {
  SGD(0.1),
  ADAM(1e-3);

  private final double defaultRate;

  OptimizerChoice(double defaultRate) {
    this.defaultRate = defaultRate;
  }

  double defaultRate() {
    return defaultRate;
  }

  Optimizer create(Module model, double lr) {
    return switch (this) {
      case SGD -> new SGD(model.parameters(), lr);
      case ADAM -> new Adam(model.parameters(), lr);
    };
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
