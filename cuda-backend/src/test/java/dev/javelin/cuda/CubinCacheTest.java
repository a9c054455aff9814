package dev.javelin.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a cache gives back, and that nothing in it can do harm.
final class CubinCacheTest {
  private static final List<String> OPTIONS = Compiler.options("sm_90");
  private static final byte[] CUBIN = {1, 2, 3, 4, 5};

  @TempDir private Path folder;

  private CubinCache cache() {
    return new CubinCache(Optional.of(folder));
  }

  private Path onlyFile() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> all = files.toList();
      assertEquals(1, all.size(), all.toString());
      return all.getFirst();
    }
  }

  @Test
  void givesBackWhatWasMadeOfTheSame() {
    cache().put("text", OPTIONS, "13.0", CUBIN);
    assertArrayEquals(CUBIN, cache().get("text", OPTIONS, "13.0").orElseThrow());
    assertTrue(cache().get("other text", OPTIONS, "13.0").isEmpty());
    assertTrue(cache().get("text", Compiler.options("sm_80"), "13.0").isEmpty());
    assertTrue(cache().get("text", OPTIONS, "12.9").isEmpty());
  }

  @Test
  void withoutACompilerAnyVersionWillDo() throws IOException {
    cache().put("text", OPTIONS, "12.6", new byte[] {6});
    cache().put("text", OPTIONS, "13.0", CUBIN);
    assertArrayEquals(CUBIN, cache().getAny("text", OPTIONS).orElseThrow());
    Files.write(folder.resolve(CubinCache.name("text", OPTIONS, "13.0")), new byte[] {1});
    assertArrayEquals(new byte[] {6}, cache().getAny("text", OPTIONS).orElseThrow());
    assertTrue(cache().getAny("text", Compiler.options("sm_80")).isEmpty());
  }

  @Test
  void damagedFilesAreNotUsed() throws IOException {
    cache().put("text", OPTIONS, "13.0", CUBIN);
    byte[] whole = Files.readAllBytes(onlyFile());
    for (int length = 0; length < whole.length; length++) {
      Files.write(onlyFile(), Arrays.copyOf(whole, length));
      assertTrue(cache().get("text", OPTIONS, "13.0").isEmpty());
    }
    for (int i = 0; i < whole.length; i++) {
      byte[] damaged = whole.clone();
      damaged[i] ^= 4;
      Files.write(onlyFile(), damaged);
      assertTrue(cache().get("text", OPTIONS, "13.0").isEmpty());
    }
    cache().put("text", OPTIONS, "13.0", CUBIN);
    assertArrayEquals(CUBIN, cache().get("text", OPTIONS, "13.0").orElseThrow());
  }

  @Test
  void aPlaceThatCannotBeWrittenIsNoReasonToFail() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    for (Optional<Path> place :
        List.of(Optional.<Path>empty(), Optional.of(file), Optional.of(folder.resolve("none")))) {
      CubinCache cache = new CubinCache(place);
      cache.put("text", OPTIONS, "13.0", CUBIN);
      assertTrue(cache.get("text", OPTIONS, "13.0").isEmpty());
      assertTrue(cache.getAny("text", OPTIONS).isEmpty());
    }
    // A directory where the file should be.
    Files.createDirectories(folder.resolve(CubinCache.name("text", OPTIONS, "13.0")).resolve("x"));
    cache().put("text", OPTIONS, "13.0", CUBIN);
    assertTrue(cache().get("text", OPTIONS, "13.0").isEmpty());
  }

  /// Readers see a whole file while others replace it; a library is put into place the same way.
  @Test
  void manyMayWriteAtOnce() throws Exception {
    byte[][] versions = new byte[4][];
    for (int i = 0; i < versions.length; i++) {
      versions[i] = new byte[100_000 + i];
      Arrays.fill(versions[i], (byte) i);
    }
    Path library = folder.resolve("library.so");
    try (var threads = Executors.newFixedThreadPool(versions.length)) {
      List<Future<?>> futures = new ArrayList<>();
      for (byte[] version : versions) {
        futures.add(threads.submit(() -> replaceOften(library, version)));
      }
      for (Future<?> future : futures) {
        future.get();
      }
    }
    // Nothing is left behind.
    assertEquals(library, onlyFile());
  }

  private static Void replaceOften(Path library, byte[] version) throws IOException {
    for (int i = 0; i < 50; i++) {
      Natives.place(library, version);
      byte[] found = Files.readAllBytes(library);
      assertEquals(100_000 + found[0], found.length);
      assertEquals(found[0], found[found.length - 1]);
    }
    return null;
  }
}
