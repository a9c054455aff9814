package dev.javelin.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.io.SafeTensorsFile.Entry;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a process that dies, or a disk that fills, leaves behind.
class CrashTest {
  @TempDir private Path directory;
  private Path file;
  private byte[] old;

  @BeforeEach
  void oldFile() throws IOException {
    file = directory.resolve("model.safetensors");
    Entry entry = new Entry(DType.INT8, Shape.of(3), MemorySegment.ofArray(new byte[] {1, 2, 3}));
    SafeTensorsFile.write(file, Map.of("x", entry), Map.of());
    old = Files.readAllBytes(file);
  }

  private Process start(String what) throws IOException {
    String java =
        String.join(
            "' '",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:-UsePerfData",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            WritingProcess.class.getName(),
            what,
            file.toString());
    // At most 64 blocks of 1 KiB a file: the disk is full after half of the new one.
    String limit = what.equals("whole") ? "ulimit -f 64; " : "";
    return new ProcessBuilder("bash", "-c", limit + "exec '" + java + "'")
        .redirectErrorStream(true)
        .start();
  }

  @Test
  void killedInTheMiddleOfAWrite() throws IOException, InterruptedException {
    Process process = start("half");
    try (BufferedReader output = process.inputReader()) {
      assertEquals("half", output.readLine());
      process.destroyForcibly().waitFor();
    }
    assertArrayEquals(old, Files.readAllBytes(file));
    assertEquals(1, SafeTensorsFile.read(file).size());
    try (Stream<Path> files = Files.list(directory)) {
      List<String> others =
          files
              .map(path -> path.getFileName().toString())
              .filter(name -> !name.equals("model.safetensors"))
              .toList();
      assertEquals(1, others.size(), "the half of the new file: " + others);
      assertTrue(others.getFirst().startsWith(".javelin-"), others.getFirst());
    }
  }

  @Test
  void fullDisk() throws IOException, InterruptedException {
    Process process = start("whole");
    try (BufferedReader output = process.inputReader()) {
      assertEquals(
          "cannot write " + file + ": File too large; nothing was changed", output.readLine());
      process.waitFor();
    }
    assertArrayEquals(old, Files.readAllBytes(file));
    try (Stream<Path> files = Files.list(directory)) {
      assertEquals(List.of(file), files.toList());
    }
  }

  /// Another program writes the file in place while it is mapped: stored and compressed entries.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void fileThatGetsShorterWhileItIsRead(boolean compressed) throws IOException {
    Path archive = directory.resolve("short.npz");
    byte[] noise = new byte[1 << 18];
    new SplittableRandom(1).nextBytes(noise);
    Files.write(archive, Corpus.packed(Map.of("x.npy", noise), compressed));
    FormatException error =
        assertThrows(
            FormatException.class,
            () ->
                FileBytes.read(
                    archive,
                    Arena.ofAuto(),
                    bytes -> {
                      ZipArchive zip = ZipArchive.parse(bytes);
                      shorten(archive);
                      return zip.entries().get("x.npy").contents(Arena.ofAuto());
                    }));
    assertEquals(archive + " became shorter while it was read", error.getMessage());
  }

  private static void shorten(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(100);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
