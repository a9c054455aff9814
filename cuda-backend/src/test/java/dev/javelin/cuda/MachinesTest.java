package dev.javelin.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// Machines whose driver is missing, old or broken: each in a JVM of its own, whose standard error must stay empty.
@EnabledOnOs(OS.LINUX)
@EnabledIf("dev.javelin.cuda.Gcc#isToRun")
final class MachinesTest {
  private static final String UNAVAILABLE = "device 'cuda' is not available: ";

  @TempDir private Path folder;

  private List<String> run(String... options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED"));
    command.add("-Djavelin.cuda.cache=" + folder.resolve("cache"));
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.javelin.cuda.Child"));
    Path errors = folder.resolve("errors");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
    builder.environment().remove("JAVELIN_CUDA_LIBRARY_PATH");
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(2, TimeUnit.MINUTES));
    assertEquals("", Files.readString(errors), "nothing may be printed");
    assertEquals(0, process.exitValue(), out);
    return out.lines().toList();
  }

  /// The first line, without what is available in place of CUDA.
  private static String why(List<String> lines) {
    return lines.getFirst().replaceFirst("; available here: .*", "");
  }

  private void assertUnavailable(String reason, String... options) throws Exception {
    List<String> lines = run(options);
    assertEquals(List.of(UNAVAILABLE + reason, "false"), List.of(why(lines), lines.get(1)));
  }

  private String withDriver(String source) throws Exception {
    Gcc.compile(folder.resolve("libcuda.so.1"), source, "-Wl,-soname,libcuda.so.1");
    return "-Djavelin.cuda.library.path=" + folder;
  }

  /// A driver with all functions, each of which returns a status.
  private static String driver(int init, int version) {
    StringBuilder source = new StringBuilder();
    for (String function : Discovery.FUNCTIONS) {
      String body =
          switch (function) {
            case "cuInit" -> "return " + init + ";";
            case "cuDriverGetVersion" -> "*value = " + version + "; return 0;";
            case "cuDeviceGetCount" -> "*value = 0; return 0;";
            default -> "return 999;";
          };
      source.append("int ").append(function).append("(int *value) { ").append(body).append(" }\n");
    }
    return source.toString();
  }

  @Test
  void itIsSwitchedOff() throws Exception {
    assertUnavailable(
        "CUDA is switched off by the setting javelin.cuda=false", "-Djavelin.cuda=false");
  }

  @Test
  void theLibraryIsNoLibrary() throws Exception {
    Path file = Files.writeString(folder.resolve("libcuda.so.1"), "damaged");
    assertUnavailable(
        "the library " + file + " cannot be loaded", "-Djavelin.cuda.library.path=" + folder);
  }

  @Test
  void theDriverLacksFunctions() throws Exception {
    List<String> lines = run(withDriver("int cuInit(int flags) { return 0; }\n"));
    String reason = lines.getFirst();
    assertTrue(
        reason.startsWith(UNAVAILABLE + "the NVIDIA driver is too old: its libcuda.so.1 has no"),
        reason);
    assertTrue(reason.contains("cuStreamBeginCapture_v2"), reason);
    assertFalse(reason.contains("cuInit"), reason);
  }

  @Test
  void thereIsNoGpu() throws Exception {
    assertUnavailable("the NVIDIA driver finds no GPU", withDriver(driver(100, 13000)));
  }

  @Test
  void theDriverDoesNotStart() throws Exception {
    assertUnavailable(
        "the NVIDIA driver does not start: CUDA_ERROR_SYSTEM_DRIVER_MISMATCH (803)",
        withDriver(driver(803, 13000)));
  }

  @Test
  void theDriverIsTooOld() throws Exception {
    assertUnavailable(
        "the NVIDIA driver is for CUDA 11.4; install one for CUDA 12 or later",
        withDriver(driver(0, 11040)));
  }

  /// Goes through JCuda, which is loaded from the cache.
  @Test
  void theDriverHasNoDevices() throws Exception {
    String driver = withDriver(driver(0, 13000));
    assertUnavailable("the NVIDIA driver finds no GPU", driver);
    Path native12 =
        folder.resolve("cache/jcuda-12.6.0-cuda12/libJCudaDriver-12.6.0-linux-x86_64.so");
    assertTrue(Files.size(native12) > 1_000_000);
    Files.write(native12, new byte[] {1, 2, 3});
    assertUnavailable("the NVIDIA driver finds no GPU", driver);
    assertTrue(Files.size(native12) > 1_000_000, "what was damaged is replaced");
  }

  @Test
  void aCacheThatCannotBeWritten() throws Exception {
    String driver = withDriver(driver(0, 12000));
    Path file = Files.createFile(folder.resolve("file"));
    assertUnavailable(
        "the NVIDIA driver finds no GPU", driver, "-Djavelin.cuda.cache=" + file + "/cache");
  }

  @Test
  void thereIsNoDriver() throws Exception {
    assumeTrue(LibrarySearch.ofSystem().drivers().isEmpty(), "this machine has a driver");
    List<String> lines = run();
    assertEquals(
        UNAVAILABLE
            + "no NVIDIA driver is installed (looked for libcuda.so.1); install the driver of your"
            + " GPU, or name the directory of the library in JAVELIN_CUDA_LIBRARY_PATH",
        why(lines));
  }
}
