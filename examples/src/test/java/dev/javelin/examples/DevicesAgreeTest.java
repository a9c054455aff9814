package dev.javelin.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.javelin.Device;
import dev.javelin.Devices;
import dev.javelin.Javelin;
import dev.javelin.Scope;
import dev.javelin.Tensor;
import dev.javelin.data.Batch;
import dev.javelin.data.DataLoader;
import dev.javelin.data.ImageDataset;
import dev.javelin.data.ImageFiles;
import dev.javelin.io.Checkpoint;
import dev.javelin.nn.Module;
import dev.javelin.optim.Optimizer;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever the device, the same program gives the same numbers but for rounding.
final class DevicesAgreeTest {
  private static final int STEPS = 100;
  private static final int BATCH = 64;

  @TempDir private Path folder;

  /// Each kind of device beside the CPU, with each model.
  static Stream<Arguments> devicesAndModels() {
    return devices()
        .flatMap(
            device -> Stream.of(ModelChoice.values()).map(model -> Arguments.of(device, model)));
  }

  static Stream<Device> devices() {
    return Devices.backends().stream()
        .filter(backend -> !backend.name().equals("cpu"))
        .flatMap(backend -> backend.devices().stream().limit(1));
  }

  /// The losses of training steps from the same weights on the same batches.
  private static double[] losses(ModelChoice choice, Device device) {
    Javelin.manualSeed(7);
    Module model = choice.create().to(device);
    Optimizer optimizer = OptimizerChoice.SGD.create(model, 0.01);
    Iterator<Batch> batches =
        new DataLoader(new ImageDataset(ImageFiles.generated(true, STEPS * BATCH, 1)), BATCH)
            .iterator();
    double[] losses = new double[STEPS];
    for (int step = 0; step < STEPS; step++) {
      Batch batch = batches.next();
      try (Scope _ = batch.scope()) {
        optimizer.zeroGrad();
        Tensor y = model.call(batch.x().to(device));
        Tensor loss = choice.loss().apply(y, batch.y().to(device));
        loss.backward();
        optimizer.step();
        losses[step] = loss.item();
      }
    }
    return losses;
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("devicesAndModels")
  void lossesAreThoseOfTheCpu(Device device, ModelChoice choice) {
    double[] expected = losses(choice, Devices.cpu());
    double[] actual = losses(choice, device);
    for (int step = 0; step < STEPS; step++) {
      assertEquals(expected[step], actual[step], 1e-3 * expected[step], "step " + step);
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("devices")
  void movingKeepsEveryBit(Device device) {
    Module model = ModelChoice.CNN.create();
    double[][] before = values(model);
    model.to(device);
    assertEquals(device, model.parameters().getFirst().device());
    assertArrayEquals(before, values(model));
    model.to(Devices.cpu());
    assertEquals(Devices.cpu(), model.parameters().getFirst().device());
    assertArrayEquals(before, values(model));
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("devices")
  void whatIsSavedOnOneDeviceLoadsOnTheOther(Device device) {
    Path file = folder.resolve("model");
    Module here = ModelChoice.CNN.create().to(device);
    new SavedModel(file).write(here);
    Module onCpu = ModelChoice.CNN.create();
    onCpu.loadStateDict(Checkpoint.load(file).stateDict());
    assertArrayEquals(values(here), values(onCpu));
    Map<String, Tensor> state = onCpu.stateDict();
    Module there = ModelChoice.CNN.create().to(device);
    there.loadStateDict(state);
    assertArrayEquals(values(onCpu), values(there));
    assertEquals(device, there.parameters().getFirst().device());
  }

  private static double[][] values(Module model) {
    return model.stateDict().values().stream().map(Tensor::toDoubleArray).toArray(double[][]::new);
  }
}
