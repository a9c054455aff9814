package dev.javelin.examples.tutorials;

import dev.javelin.Device;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/// The examples, by the names users write.
public enum Example {
  /// The MLP 20-256-10 as a sequence, as a block of its own, and as a sequence of one's own.
  MLP_FORMS("one network written in three ways", MlpForms::run),
  /// A network with a constant matrix, a layer used twice and a loop that depends on values.
  FIXED_HIDDEN_MLP("a constant, a shared layer and a while loop", FixedHiddenMlp::run),
  /// Layers written by hand: one without parameters, one with.
  CUSTOM_LAYERS("layers of one's own, without and with parameters", CustomLayers::run),
  /// Linear regression from matrix products.
  LINEAR_REGRESSION("a line fitted with matrix products and autograd alone", LinearRegression::run),
  /// Tensors, lists, maps and the parameters of a model, saved and loaded.
  SAVE_LOAD("tensors, lists, maps and models in files", SaveLoad::run),
  /// The classifier of PyTorch's quickstart on Fashion-MNIST.
  FASHION_MNIST("PyTorch's quickstart: train, test, save, load, predict", FashionMnist::run),
  /// The network of PyTorch's MNIST example.
  MNIST("PyTorch's MNIST example: a small convolutional network", MnistNet::run),
  /// A transformer that learns to continue a text, character by character.
  CHAR_TRANSFORMER("a transformer that learns a text by its characters", CharTransformer::run);

  private final String description;
  private final Program program;

  Example(String description, Program program) {
    this.description = description;
    this.program = program;
  }

  /// What an example does.
  @FunctionalInterface
  interface Program {
    void run(Settings settings, PrintWriter out);
  }

  /// What an example may be told. Not every example asks for everything.
  ///
  /// @param device where to compute
  /// @param data the directory of the data set, else it is looked for
  /// @param epochs how often to go through the data, else as often as the tutorial does
  /// @param file a text to learn from, or the directory to write to
  public record Settings(
      Device device, Optional<Path> data, OptionalInt epochs, Optional<Path> file) {}

  /// What it shows.
  ///
  /// @return a few words
  public String description() {
    return description;
  }

  /// Runs it.
  ///
  /// @param settings the device and arguments
  /// @param out where it prints
  public void run(Settings settings, PrintWriter out) {
    program.run(settings, out);
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
