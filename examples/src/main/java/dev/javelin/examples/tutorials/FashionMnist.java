package dev.javelin.examples.tutorials;

import dev.javelin.Device;
import dev.javelin.Javelin;
import dev.javelin.Tensor;
import dev.javelin.data.Batch;
import dev.javelin.data.DataLoader;
import dev.javelin.data.FashionMNIST;
import dev.javelin.data.ImageDataset;
import dev.javelin.data.Transforms;
import dev.javelin.nn.CrossEntropyLoss;
import dev.javelin.nn.Flatten;
import dev.javelin.nn.Linear;
import dev.javelin.nn.Module;
import dev.javelin.nn.ReLU;
import dev.javelin.nn.Sequential;
import dev.javelin.optim.Optimizer;
import dev.javelin.optim.SGD;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;

/// PyTorch's quickstart, step by step, with what it prints.
final class FashionMnist {
  private static final int BATCH = 64;
  private static final int EPOCHS = 5;
  private static final double LEARNING_RATE = 1e-3;

  private FashionMnist() {}

  /// The classifier.
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

  static void run(Example.Settings settings, PrintWriter out) {
    ImageDataset training = FashionMNIST.load(settings.data(), true, Transforms.toTensor());
    ImageDataset test = FashionMNIST.load(settings.data(), false, Transforms.toTensor());
    run(
        training,
        test,
        settings.device(),
        settings.epochs().orElse(EPOCHS),
        settings.file().orElse(Path.of("model.pth")),
        out);
  }

  static void run(
      ImageDataset training,
      ImageDataset test,
      Device device,
      int epochs,
      Path file,
      PrintWriter out) {
    Javelin.manualSeed(0);
    DataLoader trainLoader = new DataLoader(training, BATCH);
    DataLoader testLoader = new DataLoader(test, BATCH);
    Batch first = testLoader.iterator().next();
    out.printf("Shape of X [N, C, H, W]: %s%n", first.x().shape());
    out.printf("Shape of y: %s %s%n", first.y().shape(), first.y().dtype());

    out.printf("Using %s device%n", device.type());
    Module model = new NeuralNetwork().to(device);
    out.println(model);

    CrossEntropyLoss loss = new CrossEntropyLoss();
    Optimizer optimizer = new SGD(model.parameters(), LEARNING_RATE);
    for (int epoch = 1; epoch <= epochs; epoch++) {
      out.printf("Epoch %s%n-------------------------------%n", Integer.toString(epoch));
      train(trainLoader, model, loss, optimizer, device, out);
      test(testLoader, model, loss, device, out);
    }
    out.println("Done!");

    Javelin.save(model.stateDict(), file);
    out.printf("Saved PyTorch Model State to %s%n", file.getFileName());
    Module loaded = new NeuralNetwork().to(device);
    loaded.loadStateDict(Javelin.load(file).stateDict());
    loaded.eval();
    Tensor guess = Javelin.noGrad(() -> loaded.call(first.x().to(device)).argmax(1));
    out.printf(
        "Predicted: \"%s\", Actual: \"%s\"%n",
        name(test, guess.toLongArray()[0]), name(test, first.y().toLongArray()[0]));
    out.flush();
  }

  private static String name(ImageDataset data, long label) {
    return data.images().classNames().get(Math.toIntExact(label));
  }

  private static void train(
      DataLoader loader,
      Module model,
      CrossEntropyLoss loss,
      Optimizer optimizer,
      Device device,
      PrintWriter out) {
    model.train();
    int batches = 0;
    for (Batch batch : loader) {
      try (var _ = batch.scope()) {
        Tensor x = batch.x().to(device);
        Tensor y = batch.y().to(device);
        Tensor value = loss.call(model.call(x), y);
        value.backward();
        optimizer.step();
        optimizer.zeroGrad();
        if (batches % 100 == 0) {
          long seen = (long) batches * BATCH + batch.size();
          out.printf(
              Locale.ROOT, "loss: %7f  [%5d/%5d]%n", value.item(), seen, loader.dataset().size());
          out.flush();
        }
      }
      batches++;
    }
  }

  private static void test(
      DataLoader loader, Module model, CrossEntropyLoss loss, Device device, PrintWriter out) {
    model.eval();
    double sum = 0;
    long correct = 0;
    for (Batch batch : loader) {
      try (var _ = batch.scope()) {
        Tensor y = batch.y().to(device);
        Tensor guess = Javelin.noGrad(() -> model.call(batch.x().to(device)));
        sum += loss.call(guess, y).item();
        correct += guess.argmax(1).eq(y).sum().itemLong();
      }
    }
    out.printf(
        Locale.ROOT,
        "Test Error: %n Accuracy: %.1f%%, Avg loss: %8f %n%n",
        100.0 * correct / loader.dataset().size(),
        sum / loader.size());
  }
}
