package dev.javelin.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// Machines that have no OpenCL, or half of it, and those without the environment that the tests of this module have: each in a JVM
/// of its own, whose standard error must stay empty.
@EnabledOnOs(OS.LINUX)
@EnabledIf("dev.javelin.opencl.Cases#areToRun")
final class MachinesTest {
  private static final String UNAVAILABLE = "device 'opencl' is not available: ";
  private static final String BY_ZERO = "/ by zero";

  @TempDir private Path folder;

  private static List<String> run(Map<String, String> environment, String... options)
      throws IOException, InterruptedException {
    // Without what is available in place of OpenCL.
    return Child.run(Child.class, environment, options).stream()
        .map(line -> line.replaceFirst("; available here: .*", ""))
        .toList();
  }

  private static void assertComputes(List<String> lines) {
    assertEquals(3, lines.size(), lines.toString());
    assertTrue(lines.get(0).startsWith("found "), lines.toString());
    assertEquals("computed [11.0, 12.0, 13.0, 14.0]", lines.get(1));
    assertEquals(BY_ZERO, lines.get(2));
  }

  /// No libjsig: the handlers of the JVM are put back by the backend itself.
  @Test
  void theSignalsOfTheJvmStayItsOwn() throws Exception {
    assertComputes(run(Map.of()));
  }

  @Test
  void nothingIsInstalled() throws Exception {
    List<String> lines = run(Map.of(), "-Djavelin.opencl.library=libnothing.so.1");
    assertEquals(
        List.of(
            UNAVAILABLE + "there is no library libnothing.so.1, which javelin.opencl.library names",
            BY_ZERO),
        lines);
  }

  @Test
  void itIsSwitchedOff() throws Exception {
    assertEquals(
        List.of(
            UNAVAILABLE + "OpenCL is switched off by the setting javelin.opencl=false", BY_ZERO),
        run(Map.of(), "-Djavelin.opencl=false"));
  }

  @Test
  void aLibraryOfSomethingElse() throws Exception {
    assertEquals(
        List.of(UNAVAILABLE + "libc.so.6 is neither a loader nor a driver of OpenCL", BY_ZERO),
        run(Map.of(), "-Djavelin.opencl.library=libc.so.6"));
  }

  @Test
  void aLoaderWithoutADriver() throws Exception {
    List<String> lines = run(Map.of("OCL_ICD_VENDORS", folder.toString()));
    assertTrue(
        lines.getFirst().startsWith(UNAVAILABLE + "the OpenCL library libOpenCL.so"),
        lines.toString());
    assertTrue(
        lines.getFirst().contains("finds no driver; install the driver of your GPU"),
        lines.toString());
    assertEquals(BY_ZERO, lines.getLast());
  }

  @Test
  void aDriverWithoutALoader() throws Exception {
    assertComputes(run(Map.of(), "-Djavelin.opencl.library=libpocl.so.2"));
  }

  @Test
  void aCacheThatCannotBeWritten() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));
    Path cache = file.resolve("cache");
    List<String> lines = run(Map.of("POCL_CACHE_DIR", cache.toString()));
    assertTrue(lines.getFirst().startsWith(UNAVAILABLE), lines.toString());
    assertTrue(lines.getFirst().endsWith("POCL_CACHE_DIR names " + cache), lines.toString());
    assertEquals(BY_ZERO, lines.getLast());
  }

  @Test
  void noHomeDirectory() throws Exception {
    assertComputes(run(Map.of("POCL_CACHE_DIR", "", "XDG_CACHE_HOME", "", "HOME", "")));
    assertComputes(
        run(Map.of("POCL_CACHE_DIR", "", "XDG_CACHE_HOME", "", "HOME", "/nonexistent/x")));
  }
}
