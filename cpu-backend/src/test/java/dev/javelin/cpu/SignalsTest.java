package dev.javelin.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A signal, as profilers send them, must find every thread on its own stack.
final class SignalsTest {
  private static final Pattern REPORT = Pattern.compile("signals (\\d+), outside (\\d+)");
  private static final Pattern BLOCKED = Pattern.compile("SigBlk:\\s+([0-9a-f]+)");

  @TempDir private Path folder;

  /// What another process does: products of all kinds.
  static final class Products {
    private static final long NANOS = 500_000_000;

    private Products() {}

    public static void main(String[] arguments) {
      try (var arena = Arena.ofConfined()) {
        long a = arena.allocate(4L * 1024 * 1024, 64).address();
        long b = arena.allocate(4L * 1024 * 1024, 64).address();
        long c = arena.allocate(4L * 1024 * 1024, 64).address();
        for (boolean transposed : new boolean[] {false, true}) {
          long lda = transposed ? 64 : 784;
          long end = System.nanoTime() + NANOS;
          while (System.nanoTime() < end) {
            DnnlApi.sgemm(transposed, false, 64, 512, 784, a, lda, b, 512, c, 512, false);
          }
        }
      }
    }
  }

  @Test
  void findEveryThreadOnItsStack() throws IOException, InterruptedException {
    assumeTrue(Dnnl.get().isPresent(), "there is no oneDNN");
    boolean compiler =
        Stream.of(System.getenv("PATH").split(java.io.File.pathSeparator))
            .anyMatch(directory -> Files.isExecutable(Path.of(directory, "g++")));
    if (System.getenv("JAVELIN_REQUIRE_EMULATION") == null) {
      assumeTrue(compiler, "g++ is not installed");
    }
    Path library = folder.resolve("stack_watch.so");
    String source = Path.of("src/test/native/stack_watch.cpp").toAbsolutePath().toString();
    assertEquals("", run("", "g++", "-O1", "-shared", "-fPIC", "-o", library.toString(), source));
    String said =
        run(
            library.toString(),
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--add-modules=jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            Products.class.getName());
    Matcher report = REPORT.matcher(said);
    assertTrue(report.find(), said);
    assertTrue(Long.parseLong(report.group(1)) > 100, said);
    assertEquals("0", report.group(2), said);
  }

  private String run(String preload, String... command) throws IOException, InterruptedException {
    Path out = folder.resolve("out.txt");
    ProcessBuilder builder =
        new ProcessBuilder(List.of(command)).redirectErrorStream(true).redirectOutput(out.toFile());
    if (!preload.isEmpty()) {
      builder.environment().put("LD_PRELOAD", preload);
    }
    assertEquals(0, builder.start().waitFor());
    return Files.readString(out);
  }

  @Test
  void comeAgainAfterwards() throws Throwable {
    assumeTrue(Dnnl.get().isPresent(), "there is no oneDNN");
    long usual = blocked();
    MemorySegment before = Signals.block();
    try {
      // All but those of illegal instructions, traps, bus errors, arithmetic, segmentation, and 9,
      // 19, 32 and 33, which cannot be blocked.
      assertEquals(~0x1_8004_05d8L, blocked());
    } finally {
      Signals.restore(before);
    }
    assertEquals(usual, blocked());
  }

  private static long blocked() throws IOException {
    String status = Files.readString(Path.of("/proc/thread-self/status"), StandardCharsets.UTF_8);
    Matcher mask = BLOCKED.matcher(status);
    assertTrue(mask.find(), status);
    return Long.parseUnsignedLong(mask.group(1), 16);
  }
}
