package dev.javelin.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.io.SafeTensorsFile.Entry;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  @TempDir private Path directory;

  private static AtomicFile.Contents text(String text) {
    return channel -> channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static String failure(Path file) {
    return assertThrows(UncheckedIOException.class, () -> AtomicFile.write(file, text("new")))
        .getMessage();
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void createsAndReplaces() throws IOException {
    Path file = directory.resolve("f");
    AtomicFile.write(file, text("a long old text"));
    AtomicFile.write(file, text("new"));
    assertEquals("new", Files.readString(file));
    assertEquals(List.of("f"), names());
  }

  @Test
  void nameAsLongAsTheFileSystemAllows() throws IOException {
    Path file = directory.resolve("n".repeat(255));
    AtomicFile.write(file, text("new"));
    assertEquals("new", Files.readString(file));
  }

  @Test
  void failureInTheMiddleKeepsTheOldFile() throws IOException {
    Path file = directory.resolve("f");
    AtomicFile.write(file, text("old"));
    var failing =
        assertThrows(
            UncheckedIOException.class,
            () ->
                AtomicFile.write(
                    file,
                    channel -> {
                      text("half of the n").writeTo(channel);
                      throw new IOException("No space left on device");
                    }));
    assertEquals(
        "cannot write " + file + ": No space left on device; nothing was changed",
        failing.getMessage());
    assertEquals("old", Files.readString(file));
    assertEquals(List.of("f"), names());
  }

  @Test
  void dataThatIsGoneKeepsTheOldFile() throws IOException {
    Path file = directory.resolve("f");
    AtomicFile.write(file, text("old"));
    Entry entry;
    try (Arena arena = Arena.ofConfined()) {
      entry = new Entry(DType.INT8, Shape.of(5), arena.allocate(5));
    }
    assertThrows(
        IllegalStateException.class,
        () -> SafeTensorsFile.write(file, Map.of("x", entry), Map.of()));
    assertEquals("old", Files.readString(file));
    assertEquals(List.of("f"), names());
  }

  @Test
  void noSuchDirectory() {
    Path file = directory.resolve("no").resolve("such").resolve("f");
    assertEquals(
        "cannot write "
            + file
            + ": there is no directory "
            + file.getParent()
            + "; nothing was changed",
        failure(file));
  }

  @Test
  void fileInPlaceOfADirectory() throws IOException {
    Path parent = Files.writeString(directory.resolve("parent"), "x");
    assertEquals(
        "cannot write "
            + parent.resolve("f")
            + ": "
            + parent
            + " is not a directory; nothing was changed",
        failure(parent.resolve("f")));
  }

  @Test
  void directoryInPlaceOfAFile() throws IOException {
    Path file = Files.createDirectory(directory.resolve("d"));
    assertEquals(
        "cannot write " + file + ": it is a directory; nothing was changed", failure(file));
    assertTrue(Files.isDirectory(file));
  }

  @Test
  void directoryThatCannotBeWritten() throws IOException {
    Path locked = Files.createDirectory(directory.resolve("locked"));
    boolean changed = locked.toFile().setWritable(false);
    Assumptions.assumeTrue(
        changed && !Files.isWritable(locked), "skipped: this user may write everywhere");
    try {
      assertEquals(
          "cannot write "
              + locked.resolve("f")
              + ": no permission to create files in "
              + locked
              + "; nothing was changed",
          failure(locked.resolve("f")));
    } finally {
      assertTrue(locked.toFile().setWritable(true));
    }
  }

  @Test
  void symbolicLinkStays() throws IOException {
    Path file = directory.resolve("file");
    AtomicFile.write(file, text("old"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("file"));
    AtomicFile.write(link, text("new"));
    assertTrue(Files.isSymbolicLink(link));
    assertEquals("new", Files.readString(file));
  }

  @Test
  void readableByWhoeverMayReadOtherFiles() throws IOException {
    Path usual = Files.createFile(directory.resolve("usual"));
    Assumptions.assumeTrue(
        Files.getFileStore(usual).supportsFileAttributeView("posix"),
        "skipped: no POSIX permissions here");
    Path file = directory.resolve("f");
    AtomicFile.write(file, text("new"));
    assertEquals(Files.getPosixFilePermissions(usual), Files.getPosixFilePermissions(file));
  }

  @Test
  void relativePath() {
    Path missing = Path.of("no-such-directory-here").resolve("f");
    assertTrue(failure(missing).startsWith("cannot write " + missing + ": there is no directory "));
  }
}
