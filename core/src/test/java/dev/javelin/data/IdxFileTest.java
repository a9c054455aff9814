package dev.javelin.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxFileTest {
  private static final byte[] IMAGES = SmallSets.idx(3, 5, 4);

  @TempDir private Path directory;

  private IdxFile read(byte[] contents, int rank) {
    Path file = SmallSets.write(directory.resolve("some-file"), contents);
    return IdxFile.read(file, rank, IdxFile.Origin.of(file));
  }

  private String defect(byte[] contents, int rank) {
    String message = assertThrows(DataException.class, () -> read(contents, rank)).getMessage();
    assertTrue(message.startsWith(directory.resolve("some-file") + " "), message);
    assertTrue(message.endsWith("; delete it, or put a good copy in its place"), message);
    return message.substring(
        message.indexOf("some-file ") + "some-file ".length(), message.indexOf(';'));
  }

  @Test
  void readsPlainAndGzippedAlike() {
    for (byte[] contents : new byte[][] {IMAGES, SmallSets.gzip(IMAGES)}) {
      IdxFile idx = read(contents, 3);
      assertArrayEquals(new int[] {3, 5, 4}, idx.dims());
      assertArrayEquals(Arrays.copyOfRange(IMAGES, 16, IMAGES.length), idx.data());
      assertEquals(SmallSets.md5(IMAGES), idx.md5());
    }
    assertArrayEquals(new int[] {0}, read(SmallSets.idx(0), 1).dims());
  }

  @Test
  void missingFileAndDirectory() {
    Path file = directory.resolve("absent");
    var origin = new IdxFile.Origin("the file", "look again");
    assertEquals(
        "the file cannot be read: there is no such file; look again",
        assertThrows(DataException.class, () -> IdxFile.read(file, 1, origin)).getMessage());
    assertEquals(
        "the file cannot be read: it is a directory; look again",
        assertThrows(DataException.class, () -> IdxFile.read(directory, 1, origin)).getMessage());
  }

  @Test
  void foreignFile() {
    assertEquals(
        "is not an IDX file of unsigned bytes in 3 dimensions: expected it to begin with"
            + " 00 00 08 03, found 3c 68 74 6d",
        defect("<html>".getBytes(StandardCharsets.US_ASCII), 3));
    assertEquals(
        "is not an IDX file of unsigned bytes in 1 dimension: expected it to begin with"
            + " 00 00 08 01, found 00 00 08 03",
        defect(IMAGES, 1));
    assertEquals(
        "is not an IDX file of unsigned bytes in 1 dimension: expected it to begin with"
            + " 00 00 08 01, found it empty",
        defect(new byte[0], 1));
    assertEquals(
        "is not an IDX file of unsigned bytes in 1 dimension: expected it to begin with"
            + " 00 00 08 01, found 00 00 08",
        defect(new byte[] {0, 0, 8}, 1));
  }

  @Test
  void everyFlippedBitOfTheMagicIsFound() {
    for (int bit = 0; bit < 32; bit++) {
      byte[] damaged = IMAGES.clone();
      damaged[bit / 8] ^= (byte) (1 << (bit % 8));
      assertTrue(defect(damaged, 3).startsWith("is not an IDX file"));
    }
  }

  @Test
  void promisedAgainstFoundSize() {
    assertEquals(
        "is damaged: expected 3 x 5 x 4 = 60 bytes behind its header, found 59",
        defect(Arrays.copyOf(IMAGES, IMAGES.length - 1), 3));
    assertEquals(
        "is damaged: expected 3 x 5 x 4 = 60 bytes behind its header, found 62",
        defect(SmallSets.gzip(Arrays.copyOf(IMAGES, IMAGES.length + 2)), 3));
    assertEquals(
        "is damaged: expected a header of 16 bytes, found 15",
        defect(Arrays.copyOf(IMAGES, 15), 3));
  }

  @Test
  void hugePromiseIsNotBelieved() {
    byte[] damaged = IMAGES.clone();
    ByteBuffer.wrap(damaged).putInt(4, -1).putInt(8, -1).putInt(12, -1);
    assertEquals(
        "is damaged: expected at most 2147483639 bytes, found a promise of"
            + " 4294967295 x 4294967295 x 4294967295",
        defect(damaged, 3));
    ByteBuffer.wrap(damaged).putInt(4, 2_147_483_639).putInt(8, 1).putInt(12, 1);
    assertEquals(
        "is damaged: expected 2147483639 x 1 x 1 = 2147483639 bytes behind its header, found 60",
        defect(damaged, 3));
  }

  @Test
  void readsMoreThanItAsksForAtFirst() {
    int size = (40 << 20) + 1;
    byte[] contents = ByteBuffer.allocate(8 + size).putInt(0x801).putInt(size).array();
    for (int at = 8; at < contents.length; at += 4097) {
      contents[at] = (byte) at;
    }
    byte[] data = read(contents, 1).data();
    assertEquals(-1, Arrays.mismatch(data, 0, size, contents, 8, contents.length));
  }

  @Test
  void truncatedAnywhereIsADefect() {
    for (byte[] whole : new byte[][] {IMAGES, SmallSets.gzip(IMAGES)}) {
      for (int length = 0; length < whole.length; length++) {
        String message = defect(Arrays.copyOf(whole, length), 3);
        assertTrue(message.contains("expected"), message);
        assertTrue(message.contains("found"), message);
      }
    }
    assertEquals(
        "is damaged: expected a whole gzip file, found only its first 30 bytes",
        defect(Arrays.copyOf(SmallSets.gzip(IMAGES), 30), 3));
  }

  @Test
  void damageToGzippedDataIsADefectOrShowsInTheMd5() {
    var random = new SplittableRandom(7);
    byte[] whole = SmallSets.gzip(IMAGES);
    for (int i = 0; i < 2000; i++) {
      byte[] damaged = whole.clone();
      damaged[random.nextInt(whole.length)] ^= (byte) (1 << random.nextInt(8));
      try {
        // Time and file name in the header of gzip may change without any harm.
        assertArrayEquals(Arrays.copyOfRange(IMAGES, 16, IMAGES.length), read(damaged, 3).data());
      } catch (DataException e) {
        assertTrue(e.getMessage().contains("found"), e.getMessage());
      }
    }
  }

  @Test
  void wrongMd5() {
    IdxFile idx = read(IMAGES, 3);
    var origin = new IdxFile.Origin("the file", "look again");
    idx.requireMd5(SmallSets.md5(IMAGES), "", origin);
    String message =
        assertThrows(DataException.class, () -> idx.requireMd5("0123", ", a stranger", origin))
            .getMessage();
    assertEquals(
        "the file is not the file it should be: expected the MD5 0123 (of its uncompressed bytes),"
            + " found "
            + SmallSets.md5(IMAGES)
            + ", a stranger; look again",
        message);
  }
}
