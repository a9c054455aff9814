package dev.javelin.examples.tutorials;

import dev.javelin.Device;
import dev.javelin.Javelin;
import dev.javelin.Scope;
import dev.javelin.Tensor;
import java.io.PrintWriter;
import java.util.Locale;

/// Linear regression without layers or optimisers: a product, a loss, gradients, and an update by hand.
final class LinearRegression {
  private static final int SAMPLES = 1000;
  private static final int BATCH = 10;
  private static final int EPOCHS = 3;
  private static final double LEARNING_RATE = 0.03;

  private LinearRegression() {}

  static void run(Example.Settings settings, PrintWriter out) {
    Device device = settings.device();
    Javelin.manualSeed(0);
    Tensor trueW = Tensor.of(new float[] {2, -3.4f}).reshape(2, 1).to(device); // [features, 1]
    double trueB = 4.2;
    Tensor features = Tensor.randn(SAMPLES, 2).to(device);
    Tensor noise = Tensor.randn(SAMPLES, 1).mul(0.01).to(device);
    Tensor labels = features.mm(trueW).add(trueB).add(noise);

    Tensor w = Tensor.randn(2, 1).mul(0.01).to(device).requiresGrad_(true);
    Tensor b = Tensor.zeros(1).to(device).requiresGrad_(true);
    for (int epoch = 1; epoch <= EPOCHS; epoch++) {
      for (int from = 0; from < SAMPLES; from += BATCH) {
        try (Scope _ = Scope.open()) {
          Tensor x = features.narrow(0, from, BATCH);
          Tensor y = labels.narrow(0, from, BATCH);
          squaredLoss(x.mm(w).add(b), y).backward();
          Javelin.noGrad(
              () -> {
                for (Tensor parameter : new Tensor[] {w, b}) {
                  parameter.sub_(parameter.grad().mul(LEARNING_RATE));
                  parameter.grad().zero_();
                }
              });
        }
      }
      double loss = Javelin.noGrad(() -> squaredLoss(features.mm(w).add(b), labels).item());
      out.printf(Locale.ROOT, "epoch %d, loss %.6f%n", epoch, loss);
    }
    out.printf(
        Locale.ROOT,
        "error of w: %.3f, error of b: %.3f%n",
        w.sub(trueW).abs().max().item(),
        b.sub(trueB).abs().item());
  }

  private static Tensor squaredLoss(Tensor guess, Tensor y) {
    return guess.sub(y).square().div(2).mean();
  }
}
