package dev.javelin.examples;

import dev.javelin.Device;
import dev.javelin.Javelin;
import dev.javelin.Tensor;
import dev.javelin.data.Batch;
import dev.javelin.data.DataLoader;
import dev.javelin.data.ImageDataset;
import dev.javelin.nn.Module;
import dev.javelin.optim.Optimizer;
import dev.javelin.train.Epoch;
import dev.javelin.train.Metric;
import dev.javelin.train.Trainer;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;
import java.util.function.BinaryOperator;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;

/// What `train` does with a model: epochs of batches, the accuracy on the test images after each, and a few guesses at the end.
final class Training {
  private static final int TEST_BATCH = 1000;
  private static final int SHOWN = 5;
  private static final double NANOS = 1e-9;

  private final Module model;
  private final BinaryOperator<Tensor> loss;
  private final Optimizer optimizer;
  private final DataChoice images;
  private final Device device;
  private final MixedPrecision precision;

  Training(
      Module model,
      BinaryOperator<Tensor> loss,
      Optimizer optimizer,
      DataChoice images,
      Device device,
      MixedPrecision precision) {
    this.model = model;
    this.loss = loss;
    this.optimizer = optimizer;
    this.images = images;
    this.device = device;
    this.precision = precision;
  }

  void run(int epochs, int batchSize, long seed, boolean compile, PrintWriter out) {
    long began = System.nanoTime();
    DataLoader train =
        new DataLoader(new ImageDataset(images.train()), batchSize)
            .withShuffle(true)
            .withSeed(seed)
            .withWorkers(1);
    DataLoader test = new DataLoader(new ImageDataset(images.test()), TEST_BATCH);
    try (ProgressBar bar = bar("training", (long) epochs * images.train().size())) {
      precision
          .apply(new Trainer(model, loss, optimizer))
          .withCompile(compile)
          .withMetric("test accuracy", Metric.ACCURACY)
          .onBatch(
              batch -> {
                if (bar.getCurrent() == 0) {
                  saySinceStart(out);
                }
                bar.stepBy(batch.size());
              })
          .onEpoch(epoch -> print(epoch, epochs, out))
          .fit(train, test, epochs);
    }
    showSome(out);
    out.printf(Locale.ROOT, "Total time %.2f s%n", (System.nanoTime() - began) * NANOS);
  }

  /// How long a user waits until there is something to see.
  private static void saySinceStart(PrintWriter out) {
    long now = System.currentTimeMillis();
    long start = ManagementFactory.getRuntimeMXBean().getStartTime();
    out.printf(Locale.ROOT, "First batch %.2f s after Java began%n", (now - start) * 1e-3);
    out.flush();
  }

  private static void print(Epoch epoch, int epochs, PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "epoch %s/%s: loss %.4f, test accuracy %.2f %%, %.2f s%n",
        epoch.number(),
        epochs,
        epoch.loss(),
        100 * epoch.metrics().get("test accuracy"),
        epoch.seconds());
    out.flush();
  }

  private void showSome(PrintWriter out) {
    model.eval();
    List<String> names = images.test().classNames();
    DataLoader few = new DataLoader(new ImageDataset(images.test().first(SHOWN)), SHOWN);
    Batch first = few.iterator().next();
    Tensor guess = Javelin.noGrad(() -> model.call(first.x().to(device)).argmax(1));
    long[] predicted = guess.toLongArray();
    long[] actual = first.y().toLongArray();
    for (int i = 0; i < predicted.length; i++) {
      out.printf(
          "Predicted: \"%s\", Actual: \"%s\"%n",
          names.get((int) predicted[i]), names.get((int) actual[i]));
    }
  }

  /// A bar on a terminal; nothing where the output goes to a file, which would be full of it.
  @SuppressWarnings("SystemConsoleNull") // it is null where the JVM has no console at all
  private static ProgressBar bar(String task, long samples) {
    boolean terminal = System.console() != null && System.console().isTerminal();
    return new ProgressBarBuilder()
        .setTaskName(task)
        .setInitialMax(samples)
        .setUnit(" samples", 1)
        .setStyle(ProgressBarStyle.ASCII)
        .showSpeed()
        .hideEta()
        .setUpdateIntervalMillis(200)
        .clearDisplayOnFinish()
        .setConsumer(terminal ? null : new Silent())
        .build();
  }

  /// Shows nothing.
  private static final class Silent implements ProgressBarConsumer {
    @Override
    public int getMaxRenderedLength() {
      return 0;
    }

    @Override
    public void accept(String rendered) {
      // There is no one to show it to.
    }

    @Override
    public void close() {
      // Nothing was opened.
    }
  }
}
