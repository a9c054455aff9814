package dev.javelin.examples.nn;

import static dev.javelin.examples.nn.ModuleTest.floats;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Device;
import dev.javelin.Devices;
import dev.javelin.Javelin;
import dev.javelin.Parameter;
import dev.javelin.Scope;
import dev.javelin.Tensor;
import dev.javelin.TwinDevice;
import dev.javelin.io.Checkpoint;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import dev.javelin.nn.BatchNorm1d;
import dev.javelin.nn.Linear;
import dev.javelin.nn.Module;
import dev.javelin.nn.Sequential;
import dev.javelin.optim.Adam;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateDictTest {
  private static final Device TWIN = TwinDevice.named("twin:0");

  @TempDir private Path directory;

  private static Sequential model() {
    return new Sequential(new Linear(3, 4), new BatchNorm1d(4), new Linear(4, 2, false));
  }

  @Test
  void containsPersistentBuffers() {
    Sequential model = model();
    model.registerBuffer("scratch", Tensor.zeros(1), false);
    assertEquals(
        List.of(
            "0.weight",
            "0.bias",
            "1.weight",
            "1.bias",
            "1.running_mean",
            "1.running_var",
            "1.num_batches_tracked",
            "2.weight"),
        List.copyOf(model.stateDict().keySet()));
    assertEquals(DType.INT64, model.stateDict().get("1.num_batches_tracked").dtype());
    assertEquals(Shape.SCALAR, model.stateDict().get("1.num_batches_tracked").shape());
    assertEquals(4, model.buffers().size());
  }

  @Test
  void roundTripThroughAFile() {
    Sequential model = model();
    model.call(Tensor.rand(5, 3));
    Path file = directory.resolve("model");
    model.save(file);
    Sequential other = model();
    other.load(file);
    model
        .stateDict()
        .forEach(
            (name, value) ->
                assertEquals(floats(value), floats(other.stateDict().get(name)), name));
    assertEquals(
        List.copyOf(model.stateDict().keySet()),
        List.copyOf(Checkpoint.load(file).stateDict().keySet()));
    Tensor x = Tensor.rand(5, 3);
    model.eval();
    other.eval();
    assertEquals(floats(model.call(x)), floats(other.call(x)));
  }

  @Test
  void allErrorsInOneAndNothingLoaded() {
    Sequential model = model();
    Map<String, Tensor> state = new LinkedHashMap<>(model.stateDict());
    state.remove("0.bias");
    state.remove("1.running_var");
    state.put("2.bias", Tensor.zeros(2));
    state.put("0.weight", Tensor.zeros(4, 5));
    state.put("1.weight", Tensor.zeros(4));
    state.put("2.weight", Tensor.zeros(1, 2));
    assertEquals(
        """
        Error(s) in loading state_dict for Sequential:
        \tMissing key(s) in state_dict: "0.bias", "1.running_var".\s
        \tUnexpected key(s) in state_dict: "2.bias".\s
        \tsize mismatch for 0.weight: copying a param with shape [4, 5] from checkpoint, the shape in current model is [4, 3].
        \tsize mismatch for 2.weight: copying a param with shape [1, 2] from checkpoint, the shape in current model is [2, 4].\
        """,
        assertThrows(IllegalArgumentException.class, () -> model.loadStateDict(state))
            .getMessage());
    assertEquals(List.of(1f, 1f, 1f, 1f), floats(model.stateDict().get("1.weight")));
  }

  @Test
  void namesNeedNotMatchIfNotStrict() {
    Sequential model = model();
    Map<String, Tensor> state = new LinkedHashMap<>(model.stateDict());
    state.remove("0.bias");
    state.put("extra", Tensor.zeros(1));
    state.put("1.weight", Tensor.full(Shape.of(4), 3.0));
    Module.LoadReport report = model.loadStateDict(state, false);
    assertEquals(new Module.LoadReport(List.of("0.bias"), List.of("extra")), report);
    assertEquals(List.of(3f, 3f, 3f, 3f), floats(model.stateDict().get("1.weight")));
    state.put("0.bias", Tensor.zeros(7));
    assertThrows(IllegalArgumentException.class, () -> model.loadStateDict(state, false));
  }

  @Test
  void loadsFromOtherTypesAndDevices() {
    Linear layer = new Linear(2, 1, false);
    Tensor values = Tensor.of(new double[] {0.5, 0.25}, 1, 2).to(TWIN);
    layer.loadStateDict(Map.of("weight", values));
    assertEquals(DType.FLOAT32, layer.weight.dtype());
    assertEquals(List.of(0.5f, 0.25f), floats(layer.weight));
  }

  @Test
  void conversionKeepsTheTensorsThemselves() {
    Sequential model = model();
    Parameter weight = ((Linear) model.get(0)).weight;
    List<Float> before = floats(weight);
    assertSame(model, model.toDouble());
    assertSame(weight, model.parameters().getFirst());
    assertEquals(DType.FLOAT64, weight.dtype());
    assertEquals(DType.INT64, model.namedBuffers().get("1.num_batches_tracked").dtype());
    assertEquals(DType.FLOAT64, model.namedBuffers().get("1.running_mean").dtype());
    assertEquals(DType.FLOAT16, ((Sequential) model.half()).parameters().getFirst().dtype());
    assertEquals(DType.BFLOAT16, ((Sequential) model.bfloat16()).parameters().getFirst().dtype());
    model.toFloat();
    assertEquals(before.get(0), floats(weight).get(0), 0.01f);
    assertTrue(weight.requiresGrad());
    assertEquals(
        "Module.to only accepts floating point dtypes, but got int64",
        assertThrows(IllegalArgumentException.class, () -> model.to(DType.INT64)).getMessage());
  }

  @Test
  void movesWithGradientAndOptimiser() {
    Sequential model = model();
    Parameter weight = ((Linear) model.get(0)).weight;
    Adam optimizer = new Adam(model.parameters());
    model.call(Tensor.rand(5, 3)).sum().backward();
    optimizer.step();
    try (Scope scope = Scope.open()) {
      scope.keep(Tensor.zeros(1));
      model.to(TWIN);
    }
    assertEquals("twin:0", weight.device().name());
    assertEquals("twin:0", weight.grad().device().name());
    optimizer.zeroGrad();
    Tensor output = model.call(Tensor.rand(5, 3).to(TWIN));
    assertEquals("twin:0", output.device().name());
    output.square().sum().backward();
    optimizer.step();
    assertEquals("twin:0", optimizer.stateDict().get("state.0.exp_avg").device().name());
    model.to(Devices.cpu());
    assertEquals("cpu", weight.device().name());
    model.save(directory.resolve("moved"));
  }

  @Test
  void graphNoticesThatItsParametersMoved() {
    Linear layer = new Linear(2, 2);
    Tensor loss = layer.call(new Parameter(Tensor.ones(1, 2))).sum();
    layer.to(TWIN);
    assertThrows(IllegalStateException.class, loss::backward);
  }

  @Test
  void unwritablePathIsOneSentenceAndNothingIsLost() throws java.io.IOException {
    Path file = directory.resolve("missing").resolve("model");
    String message =
        assertThrows(UncheckedIOException.class, () -> model().save(file)).getMessage();
    assertEquals(
        "cannot write "
            + file
            + ": there is no directory "
            + file.getParent()
            + "; nothing was changed",
        message);
    Path old = directory.resolve("old.safetensors");
    Files.writeString(old, "whole");
    Map<String, Tensor> bad = Map.of("__metadata__", Tensor.zeros(1));
    assertThrows(IllegalArgumentException.class, () -> Checkpoint.save(bad, old));
    assertEquals("whole", Files.readString(old));
  }

  @Test
  void checkpointKeepsTypesShapesViewsAndWords() {
    Path file = directory.resolve("tensors.safetensors");
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("z", Tensor.arange(6).reshape(2, 3).t());
    tensors.put("a", Tensor.of(new boolean[] {true, false}));
    tensors.put("half", Tensor.of(new float[] {1.5f}).half());
    tensors.put("none", Tensor.zeros(0, 3));
    tensors.put("scalar", Tensor.scalar(2.5).to(TWIN));
    Checkpoint.save(tensors, Map.of("epoch", "3"), file);
    Map<String, Tensor> loaded = Checkpoint.load(file).stateDict();
    assertEquals(List.copyOf(tensors.keySet()), List.copyOf(loaded.keySet()));
    tensors.forEach(
        (name, tensor) ->
            assertEquals(tensor.cpu().contiguous().toString(), loaded.get(name).toString(), name));
    assertEquals(Map.of("epoch", "3"), Checkpoint.load(file).metadata());
    assertEquals("twin:0", Checkpoint.load(file, TWIN).stateDict().get("z").device().name());
  }

  @Test
  void stateDictSharesMemory() {
    Linear layer = new Linear(1, 1);
    Tensor view = layer.stateDict().get("weight");
    Javelin.noGrad(() -> layer.weight.fill_(7));
    assertEquals(7, view.item());
  }
}
