package dev.javelin.examples;

import dev.javelin.Device;
import dev.javelin.Devices;
import dev.javelin.Javelin;
import dev.javelin.nn.Module;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Trains a classifier on a data set and saves it: the main job.
@Command(
    name = "train",
    description = "Trains a classifier.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class TrainCommand implements Callable<Integer> {
  /// The data sets, by the names users write.
  enum DataName {
    FASHION_MNIST,
    MNIST;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DATA", description = "fashion-mnist or mnist")
  private String data;

  @Option(
      names = "--model",
      paramLabel = "NAME",
      description = "mlp, cnn or mnist-net (default: mlp)")
  private String model = "mlp";

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description = "cpu, cuda, opencl:1 ... (default: cpu)")
  private String device = "cpu";

  @Option(names = "--epochs", paramLabel = "N", description = "default: ${DEFAULT-VALUE}")
  private int epochs = 5;

  @Option(names = "--batch-size", paramLabel = "N", description = "default: ${DEFAULT-VALUE}")
  private int batchSize = 64;

  @Option(names = "--optimizer", paramLabel = "NAME", description = "sgd or adam (default: sgd)")
  private String optimizer = "sgd";

  @Option(
      names = "--lr",
      paramLabel = "X",
      description = "learning rate (default: 0.1 for sgd, 0.001 for adam)")
  private Double learningRate;

  @Option(names = "--seed", paramLabel = "N", description = "default: ${DEFAULT-VALUE}")
  private long seed = 1;

  @Option(
      names = "--amp",
      paramLabel = "DTYPE",
      description = "mixed precision: bf16, fp16 or none (default: none)")
  private String amp = "none";

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "where the data set is (default: looked for, else downloaded)")
  private Path directory;

  @Option(
      names = "--save",
      paramLabel = "FILE",
      description = "where the model goes (default: DATA-MODEL.safetensors)")
  private Path save;

  @Option(
      names = "--no-compile",
      description = "run each op by itself instead of whole training steps compiled")
  private boolean plain;

  @Override
  public Integer call() {
    DataName name = choose("DATA", DataName.values(), data);
    ModelChoice choice = choose("--model", ModelChoice.values(), model);
    MixedPrecision precision = choose("--amp", MixedPrecision.values(), amp);
    OptimizerChoice algorithm = choose("--optimizer", OptimizerChoice.values(), optimizer);
    positive("--epochs", epochs);
    positive("--batch-size", batchSize);
    double lr = learningRate == null ? algorithm.defaultRate() : learningRate;
    positive("--lr", lr);
    Path target = save == null ? Path.of(name + "-" + choice + ".safetensors") : save;
    SavedModel file = new SavedModel(target);
    file.checkWritable();
    // Reading the images takes about as long as loading the device's libraries and making the
    // network.
    Supplier<DataChoice> loading =
        DataChoice.begin(name.toString(), Optional.ofNullable(directory));
    Device chosen = Devices.get(device);
    PrintWriter out = spec.commandLine().getOut();
    Javelin.manualSeed(seed);
    Module network = choice.create().to(chosen);
    DataChoice images = loading.get();
    if (images.generated()) {
      out.printf("No %s here and no network: training on drawn garments instead%n", name);
    }
    out.printf("Using %s device%n", chosen.type());
    if (!chosen.type().equals("cpu")) {
      out.println(chosen.description());
    }
    out.println(network);
    out.flush();
    Training training =
        new Training(
            network, choice.loss(), algorithm.create(network, lr), images, chosen, precision);
    training.run(epochs, batchSize, seed, !plain, out);
    file.write(network);
    out.printf("Saved the model to %s%n", target);
    if (images.generated()) {
      out.printf("These figures are of drawn garments, not of %s%n", name);
    }
    out.flush();
    return 0;
  }

  private <T> T choose(String what, T[] choices, String given) {
    for (T choice : choices) {
      if (choice.toString().equals(given)) {
        return choice;
      }
    }
    StringBuilder known = new StringBuilder();
    for (T choice : choices) {
      known.append(known.isEmpty() ? "" : ", ").append(choice);
    }
    throw new ParameterException(
        spec.commandLine(), "%s: '%s' is none of %s".formatted(what, given, known));
  }

  private void positive(String what, double value) {
    if (!(value > 0)) {
      throw new ParameterException(
          spec.commandLine(), "%s: expected a number above 0, got %s".formatted(what, value));
    }
  }
}
