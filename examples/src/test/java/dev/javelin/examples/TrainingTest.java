package dev.javelin.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Device;
import dev.javelin.Devices;
import dev.javelin.Javelin;
import dev.javelin.Tensor;
import dev.javelin.data.ImageFiles;
import dev.javelin.io.Checkpoint;
import dev.javelin.kernels.DType;
import dev.javelin.nn.Module;
import dev.javelin.optim.Optimizer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Each model learns drawn garments, prints what it should, and gives the same numbers when run again.
final class TrainingTest {
  private static final Pattern EPOCH =
      Pattern.compile(
          "epoch 1/1: loss (\\d\\.\\d{4}), test accuracy (\\d+\\.\\d\\d) %, \\d+\\.\\d\\d s");

  @TempDir private Path folder;

  private static String train(Module network, ModelChoice choice, MixedPrecision precision) {
    DataChoice images =
        new DataChoice(ImageFiles.generated(true, 2000, 1), ImageFiles.generated(false, 500, 2));
    Device cpu = Devices.cpu();
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text);
    Optimizer optimizer = OptimizerChoice.ADAM.create(network, 2e-3);
    new Training(network, choice.loss(), optimizer, images, cpu, precision)
        .run(1, 32, 0, true, out);
    out.flush();
    return text.toString();
  }

  @ParameterizedTest
  @EnumSource
  void learnsAndRepeatsToTheLastBit(ModelChoice choice) {
    Javelin.manualSeed(3);
    Module network = choice.create();
    String printed = train(network, choice, MixedPrecision.NONE);
    Matcher epoch = EPOCH.matcher(printed);
    assertTrue(epoch.find(), printed);
    assertTrue(Double.parseDouble(epoch.group(2)) > 40, printed);
    assertEquals(5, printed.lines().filter(line -> line.startsWith("Predicted: \"")).count());
    Javelin.manualSeed(3);
    Module again = choice.create();
    train(again, choice, MixedPrecision.NONE);
    for (Map.Entry<String, Tensor> entry : network.stateDict().entrySet()) {
      assertArrayEquals(
          entry.getValue().toDoubleArray(),
          again.stateDict().get(entry.getKey()).toDoubleArray(),
          entry.getKey());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BFLOAT16", "FLOAT16"})
  void learnsInSixteenBits(MixedPrecision precision) {
    Javelin.manualSeed(3);
    Module network = ModelChoice.MLP.create();
    String printed = train(network, ModelChoice.MLP, precision);
    Matcher epoch = EPOCH.matcher(printed);
    assertTrue(epoch.find(), printed);
    assertTrue(Double.parseDouble(epoch.group(2)) > 40, printed);
    network.parameters().forEach(p -> assertEquals(DType.FLOAT32, p.dtype()));
  }

  @Test
  void savedModelLoadsWithPyTorchsNames() {
    Module network = ModelChoice.MLP.create();
    Path file = folder.resolve("model");
    new SavedModel(file).write(network);
    Map<String, Tensor> state = Checkpoint.load(file).stateDict();
    assertEquals("linear_relu_stack.0.weight", state.keySet().iterator().next());
    Module other = ModelChoice.MLP.create();
    other.loadStateDict(state);
    assertArrayEquals(
        network.parameters().getFirst().toFloatArray(),
        other.parameters().getFirst().toFloatArray());
  }
}
