package dev.javelin.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Device;
import dev.javelin.Devices;
import dev.javelin.Scope;
import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.c.CDialect;
import dev.javelin.kernels.c.CProgram;
import dev.javelin.kernels.c.CSource;
import dev.javelin.kernels.c.Launch;
import dev.javelin.kernels.c.Target;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every op's kernels, forward and backward, as text for GPUs: within the limits of any device, and accepted by NVIDIA's compiler where
/// it is installed.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CompileGateTest {
  private static final Target GPU = new Target(CDialect.CUDA, false, 132);
  private static final Pattern MACRO = Pattern.compile("(?m)^#define (\\w+)");
  private static final Pattern LOCAL = Pattern.compile("LOCAL \\w+ \\w+\\[(\\d+)\\]");
  private static final int MOST_PER_FILE = 400;

  @TempDir private Path folder;

  private final List<CProgram> programs = new ArrayList<>();
  private final TreeSet<String> texts = new TreeSet<>();

  @BeforeAll
  void collect() {
    Device device = Devices.get("collector");
    for (OpSample sample : OpSamples.all()) {
      for (DType dtype : sample.dtypes()) {
        for (Lay lay : List.of(Lay.CONTIGUOUS, Lay.TRANSPOSED)) {
          sample.cases().stream().limit(1).forEach(in -> run(sample, in, dtype, lay, device));
        }
      }
      sample.gradientCases().stream().limit(1).forEach(in -> differentiate(sample, in, device));
    }
    Collector.kernels().forEach(kernel -> programs.add(CSource.of(kernel, GPU)));
    programs.forEach(program -> texts.add(program.text()));
    texts.remove("");
  }

  private static Tensor[] tensors(List<Input> inputs, DType dtype, Lay lay, Device device) {
    SplittableRandom random = new SplittableRandom(1);
    return inputs.stream()
        .map(input -> lay.tensor(input.draw(random, dtype), input.dtype(dtype), device))
        .toArray(Tensor[]::new);
  }

  private static void run(
      OpSample sample, List<Input> inputs, DType dtype, Lay lay, Device device) {
    try (Scope _ = Scope.open()) {
      Tensor _ = sample.call().apply(tensors(inputs, dtype, lay, device));
    }
  }

  private static void differentiate(OpSample sample, List<Input> inputs, Device device) {
    try (Scope _ = Scope.open()) {
      Tensor[] in = tensors(inputs, DType.FLOAT32, Lay.CONTIGUOUS, device);
      for (Tensor x : in) {
        if (x.dtype() == DType.FLOAT32) {
          x.requiresGrad_(true);
        }
      }
      Tensor y = sample.call().apply(in);
      if (y.requiresGrad()) {
        y.sum().backward();
      }
    }
  }

  @Test
  void launchesStayWithinWhatEveryDeviceAllows() {
    assertTrue(programs.size() > 1000, programs.size() + " kernels");
    for (CProgram program : programs) {
      assertTrue(localBytes(program.text()) <= 32 << 10, program.text());
      for (Launch launch : program.launches()) {
        assertTrue(launch.groupSize() <= 256, program.text());
        assertTrue(launch.groups() >= 1, program.text());
      }
    }
  }

  /// What a text declares of local memory, all its functions together; the tiles of products, whose sizes are macros, have a test of
  /// their own.
  private static long localBytes(String text) {
    long bytes = 0;
    Matcher arrays = LOCAL.matcher(text);
    while (arrays.find()) {
      bytes += Long.parseLong(arrays.group(1)) * Long.BYTES;
    }
    return bytes;
  }

  @ParameterizedTest
  @ValueSource(strings = {"sm_80", "sm_90"})
  void compiles(String architecture) throws IOException, InterruptedException {
    Assumptions.assumeTrue(isInstalled(), "nvcc is not installed");
    List<String> all = List.copyOf(texts);
    for (int first = 0; first < all.size(); first += MOST_PER_FILE) {
      compile(all.subList(first, Math.min(all.size(), first + MOST_PER_FILE)), architecture);
    }
  }

  private static boolean isInstalled() {
    return Stream.of(System.getenv("PATH").split(java.io.File.pathSeparator))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, "nvcc")));
  }

  private void compile(List<String> some, String architecture)
      throws IOException, InterruptedException {
    StringBuilder source = new StringBuilder(CDialect.CUDA.preamble(true));
    // Functions of one name go into namespaces, which C's linkage would ignore.
    source.append("#undef KERNEL\n#define KERNEL(N) __global__ __launch_bounds__(N) void\n");
    for (int i = 0; i < some.size(); i++) {
      source.append("namespace k").append(i).append(" {\n").append(some.get(i)).append("}\n");
      Matcher macros = MACRO.matcher(some.get(i));
      while (macros.find()) {
        source.append("#undef ").append(macros.group(1)).append('\n');
      }
    }
    Path file = folder.resolve("kernels.cu");
    Files.writeString(file, source);
    Process compiler =
        new ProcessBuilder(
                "nvcc",
                "-arch=" + architecture,
                "-ptx",
                "--diag-suppress=177",
                "-o",
                folder.resolve("kernels.ptx").toString(),
                file.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, compiler.waitFor(), said);
    assertEquals("", said);
  }
}
