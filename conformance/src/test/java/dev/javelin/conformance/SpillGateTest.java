package dev.javelin.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Device;
import dev.javelin.Devices;
import dev.javelin.Scope;
import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.c.CDialect;
import dev.javelin.kernels.c.CSource;
import dev.javelin.kernels.c.Target;
import dev.javelin.nn.Conv2d;
import dev.javelin.nn.Functional;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The kernels that training spends its time in, at real sizes: everything they keep fits into a GPU's registers, says NVIDIA's compiler
/// where it is installed.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class SpillGateTest {
  private static final Target GPU = new Target(CDialect.CUDA, false, 132);
  private static final Pattern MACRO = Pattern.compile("(?m)^#define (\\w+)");
  private static final Pattern FUNCTION = Pattern.compile("Compiling entry function '(\\w+)'");
  private static final Pattern SPILLS =
      Pattern.compile("(\\d+) bytes spill stores, (\\d+) bytes spill loads");

  @TempDir private Path folder;

  private final TreeSet<String> texts = new TreeSet<>();

  @BeforeAll
  void plan() {
    Device device = Devices.get("planner");
    try (Scope _ = Scope.open()) {
      for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT16, DType.BFLOAT16}) {
        products(device, dtype);
      }
      rows(device);
      convolutions(device);
      attention(device, 64);
      attention(device, 128);
    }
    Planner.kernels().forEach(kernel -> texts.add(CSource.of(kernel, GPU).text()));
    texts.remove("");
  }

  private static Tensor tensor(Device device, DType dtype, long... sizes) {
    return Tensor.ones(Shape.of(sizes), dtype, device);
  }

  private static Tensor leaf(Device device, long... sizes) {
    return tensor(device, DType.FLOAT32, sizes).requiresGrad_(true);
  }

  private static void products(Device device, DType dtype) {
    Tensor x = tensor(device, dtype, 4096, 1024);
    Tensor w = tensor(device, dtype, 2048, 1024);
    Tensor bias = tensor(device, dtype, 2048);
    Tensor _ = x.mm(w.t());
    Tensor _ = x.t().mm(x);
    Tensor _ = Functional.linear(x, w, bias).relu();
    Tensor _ = x.add(x).mul(x);
  }

  private static void rows(Device device) {
    Tensor x = leaf(device, 4096, 1024);
    Shape row = Shape.of(1024);
    Functional.softmax(x, 1).sum().backward();
    Functional.layerNorm(x, row, leaf(device, 1024), leaf(device, 1024), 1e-5).sum().backward();
    Functional.gelu(x).sum().backward();
    Functional.crossEntropy(x, tensor(device, DType.INT64, 4096)).backward();
  }

  private static void convolutions(Device device) {
    Tensor x = leaf(device, 64, 32, 28, 28);
    Tensor w = leaf(device, 64, 32, 3, 3);
    Conv2d.Options options = Conv2d.Options.DEFAULT.withPadding(1);
    Functional.conv2d(x, w, leaf(device, 64), options).relu().sum().backward();
  }

  private static void attention(Device device, long size) {
    Tensor q = leaf(device, 4, 8, 512, size);
    Tensor k = leaf(device, 4, 8, 512, size);
    Functional.scaledDotProductAttention(q, k, leaf(device, 4, 8, 512, size)).sum().backward();
  }

  @ParameterizedTest
  @ValueSource(strings = {"sm_80", "sm_90"})
  void nothingIsSpilled(String architecture) throws IOException, InterruptedException {
    Assumptions.assumeTrue(isInstalled(), "nvcc is not installed");
    assertTrue(texts.size() >= 20, texts.size() + " texts");
    StringBuilder source = new StringBuilder(CDialect.CUDA.preamble(true));
    // Functions of one name go into namespaces, which C's linkage would ignore; the bounds are
    // those of the dialect.
    source.append("#undef KERNEL\n#define KERNEL(N) __global__ __launch_bounds__(N, 1) void\n");
    int number = 0;
    for (String text : texts) {
      source.append("namespace k").append(number++).append(" {\n").append(text).append("}\n");
      Matcher macros = MACRO.matcher(text);
      while (macros.find()) {
        source.append("#undef ").append(macros.group(1)).append('\n');
      }
    }
    String said = compile(source.toString(), architecture);
    String function = "";
    int checked = 0;
    for (String line : said.lines().toList()) {
      Matcher name = FUNCTION.matcher(line);
      Matcher spills = SPILLS.matcher(line);
      if (name.find()) {
        function = name.group(1);
      } else if (spills.find()) {
        assertEquals("0 0", spills.group(1) + " " + spills.group(2), function + ": " + line);
        checked++;
      }
    }
    assertTrue(checked >= texts.size(), said);
  }

  private static boolean isInstalled() {
    return Stream.of(System.getenv("PATH").split(java.io.File.pathSeparator))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, "nvcc")));
  }

  private String compile(String source, String architecture)
      throws IOException, InterruptedException {
    Path file = Files.writeString(folder.resolve("hot.cu"), source);
    Process compiler =
        new ProcessBuilder(
                "nvcc",
                "-arch=" + architecture,
                "-cubin",
                "--threads=2",
                "-Xptxas=-v",
                "--diag-suppress=177,550",
                "-o",
                folder.resolve("hot.cubin").toString(),
                file.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, compiler.waitFor(), said);
    return said;
  }
}
