package dev.javelin.examples.tutorials;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Device;
import dev.javelin.Devices;
import dev.javelin.data.ImageDataset;
import dev.javelin.data.ImageFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Each example runs and prints what it should. Digits that depend on rounding are masked: `#` stands for one.
final class TutorialsTest {
  private static final Device CPU = Devices.cpu();

  @TempDir private Path folder;

  private static String output(Consumer<PrintWriter> program) {
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text);
    program.accept(out);
    out.flush();
    return text.toString().replace(System.lineSeparator(), "\n");
  }

  private String output(Example example) {
    var settings =
        new Example.Settings(CPU, Optional.empty(), OptionalInt.empty(), Optional.of(folder));
    return output(out -> example.run(settings, out));
  }

  private static String golden(String name) throws IOException {
    try (InputStream in = TutorialsTest.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void mlpInThreeForms() {
    assertEquals(
        """
        Sequential(
          (0): Linear(in_features=20, out_features=256, bias=True)
          (1): ReLU()
          (2): Linear(in_features=256, out_features=10, bias=True)
        )
        [2, 10]
        Mlp(
          (hidden): Linear(in_features=20, out_features=256, bias=True)
          (out): Linear(in_features=256, out_features=10, bias=True)
        )
        [2, 10]
        MySequential(
          (0): Linear(in_features=20, out_features=256, bias=True)
          (1): ReLU()
          (2): Linear(in_features=256, out_features=10, bias=True)
        )
        [2, 10]
        true
        """,
        output(Example.MLP_FORMS));
  }

  @Test
  void fixedHiddenMlp() {
    List<String> lines = output(Example.FIXED_HIDDEN_MLP).lines().toList();
    String sum = "tensor\\(-?0\\.\\d{4}, grad_fn=<SumBackward0>\\)";
    assertTrue(lines.getFirst().matches(sum), lines.getFirst());
    assertEquals(List.of("[20, 20]", "[linear.weight, linear.bias]"), lines.subList(1, 3));
    assertTrue(lines.getLast().matches(sum), lines.getLast());
  }

  @Test
  void customLayers() {
    assertEquals(
        """
        tensor([-2., -1.,  0.,  1.,  2.])
        true
        [5, 3]
        [2, 3]
        Sequential(
          (0): MyLinear()
          (1): MyLinear()
        )
        [2, 1]
        """,
        output(Example.CUSTOM_LAYERS));
  }

  @Test
  void linearRegressionFindsTheLine() {
    List<String> lines = output(Example.LINEAR_REGRESSION).lines().toList();
    assertEquals(4, lines.size());
    assertTrue(lines.get(2).matches("epoch 3, loss 0\\.0000\\d\\d"), lines.get(2));
    assertTrue(lines.get(3).matches("error of w: 0\\.00\\d, error of b: 0\\.00\\d"), lines.get(3));
  }

  @Test
  void saveAndLoad() {
    String text = output(Example.SAVE_LOAD);
    assertTrue(
        text.startsWith(
            """
            tensor([0, 1, 2, 3])
            [tensor([0, 1, 2, 3]), tensor([0., 0., 0., 0.])]
            {x=tensor([0, 1, 2, 3])}
            Sequential(
            """),
        text);
    assertTrue(text.endsWith("true\n"), text);
  }

  @Test
  void quickstartPrintsWhatTheTutorialPrints() throws IOException {
    ImageDataset training = new ImageDataset(ImageFiles.generated(true, 6500, 0));
    ImageDataset test = new ImageDataset(ImageFiles.generated(false, 500, 1));
    Path file = folder.resolve("model.pth");
    String text = output(out -> FashionMnist.run(training, test, CPU, 2, file, out));
    String masked =
        Pattern.compile("(loss: | Accuracy: |Avg loss: )([\\d.]+)")
            .matcher(text)
            .replaceAll(number -> number.group(1) + number.group(2).replaceAll("\\d", "#"));
    assertEquals(
        golden("fashion-mnist.txt"),
        masked.replaceAll("Predicted: \"[^\"]+\"", "Predicted: \"?\""));
    List<Double> losses =
        Pattern.compile("Avg loss: ([\\d.]+)")
            .matcher(text)
            .results()
            .map(found -> Double.valueOf(found.group(1)))
            .toList();
    assertTrue(losses.get(1) < losses.get(0), text);
  }

  @Test
  void mnistNetLearns() {
    ImageDataset training = new ImageDataset(ImageFiles.generated(true, 6500, 0));
    ImageDataset test = new ImageDataset(ImageFiles.generated(false, 1000, 1));
    String text = output(out -> MnistNet.run(training, test, CPU, 1, out));
    List<String> lines = text.lines().toList();
    assertTrue(
        lines.get(0).matches("Train Epoch: 1 \\[0/6500 \\(0%\\)\\]\tLoss: \\d\\.\\d{6}"), text);
    assertTrue(
        lines.get(1).matches("Train Epoch: 1 \\[6400/6500 \\(98%\\)\\]\tLoss: \\d\\.\\d{6}"), text);
    assertTrue(
        lines
            .get(3)
            .matches("Test set: Average loss: \\d\\.\\d{4}, Accuracy: \\d+/1000 \\(\\d+%\\)"),
        text);
  }

  @Test
  void charTransformerLearnsSums() {
    var size = new CharTransformer.Size(32, 32, 1, 16, 100);
    StringWriter out = new StringWriter();
    double loss =
        CharTransformer.run(CharTransformer.sums(), size, CPU, new PrintWriter(out, true));
    // 21 different characters: 3.0 without any knowledge, 2.6 with their frequencies alone.
    assertTrue(loss < 2.3, out.toString());
    assertTrue(
        out.toString().startsWith("100,826 characters, 21 different; 15,157 parameters"),
        out.toString());
  }
}
