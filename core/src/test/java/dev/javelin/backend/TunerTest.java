package dev.javelin.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Choices among programs: by their times, remembered, and harmless where nothing can be remembered.
final class TunerTest {
  private static final long[] TIMES = {100, 98, 50, 70};

  @TempDir private Path folder;

  private Tuner tuner(String device) {
    return new Tuner(folder.resolve("deep").resolve("tuning.txt"), device, true);
  }

  @Test
  void theFastestIsChosenAndRemembered() throws IOException {
    assertEquals(2, tuner("a").choose("product m9 n9", 4, i -> TIMES[i]));
    assertEquals(2, tuner("a").choose("product m9 n9", 4, i -> fail("tried again")));
    assertEquals(0, tuner("a").choose("product m1 n1", 2, i -> TIMES[i]), "2 % are noise");
    try (var files = Files.list(folder.resolve("deep"))) {
      assertEquals(List.of("tuning.txt"), files.map(f -> f.getFileName().toString()).toList());
    }
    // Another number of programs, another class and another device are tried anew.
    assertEquals(1, tuner("a").choose("product m9 n9", 2, i -> 10 - i));
    assertEquals(3, tuner("b").choose("product m9 n9", 4, i -> 100 - 10 * i));
  }

  @Test
  void whatCannotBeTimedIsNotRemembered() {
    assertEquals(0, tuner("a").choose("product", 4, i -> 0));
    assertEquals(2, tuner("a").choose("product", 4, i -> TIMES[i]));
  }

  @Test
  void nothingIsTriedWhereItIsSwitchedOff() {
    Path file = folder.resolve("off.txt");
    assertEquals(0, new Tuner(file, "a", false).choose("product", 4, i -> fail("tried")));
    assertEquals(0, tuner("a").choose("product", 1, i -> fail("tried")));
    assertFalse(Files.exists(file));
  }

  @Test
  void aDamagedFileIsReplaced() throws IOException {
    Path file = folder.resolve("deep").resolve("tuning.txt");
    Files.createDirectories(file.getParent());
    for (String text : List.of("", "a\nproduct=", "a\nproduct=9999999999/4\n", "\0\1\2", "b\n")) {
      Files.writeString(file, text);
      assertEquals(2, tuner("a").choose("product", 4, i -> TIMES[i]));
      assertEquals("a\nproduct=2/4\n", Files.readString(file));
    }
    Files.write(file, new byte[] {(byte) 0xc3, 0x28});
    assertEquals(2, tuner("a").choose("product", 4, i -> TIMES[i]));
    Files.writeString(file, "a\nproduct=3/4\nother=1/2\nbroken\n");
    assertEquals(3, tuner("a").choose("product", 4, i -> fail("tried")));
  }

  @Test
  void aDirectoryThatCannotBeWrittenDoesNoHarm() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    Tuner tuner = new Tuner(file.resolve("tuning.txt"), "a", true);
    assertEquals(2, tuner.choose("product", 4, i -> TIMES[i]));
    assertEquals(2, tuner.choose("product", 4, i -> fail("in memory")));
    assertTrue(Files.isRegularFile(file));
  }
}
