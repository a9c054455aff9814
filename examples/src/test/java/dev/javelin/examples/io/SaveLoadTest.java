package dev.javelin.examples.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Devices;
import dev.javelin.Javelin;
import dev.javelin.Parameter;
import dev.javelin.Tensor;
import dev.javelin.TwinDevice;
import dev.javelin.io.Checkpoint;
import dev.javelin.io.FormatException;
import dev.javelin.io.Saved;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import dev.javelin.nn.Linear;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SaveLoadTest {
  @TempDir private Path directory;

  private Path file(String name) {
    return directory.resolve(name);
  }

  private static void assertSameTensor(Tensor expected, Tensor actual) {
    assertEquals(expected.dtype(), actual.dtype());
    assertEquals(expected.shape(), actual.shape());
    assertArrayEquals(expected.toDoubleArray(), actual.toDoubleArray());
  }

  /// Every dtype, a view, nothing and a number without dimensions.
  private static Map<String, Tensor> tensors(boolean numpy) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (DType dtype : DType.values()) {
      if (dtype != DType.BFLOAT16 || !numpy) {
        tensors.put("layer." + dtype, Tensor.arange(3).to(dtype));
      }
    }
    tensors.put("view", Tensor.arange(6).reshape(2, 3).t());
    tensors.put("none", Tensor.zeros(0, 3));
    tensors.put("scalar", Tensor.scalar(2.5));
    tensors.put("elsewhere", Tensor.ones(2, 2).to(TwinDevice.named("twin:0")).t());
    return tensors;
  }

  /// The rows of PyTorch's tutorial, names without extension.
  @Test
  void aTensorAListAMapAndAModel() {
    Tensor x = Tensor.arange(4);
    Javelin.save(x, file("x-file"));
    assertSameTensor(x, Javelin.load(file("x-file")).tensor());
    Tensor y = Tensor.zeros(4);
    Javelin.save(List.of(x, y), file("x-files"));
    List<Tensor> both = Javelin.load(file("x-files")).tensors();
    assertSameTensor(x, both.get(0));
    assertSameTensor(y, both.get(1));
    Javelin.save(Map.of("x", x), file("mydict"));
    assertSameTensor(x, Javelin.load(file("mydict")).stateDict().get("x"));
    Linear layer = new Linear(3, 2);
    Javelin.save(layer.stateDict(), file("linear.params"));
    Linear clone = new Linear(3, 2);
    clone.loadStateDict(Javelin.load(file("linear.params")).stateDict());
    assertSameTensor(layer.weight, clone.weight);
  }

  @ParameterizedTest
  @ValueSource(strings = {"m.pt", "m.PTH", "m.ckpt", "m", "m.safetensors", "m.npz"})
  void mapsOfTensorsInEveryFormat(String name) {
    Map<String, Tensor> tensors = tensors(name.endsWith("npz"));
    Javelin.save(tensors, file(name));
    Map<String, Tensor> loaded = Javelin.load(file(name)).stateDict();
    assertEquals(List.copyOf(tensors.keySet()), List.copyOf(loaded.keySet()));
    tensors.forEach((key, tensor) -> assertSameTensor(tensor, loaded.get(key)));
    assertEquals(
        "twin:0",
        Javelin.load(file(name), TwinDevice.named("twin:0"))
            .stateDict()
            .get("view")
            .device()
            .name());
  }

  @Test
  void oneArrayOrAListForNumpy() {
    tensors(true)
        .forEach(
            (name, tensor) -> {
              Javelin.save(tensor, file(name + ".npy"));
              assertSameTensor(tensor, Javelin.load(file(name + ".npy")).tensor());
            });
    Javelin.save(List.of(Tensor.ones(1), Tensor.ones(2)), file("list.npz"));
    assertEquals(Set.of("arr_0", "arr_1"), Javelin.load(file("list.npz")).stateDict().keySet());
    assertEquals(Shape.of(2), Javelin.load(file("list.npz")).tensors().get(1).shape());
    Checkpoint.saveCompressed(Map.of("x", Tensor.zeros(1000)), file("small.npz"));
    assertSameTensor(Tensor.zeros(1000), Javelin.load(file("small.npz")).stateDict().get("x"));
    assertTrue(file("small.npz").toFile().length() < 400);
  }

  @Test
  void whateverTheNameTheContentsDecide() throws IOException {
    for (String name : List.of("a.safetensors", "a.npz", "a.npy", "a.pt")) {
      Tensor x = Tensor.ones(2);
      Javelin.save(name.endsWith("npy") ? x : Map.of("x", x), file(name));
      Files.move(file(name), file("renamed"));
      Saved loaded = Javelin.load(file("renamed"));
      assertSameTensor(x, name.endsWith("npy") ? loaded.tensor() : loaded.get("x").tensor());
      Files.delete(file("renamed"));
    }
  }

  // ---- PyTorch's format

  @Test
  void sharedMemoryStaysShared() throws IOException {
    Tensor base = Tensor.arange(12).toFloat().reshape(3, 4);
    List<Tensor> views =
        List.of(base, base.select(0, 1), base.t(), base.select(0, 2).expand(Shape.of(5, 4)));
    Javelin.save(views, file("views.pt"));
    List<Tensor> loaded = Javelin.load(file("views.pt")).tensors();
    for (int i = 0; i < views.size(); i++) {
      assertSameTensor(views.get(i), loaded.get(i));
      assertArrayEquals(views.get(i).stride(), loaded.get(i).stride());
    }
    loaded.get(2).fill_(7);
    assertArrayEquals(new double[] {7, 7, 7, 7}, loaded.get(1).toDoubleArray());
    // A piece of a large tensor is saved without the rest.
    Javelin.save(Tensor.zeros(100_000).reshape(100, 1000).select(0, 50), file("piece.pt"));
    assertTrue(Files.size(file("piece.pt")) < 6000);
    assertSameTensor(Tensor.zeros(1000), Javelin.load(file("piece.pt")).tensor());
  }

  @Test
  void containersNumbersTextAndWhatElseThereIs() {
    Map<String, Object> value = new LinkedHashMap<>();
    value.put("none", null);
    value.put("flags", List.of(true, false));
    value.put("integers", List.of(0L, -1L, 255L, 1L << 40, Long.MIN_VALUE, BigInteger.TWO.pow(99)));
    value.put("reals", List.of(0.1, Double.NaN, -0.0));
    value.put("text", "\u4e2d\ud83d\ude00");
    value.put("set", Set.of(3L));
    value.put("shape", Shape.of(2, 3));
    value.put("dtype", DType.BFLOAT16);
    value.put("within", Map.of(7L, List.of(Map.of("x", List.of()))));
    Javelin.save(value, file("values.pt"));
    Saved loaded = Javelin.load(file("values.pt"));
    assertEquals(value, loaded.value());
    assertEquals(value, loaded.map());
    Javelin.save(Arrays.asList(3, 2.5f, Devices.cpu(), new byte[] {0, -1}), file("list.pt"));
    List<?> list = (List<?>) Javelin.load(file("list.pt")).value();
    assertEquals(List.of(3L, 2.5, "cpu"), list.subList(0, 3));
    assertArrayEquals(new byte[] {0, -1}, (byte[]) list.get(3));
    Javelin.save(null, file("null.pt"));
    assertNull(Javelin.load(file("null.pt")).value());
  }

  @Test
  void parametersAndLeavesStayWhatTheyAre() {
    Linear layer = new Linear(2, 1);
    Tensor leaf = Tensor.zeros(2).requiresGrad_(true);
    Parameter frozen = new Parameter(Tensor.zeros(1), false);
    Javelin.save(List.of(layer.weight, leaf, frozen, leaf.mul(2)), file("p.pt"));
    List<Tensor> loaded = Javelin.load(file("p.pt")).tensors();
    assertTrue(assertInstanceOf(Parameter.class, loaded.get(0)).requiresGrad());
    assertTrue(loaded.get(1).requiresGrad() && loaded.get(1).isLeaf());
    assertFalse(assertInstanceOf(Parameter.class, loaded.get(2)).requiresGrad());
    // As in PyTorch: what was computed comes back as a leaf.
    assertTrue(loaded.get(3).requiresGrad() && loaded.get(3).isLeaf());
  }

  @Test
  void whatIsWithinItselfIsRefused() throws IOException {
    Files.writeString(file("old.pt"), "whole");
    List<Object> itself = new ArrayList<>();
    itself.add(itself);
    assertEquals(
        "save: expected values within values at most 200 levels deep, got more; is one within"
            + " itself?",
        assertThrows(IllegalArgumentException.class, () -> Javelin.save(itself, file("old.pt")))
            .getMessage());
    assertEquals("whole", Files.readString(file("old.pt")));
  }

  // ---- errors

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a.npy         | list   | expected one tensor for %s, got a list of 2 items; a name that"
            + " ends in .pt takes any value",
        "a.safetensors | list   | expected a map of tensors for %s, got a list of 2 items; a name"
            + " that ends in .pt takes any value",
        "a.npz         | mixed  | expected a map of tensors for %s, got the number 3 for the key"
            + " epoch; a name that ends in .pt takes any value",
        "a.pt          | object | expected tensors, numbers, text, and lists, sets and maps of"
            + " them, got a java.lang.Object",
        "a             | half   | \"?\" holds half a character, which cannot be written",
      })
  void valuesThatDoNotFitTheFormat(String name, String what, String expected) {
    Object value =
        switch (what) {
          case "list" -> List.of(Tensor.zeros(1), Tensor.zeros(1));
          case "mixed" -> Map.of("epoch", 3);
          case "object" -> new Object();
          default -> "\ud800";
        };
    assertEquals(
        "save: " + expected.replace("%s", file(name).toString()),
        assertThrows(IllegalArgumentException.class, () -> Javelin.save(value, file(name)))
            .getMessage()
            .replace('\ud800', '?'));
    assertFalse(Files.exists(file(name)));
  }

  @Test
  void numpyHasNoBfloat16() {
    assertEquals(
        "NumPy has no type bfloat16: convert the tensor, for example with toFloat(), or save it as"
            + " .safetensors or .pt",
        assertThrows(
                IllegalArgumentException.class,
                () -> Javelin.save(Tensor.zeros(1).bfloat16(), file("b.npy")))
            .getMessage());
  }

  private static String defect(Path file, Executable call) {
    return assertThrows(FormatException.class, call).getMessage().replace(file.toString(), "F");
  }

  @Test
  void anotherValueThanExpected() {
    Path file = file("run.pt");
    Javelin.save(Map.of("model", Map.of("w", Tensor.ones(2), "names", List.of("a"))), file);
    Saved run = Javelin.load(file);
    assertEquals("F holds a map of 1 entries: expected a tensor", defect(file, run::tensor));
    assertEquals(
        "F holds a map of 2 entries at [\"model\"]: expected a tensor",
        defect(file, run::stateDict));
    assertEquals(
        "F holds a list of 1 items at [\"model\"][\"names\"]: expected a tensor",
        defect(file, () -> run.get("model").stateDict()));
    assertEquals(
        "F holds the text \"a\" at [\"model\"][\"names\"][0]: expected a tensor",
        defect(file, () -> run.get("model").get("names").tensors()));
    assertEquals(
        "F holds no \"optimizer\": expected one of [model]",
        defect(file, () -> run.get("optimizer")));
    assertEquals(
        "F holds a tensor of shape [2] at [\"model\"][\"w\"]: expected a map",
        defect(file, () -> run.get("model").get("w").map()));
  }

  @Test
  void filesThatAreNone() throws IOException {
    Path missing = file("missing.pt");
    assertEquals(
        "cannot read " + missing + ": there is no such file",
        assertThrows(UncheckedIOException.class, () -> Javelin.load(missing)).getMessage());
    Path text = Files.writeString(file("text"), "hello");
    assertEquals(
        "F is of no known format: expected PyTorch's, safetensors, .npy or .npz, found a beginning"
            + " of 68 65 6c 6c 6f",
        defect(text, () -> Javelin.load(text)));
    Path empty = Files.writeString(file("empty.pt"), "");
    assertEquals(
        "F is not a zip archive: expected it to begin with PK, found an empty file",
        defect(empty, () -> Javelin.load(empty)));
  }

  /// Wherever a file ends too early, a sentence says so and a model stays as it was.
  @ParameterizedTest
  @ValueSource(strings = {"m.pt", "m.safetensors", "m.npz"})
  void truncatedFilesLoadNothing(String name) throws IOException {
    Linear layer = new Linear(3, 2);
    layer.save(file(name));
    byte[] whole = Files.readAllBytes(file(name));
    Linear other = new Linear(3, 2);
    float[] before = other.weight.toFloatArray();
    for (int length = 0; length < whole.length; length += 31) {
      Path cut = Files.write(file("cut-" + name), Arrays.copyOf(whole, length));
      String message = defect(cut, () -> other.load(cut));
      assertFalse(message.contains("\n"), message);
    }
    assertArrayEquals(before, other.weight.toFloatArray());
    other.load(file(name));
    assertSame(DType.FLOAT32, other.weight.dtype());
    assertArrayEquals(layer.weight.toFloatArray(), other.weight.toFloatArray());
  }
}
