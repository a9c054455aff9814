package dev.javelin.examples.tutorials;

import dev.javelin.Device;
import dev.javelin.Javelin;
import dev.javelin.Tensor;
import dev.javelin.data.Batch;
import dev.javelin.data.DataLoader;
import dev.javelin.data.ImageDataset;
import dev.javelin.data.MNIST;
import dev.javelin.data.Transforms;
import dev.javelin.nn.Conv2d;
import dev.javelin.nn.Dropout2d;
import dev.javelin.nn.Functional;
import dev.javelin.nn.Linear;
import dev.javelin.nn.Module;
import dev.javelin.optim.Optimizer;
import dev.javelin.optim.SGD;
import java.io.PrintWriter;
import java.util.Locale;

/// PyTorch's MNIST example of two convolutions, with dropout and log-softmax, in functional style.
final class MnistNet {
  private static final int BATCH = 64;
  private static final int TEST_BATCH = 1000;
  private static final int EPOCHS = 3;
  private static final int LOG_INTERVAL = 100;

  private MnistNet() {}

  /// Layers with parameters are fields, the rest are functions.
  static final class Net extends Module {
    final Conv2d conv1 = new Conv2d(1, 10, 5);
    final Conv2d conv2 = new Conv2d(10, 20, 5);
    final Dropout2d conv2Drop = new Dropout2d();
    final Linear fc1 = new Linear(320, 50);
    final Linear fc2 = new Linear(50, 10);

    @Override
    protected Tensor forward(Tensor images) {
      Tensor x = Functional.maxPool2d(conv1.call(images), 2).relu(); // [batch, 10, 12, 12]
      x = Functional.maxPool2d(conv2Drop.call(conv2.call(x)), 2).relu(); // [batch, 20, 4, 4]
      x = fc1.call(x.view(-1, 320)).relu();
      x = fc2.call(Functional.dropout(x, 0.5, isTraining()));
      return x.logSoftmax(1);
    }
  }

  static void run(Example.Settings settings, PrintWriter out) {
    var transform = Transforms.compose(Transforms.toTensor(), Transforms.normalize(0.1307, 0.3081));
    ImageDataset training = MNIST.load(settings.data(), true, transform);
    ImageDataset test = MNIST.load(settings.data(), false, transform);
    run(training, test, settings.device(), settings.epochs().orElse(EPOCHS), out);
  }

  static void run(
      ImageDataset training, ImageDataset test, Device device, int epochs, PrintWriter out) {
    Javelin.manualSeed(1);
    DataLoader loader = new DataLoader(training, BATCH).withShuffle(true).withSeed(1);
    Module model = new Net().to(device);
    Optimizer optimizer = new SGD(model.parameters(), SGD.Options.of(0.01).withMomentum(0.5));
    for (int epoch = 1; epoch <= epochs; epoch++) {
      model.train();
      int batches = 0;
      for (Batch batch : loader) {
        try (var _ = batch.scope()) {
          optimizer.zeroGrad();
          Tensor output = model.call(batch.x().to(device));
          Tensor loss = Functional.nllLoss(output, batch.y().to(device));
          loss.backward();
          optimizer.step();
          if (batches % LOG_INTERVAL == 0) {
            out.printf(
                Locale.ROOT,
                "Train Epoch: %d [%d/%d (%.0f%%)]\tLoss: %.6f%n",
                epoch,
                batches * BATCH,
                training.size(),
                100.0 * batches / loader.size(),
                loss.item());
            out.flush();
          }
        }
        batches++;
      }
      test(model, test, device, out);
    }
  }

  private static void test(Module model, ImageDataset test, Device device, PrintWriter out) {
    model.eval();
    double sum = 0;
    long correct = 0;
    for (Batch batch : new DataLoader(test, TEST_BATCH)) {
      try (var _ = batch.scope()) {
        Tensor y = batch.y().to(device);
        Tensor output = Javelin.noGrad(() -> model.call(batch.x().to(device)));
        sum += Functional.nllLoss(output, y).item() * batch.size();
        correct += output.argmax(1).eq(y).sum().itemLong();
      }
    }
    out.printf(
        Locale.ROOT,
        "%nTest set: Average loss: %.4f, Accuracy: %d/%d (%.0f%%)%n%n",
        sum / test.size(),
        correct,
        test.size(),
        100.0 * correct / test.size());
    out.flush();
  }
}
