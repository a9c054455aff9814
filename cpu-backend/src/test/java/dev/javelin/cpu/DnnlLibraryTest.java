package dev.javelin.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import org.junit.jupiter.api.io.TempDir;

/// How the library is found and unpacked, each time in a process of its own.
class DnnlLibraryTest {
  @TempDir Path cache;

  /// What runs in the other process: says whether oneDNN works.
  static final class Probe {
    private Probe() {}

    public static void main(String[] args) {
      // The restricted-method warning of a JVM without flags must not be mistaken for ours.
      System.out.println("oneDNN: " + Dnnl.get().isPresent() + " " + Dnnl.unavailableReason());
    }
  }

  @Test
  void switchedOff() throws Exception {
    assertEquals(
        "oneDNN: false oneDNN is switched off by the setting javelin.onednn=false.",
        finish(start("-Djavelin.onednn=false")));
    try (var files = Files.list(cache)) {
      assertEquals(0, files.count());
    }
  }

  @Test
  void severalProcessesUnpackAtOnceAndADamagedFileIsReplaced() throws Exception {
    assumeTrue(Dnnl.get().isPresent(), Dnnl.unavailableReason());
    var first = start();
    var second = start();
    assertEquals("oneDNN: true ", finish(first));
    assertEquals("oneDNN: true ", finish(second));
    Path library = library();
    long size = Files.size(library);
    try (var channel = Files.newByteChannel(library, java.nio.file.StandardOpenOption.WRITE)) {
      channel.truncate(4096);
    }
    assertEquals("oneDNN: true ", finish(start()));
    assertEquals(size, Files.size(library()));
    try (var files = Files.list(library.getParent())) {
      assertEquals(2, files.count(), "no partial files stay behind");
    }
  }

  @Test
  void worksWithoutACache() throws Exception {
    assumeTrue(Dnnl.get().isPresent(), Dnnl.unavailableReason());
    // A file where the directory should be.
    Files.writeString(cache.resolve("javelin"), "");
    Path temporary = Files.createDirectory(cache.resolve("tmp"));
    assertEquals("oneDNN: true ", finish(start("-Djava.io.tmpdir=" + temporary)));
    try (var files = Files.list(temporary)) {
      assertEquals(0, files.count(), "the temporary directory is removed");
    }
  }

  private Path library() throws IOException {
    try (var files = Files.walk(cache)) {
      return files
          .filter(f -> f.getFileName().toString().startsWith("libdnnl"))
          .findFirst()
          .orElseThrow();
    }
  }

  private Process start(String... options) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-XX:TieredStopAtLevel=1");
    command.addAll(List.of(options));
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(Probe.class.getName());
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("XDG_CACHE_HOME", cache.toString());
    return builder.start();
  }

  /// Everything the process printed: nothing may come beside the line of the probe.
  private static String finish(Process process) throws IOException, InterruptedException {
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(30, TimeUnit.SECONDS));
    return text.replaceFirst("\\R$", "");
  }
}
