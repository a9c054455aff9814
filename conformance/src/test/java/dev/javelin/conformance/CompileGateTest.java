package dev.javelin.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Device;
import dev.javelin.Devices;
import dev.javelin.Scope;
import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.c.CDialect;
import dev.javelin.kernels.c.CProgram;
import dev.javelin.kernels.c.CSource;
import dev.javelin.kernels.c.Launch;
import dev.javelin.kernels.c.Target;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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

/// Every op's kernels, forward and backward, as text: those that are known, and for GPUs within the limits of any device, and accepted by
/// NVIDIA's compiler where it is installed.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CompileGateTest {
  private static final Target GPU = new Target(CDialect.CUDA, false, 132);
  private static final Target CPU = new Target(CDialect.CUDA, true, 2);
  private static final String DIGESTS = "dev/javelin/conformance/op-texts.txt";
  private static final Pattern MACRO = Pattern.compile("(?m)^#define (\\w+)");
  private static final Pattern LOCAL = Pattern.compile("LOCAL \\w+ \\w+\\[(\\d+)\\]");
  private static final int MOST_PER_FILE = 200;

  @TempDir private Path folder;

  private final Map<String, Set<Kernel>> kernels = new TreeMap<>();
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
      kernels.computeIfAbsent(sample.name(), _ -> new HashSet<>()).addAll(Collector.take());
    }
    kernels.values().stream()
        .flatMap(Set::stream)
        .distinct()
        .forEach(kernel -> programs.add(CSource.of(kernel, GPU)));
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

  /// The texts themselves are too many to keep: for each op and form of device their digest, which is the same for both languages, and
  /// the digest of each language's preamble.
  ///
  /// Set -Dgolden.update=src/test/resources to write the file anew, -Dgolden.texts=DIRECTORY to write out the texts.
  @Test
  void textsOfEveryOpAreKnown() throws IOException {
    Map<String, String> texts = new TreeMap<>();
    for (CDialect dialect : CDialect.values()) {
      texts.put("preamble " + dialect, dialect.preamble(true));
    }
    kernels.forEach(
        (name, all) -> {
          texts.put(name + " gpu", text(all, GPU));
          texts.put(name + " cpu", text(all, CPU));
        });
    String directory = System.getProperty("golden.texts");
    if (directory != null) {
      Files.createDirectories(Path.of(directory));
      for (Map.Entry<String, String> entry : texts.entrySet()) {
        String file = entry.getKey().replaceAll("[^\\w.-]", "-") + ".txt";
        Files.writeString(Path.of(directory, file), entry.getValue());
      }
    }
    List<String> lines = new ArrayList<>();
    texts.forEach((name, text) -> lines.add(name + " " + digest(text)));
    String update = System.getProperty("golden.update");
    if (update != null) {
      Files.createDirectories(Path.of(update, DIGESTS).getParent());
      Files.write(Path.of(update, DIGESTS), lines);
      return;
    }
    Set<String> changed = new TreeSet<>(lines);
    try (InputStream in = CompileGateTest.class.getClassLoader().getResourceAsStream(DIGESTS)) {
      List<String> known = new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
      Set<String> gone = new TreeSet<>(known);
      gone.removeAll(lines);
      known.forEach(changed::remove);
      changed.addAll(gone);
    }
    assertEquals(
        Set.of(),
        changed,
        "These texts changed. To see how, run this test with -Dgolden.texts=DIRECTORY before and"
            + " after the change, and compare the directories; if they are as they should be, run"
            + " it with -Dgolden.update=src/test/resources.");
  }

  /// All different texts of some kernels, which are the same for every language.
  private static String text(Set<Kernel> kernels, Target target) {
    TreeSet<String> texts = new TreeSet<>();
    for (Kernel kernel : kernels) {
      CProgram program = CSource.of(kernel, target);
      Target other = new Target(CDialect.OPENCL, target.cpu(), target.units());
      assertEquals(CSource.of(kernel, other), program);
      texts.add(program.text());
    }
    return String.join("\n", texts);
  }

  private static String digest(String text) {
    try {
      byte[] all =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(all, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
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
  void compiles(String architecture) throws InterruptedException, ExecutionException {
    Assumptions.assumeTrue(isInstalled(), "nvcc is not installed");
    List<String> all = List.copyOf(texts);
    List<Callable<String>> compilations = new ArrayList<>();
    for (int first = 0; first < all.size(); first += MOST_PER_FILE) {
      List<String> some = all.subList(first, Math.min(all.size(), first + MOST_PER_FILE));
      String name = architecture + "-" + first;
      compilations.add(() -> compile(some, architecture, name));
    }
    try (var processors =
        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors())) {
      for (Future<String> said : processors.invokeAll(compilations)) {
        assertEquals("", said.get());
      }
    }
  }

  private static boolean isInstalled() {
    return Stream.of(System.getenv("PATH").split(java.io.File.pathSeparator))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, "nvcc")));
  }

  /// Compiles some texts as a file of a name.
  ///
  /// @return what the compiler says, of which there must be nothing
  private String compile(List<String> some, String architecture, String name)
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
    Path file = folder.resolve(name + ".cu");
    Files.writeString(file, source);
    Process compiler =
        new ProcessBuilder(
                "nvcc",
                "-arch=" + architecture,
                "-ptx",
                // Helpers, and loaded operands, that a text does not use.
                "--diag-suppress=177,550",
                "-o",
                folder.resolve(name + ".ptx").toString(),
                file.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, compiler.waitFor(), said);
    return said;
  }
}
