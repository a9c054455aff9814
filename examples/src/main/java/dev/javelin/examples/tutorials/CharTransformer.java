package dev.javelin.examples.tutorials;

import dev.javelin.Device;
import dev.javelin.Javelin;
import dev.javelin.Parameter;
import dev.javelin.Scope;
import dev.javelin.Tensor;
import dev.javelin.nn.Embedding;
import dev.javelin.nn.Functional;
import dev.javelin.nn.LayerNorm;
import dev.javelin.nn.Linear;
import dev.javelin.nn.Module;
import dev.javelin.nn.MultiheadAttention.Masks;
import dev.javelin.nn.TransformerEncoder;
import dev.javelin.nn.TransformerEncoderLayer;
import dev.javelin.optim.AdamW;
import dev.javelin.optim.Optimizer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/// A transformer that reads a text and learns which character comes next; then it writes one of its own.
///
/// Without a text it learns sums in words ("seven plus five is twelve."), so that one sees whether it has understood anything.
final class CharTransformer {
  /// What is trained, and for how long.
  ///
  /// @param context how many characters it sees
  /// @param width the size of a character's vector, a multiple of the heads
  /// @param layers how many layers
  /// @param batch how many pieces of text in a step
  /// @param steps how many steps
  record Size(int context, int width, int layers, int batch, int steps) {
    static final int HEADS = 4;
  }

  private static final Size USUAL = new Size(64, 128, 3, 32, 1000);
  private static final int STEPS_PER_EPOCH = 500;
  private static final int LOG_INTERVAL = 100;
  private static final double LEARNING_RATE = 1e-3;
  private static final int SAMPLE = 400;

  private CharTransformer() {}

  /// The model: `[batch, time]` characters to `[batch, time, vocabulary]` logits.
  static final class Net extends Module {
    final Embedding tokens;
    final Parameter positions; // [context, width]
    final TransformerEncoder encoder;
    final Linear head;

    Net(int vocabulary, Size size) {
      tokens = new Embedding(vocabulary, size.width());
      positions = new Parameter(Tensor.randn(size.context(), size.width()).mul(0.02));
      var options =
          TransformerEncoderLayer.Options.DEFAULT
              .withDimFeedforward(4L * size.width())
              .withDropout(0)
              .withActivation(TransformerEncoderLayer.Activation.GELU)
              .withBatchFirst(true)
              .withNormFirst(true);
      encoder =
          new TransformerEncoder(
              new TransformerEncoderLayer(size.width(), Size.HEADS, options),
              size.layers(),
              new LayerNorm(size.width()));
      head = new Linear(size.width(), vocabulary);
    }

    @Override
    protected Tensor forward(Tensor x) {
      Tensor vectors = tokens.call(x).add(positions.narrow(0, 0, x.size(1)));
      return head.call(encoder.encode(vectors, Masks.CAUSAL));
    }
  }

  /// The characters of a text, sorted, and the text as numbers.
  private record Corpus(String vocabulary, long[] codes) {
    static Corpus of(String text) {
      int[] characters = text.chars().sorted().distinct().toArray();
      String vocabulary = new String(characters, 0, characters.length);
      return new Corpus(vocabulary, text.chars().mapToLong(vocabulary::indexOf).toArray());
    }
  }

  static void run(Example.Settings settings, PrintWriter out) {
    String text = settings.file().map(CharTransformer::read).orElseGet(CharTransformer::sums);
    int steps = settings.epochs().isPresent() ? settings.epochs().getAsInt() * STEPS_PER_EPOCH : 0;
    Size size =
        steps == 0
            ? USUAL
            : new Size(USUAL.context(), USUAL.width(), USUAL.layers(), USUAL.batch(), steps);
    run(text, size, settings.device(), out);
  }

  /// Learns a text and writes.
  ///
  /// @return the mean loss of the last steps
  static double run(String text, Size size, Device device, PrintWriter out) {
    Corpus corpus = Corpus.of(text);
    if (corpus.codes().length <= size.context() + 1) {
      throw new IllegalArgumentException(
          "char-transformer: expected a text of more than "
              + (size.context() + 1)
              + " characters, got "
              + corpus.codes().length);
    }
    Javelin.manualSeed(0);
    Module model = new Net(corpus.vocabulary().length(), size).to(device);
    out.printf(
        Locale.ROOT,
        "%,d characters, %d different; %,d parameters; using %s device%n",
        corpus.codes().length,
        corpus.vocabulary().length(),
        model.parameters().stream().mapToLong(Tensor::numel).sum(),
        device.type());
    double loss = train(model, corpus, size, device, out);
    model.eval();
    out.println(write(model, corpus, size, device));
    out.flush();
    return loss;
  }

  private static double train(
      Module model, Corpus corpus, Size size, Device device, PrintWriter out) {
    Optimizer optimizer = new AdamW(model.parameters(), LEARNING_RATE);
    Tensor codes = Tensor.of(corpus.codes()).to(device); // [characters]
    Tensor window = Tensor.arange(size.context() + 1).to(device); // [time + 1]
    double sum = 0;
    double mean = 0;
    int counted = 0;
    for (int step = 1; step <= size.steps(); step++) {
      try (Scope _ = Scope.open()) {
        long last = corpus.codes().length - size.context() - 1L;
        Tensor starts = Tensor.randint(0, last, size.batch(), 1).to(device); // [batch, 1]
        Tensor places = starts.add(window).reshape(-1);
        Tensor piece = codes.indexSelect(0, places).reshape(size.batch(), size.context() + 1);
        Tensor x = piece.narrow(1, 0, size.context()); // [batch, time]
        Tensor y = piece.narrow(1, 1, size.context()); // [batch, time]
        optimizer.zeroGrad();
        Tensor logits = model.call(x); // [batch, time, vocabulary]
        Tensor loss = Functional.crossEntropy(logits.flatten(0, 1), y.reshape(-1));
        loss.backward();
        optimizer.step();
        sum += loss.item();
        counted++;
      }
      if (step % LOG_INTERVAL == 0 || step == size.steps()) {
        mean = sum / counted;
        out.printf(Locale.ROOT, "step %d/%d: loss %.4f%n", step, size.steps(), mean);
        out.flush();
        sum = 0;
        counted = 0;
      }
    }
    return mean;
  }

  /// Draws character after character from what the model thinks likely.
  private static String write(Module model, Corpus corpus, Size size, Device device) {
    var random = new SplittableRandom(0);
    long[] written = new long[SAMPLE + 1];
    written[0] = Math.max(0, corpus.vocabulary().indexOf('\n'));
    StringBuilder text = new StringBuilder();
    for (int n = 1; n < written.length; n++) {
      long[] seen = Arrays.copyOfRange(written, Math.max(0, n - size.context()), n);
      try (Scope _ = Scope.open()) {
        Tensor x = Tensor.of(seen).reshape(1, -1).to(device);
        Tensor next = Javelin.noGrad(() -> model.call(x).select(1, -1).softmax(1));
        written[n] = draw(next.toFloatArray(), random.nextDouble());
      }
      text.append(corpus.vocabulary().charAt(Math.toIntExact(written[n])));
    }
    return text.toString();
  }

  /// The class whose part of the interval from 0 to 1 a number falls into.
  private static int draw(float[] probabilities, double number) {
    double sum = 0;
    for (int i = 0; i < probabilities.length; i++) {
      sum += probabilities[i];
      if (number < sum) {
        return i;
      }
    }
    return probabilities.length - 1;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the text " + file + ": " + e.getMessage(), e);
    }
  }

  /// Sums of numbers up to ten, in words, in a random order.
  static String sums() {
    List<String> words =
        List.of(
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty");
    var random = new SplittableRandom(0);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 4000; i++) {
      int a = random.nextInt(11);
      int b = random.nextInt(11);
      text.append(words.get(a)).append(" plus ").append(words.get(b)).append(" is ");
      text.append(words.get(a + b)).append(".\n");
    }
    return text.toString();
  }
}
