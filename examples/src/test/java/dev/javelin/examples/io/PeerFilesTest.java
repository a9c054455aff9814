package dev.javelin.examples.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.javelin.Javelin;
import dev.javelin.Parameter;
import dev.javelin.Tensor;
import dev.javelin.io.Checkpoint;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import dev.javelin.nn.BatchNorm2d;
import dev.javelin.nn.Conv2d;
import dev.javelin.nn.Flatten;
import dev.javelin.nn.Linear;
import dev.javelin.nn.ReLU;
import dev.javelin.nn.Sequential;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Files written here load there: PyTorch and NumPy, and safetensors if it is installed, read them by `check_files.py`. Where Python
/// has no PyTorch there is nothing to ask; `ByteLayoutTest` compares bytes everywhere.
class PeerFilesTest {
  /// Where Python is looked for, unless `-Dpeer.python=...` says where.
  private static final List<String> PYTHONS = List.of("python3", "/usr/bin/python3");

  @TempDir private Path directory;

  private static String run(String python, String... arguments)
      throws IOException, InterruptedException {
    String[] command = new String[arguments.length + 1];
    command[0] = python;
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), text);
    return text;
  }

  private static boolean hasPyTorch(String python) {
    try {
      return new ProcessBuilder(python, "-c", "import torch, numpy")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void write() {
    Map<String, Tensor> dtypes = new LinkedHashMap<>();
    for (DType dtype : DType.values()) {
      Tensor x = Tensor.arange(6).reshape(2, 3).to(dtype);
      dtypes.put(dtype.toString(), x);
      if (dtype != DType.BFLOAT16) {
        Javelin.save(x, directory.resolve(dtype + ".npy"));
      }
    }
    Checkpoint.save(dtypes, Map.of("made by", "Javelin"), directory.resolve("all.safetensors"));
    Tensor base = Tensor.arange(12).toFloat().reshape(3, 4);
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("dtypes", Map.copyOf(dtypes));
    all.put("base", base);
    all.put("t", base.t());
    all.put("column", base.get(":, 1"));
    all.put("row", base.get(1));
    all.put("steps", base.get("::2, 1:"));
    all.put("nested", Arrays.asList(1, 2.5, "x", true, null, Map.of("a", List.of(7))));
    all.put("scalar", Tensor.scalar(2));
    all.put("empty", Tensor.zeros(0, 3));
    Javelin.save(all, directory.resolve("all.pt"));
    Javelin.save(new Parameter(base), directory.resolve("parameter"));
    dtypes.remove("bfloat16");
    Javelin.save(dtypes, directory.resolve("stored.npz"));
    Checkpoint.saveCompressed(dtypes, directory.resolve("compressed.npz"));
  }

  /// A model that has learnt its statistics, what it is given and what it gives.
  private void writeModel() {
    Sequential model =
        new Sequential(
            new Conv2d(1, 2, 3), new BatchNorm2d(2), new ReLU(), new Flatten(), new Linear(8, 3));
    model.call(Tensor.randn(5, 1, 4, 4));
    model.eval();
    Tensor x = Tensor.randn(2, 1, 4, 4);
    Tensor y = Javelin.noGrad(() -> model.call(x));
    assertEquals(Shape.of(2, 3), y.shape());
    Javelin.save(Map.of("model", model.stateDict(), "x", x, "y", y), directory.resolve("run.pt"));
  }

  @Test
  void filesWrittenHereLoadThere() throws IOException, InterruptedException {
    String given = System.getProperty("peer.python");
    Optional<String> python =
        (given == null ? PYTHONS : List.of(given))
            .stream().filter(PeerFilesTest::hasPyTorch).findFirst();
    assumeTrue(python.isPresent(), "no Python with PyTorch");
    write();
    writeModel();
    String script = "src/test/resources/dev/javelin/examples/io/check_files.py";
    String read = run(python.orElseThrow(), script, directory.toString());
    assertTrue(read.startsWith("PyTorch, NumPy"), read);
  }
}
