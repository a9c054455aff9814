package dev.javelin.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MnistFilesTest {
  private static final byte[] IMAGES = SmallSets.idx(12, 28, 28);
  private static final byte[] LABELS = SmallSets.idx(12);

  @TempDir private Path root;
  private Path home;
  private Path working;

  @BeforeEach
  void makeDirectories() {
    home = root.resolve("home");
    working = root.resolve("project");
  }

  private MnistFiles files(Map<String, String> environment) {
    return new MnistFiles(
        DataPlaces.of(environment, home, working),
        new Download(Duration.ofSeconds(1), Duration.ofSeconds(1)));
  }

  private static void put(Path directory, byte[] images, byte[] labels) {
    SmallSets.write(directory.resolve("images"), images);
    SmallSets.write(directory.resolve("labels.gz"), SmallSets.gzip(labels));
  }

  private static ImageSet load(MnistFiles files, Path... directory) {
    return load(files, SmallSets.set(IMAGES, LABELS), directory);
  }

  private static ImageSet load(MnistFiles files, MnistSet set, Path... directory) {
    return files.load(set, true, Arrays.stream(directory).findFirst(), Progress.none());
  }

  @Test
  void loadsImagesAndLabels() {
    put(root.resolve("given"), IMAGES, LABELS);
    ImageSet set = load(files(Map.of()), root.resolve("given"));
    assertEquals(12, set.size());
    assertEquals(28, set.height());
    assertEquals(28, set.width());
    assertEquals("small", set.name());
    assertEquals(List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"), set.classNames());
    assertFalse(set.generated());
    assertEquals("Small from " + root.resolve("given"), set.source());
    assertEquals(1, set.label(11));
    assertArrayEquals(Arrays.copyOfRange(IMAGES, 16 + 784, 16 + 2 * 784), set.image(1));
  }

  @Test
  void searchOrder() throws Exception {
    Path cacheHome = root.resolve("cache");
    var environment =
        new HashMap<>(
            Map.of(
                "JAVELIN_DATA", root.resolve("named").toString(),
                "XDG_CACHE_HOME", cacheHome.toString()));
    List<Path> inOrder =
        List.of(
            root.resolve("named/small"),
            root.resolve("named"),
            working.resolve("data/small"),
            root.resolve("shared/data/small"),
            cacheHome.resolve("javelin/data/small"));
    Files.createDirectories(working);
    for (Path directory : inOrder) {
      put(directory, IMAGES, LABELS);
    }
    for (Path directory : inOrder) {
      assertEquals("Small from " + directory, load(files(environment)).source());
      Files.delete(directory.resolve("images"));
      Files.delete(directory.resolve("labels.gz"));
    }
    assertThrows(DataNotFoundException.class, () -> load(files(environment)));
  }

  @Test
  void cacheDirectory() {
    Path standard = home.resolve(".cache/javelin/data/small");
    put(standard, IMAGES, LABELS);
    for (String cache : List.of("", "relative/path")) {
      var environment = Map.of("XDG_CACHE_HOME", cache, "JAVELIN_DATA", " ");
      assertEquals("Small from " + standard, load(files(environment)).source());
    }
  }

  @Test
  void givenDirectoryIsTheOnlyOneLookedInto() {
    put(working.resolve("data/small"), IMAGES, LABELS);
    Path given = root.resolve("given");
    SmallSets.write(given.resolve("labels"), LABELS);
    var wrong = assertThrows(DataException.class, () -> load(files(Map.of()), given));
    assertFalse(wrong instanceof DataNotFoundException, "must not lead to the stand-in");
    assertEquals(
        "Small is not in the directory given, "
            + given
            + ": looked for images, with and without .gz, in "
            + given.resolve("small")
            + ", "
            + given
            + " and did not find it; put the files there, or give no directory to have them looked"
            + " for elsewhere and downloaded",
        wrong.getMessage());
    put(given.resolve("small"), IMAGES, LABELS);
    assertEquals("Small from " + given.resolve("small"), load(files(Map.of()), given).source());
  }

  @Test
  void givenDirectoryThatDoesNotExist() {
    Path given = root.resolve("nowhere");
    String message =
        assertThrows(DataException.class, () -> load(files(Map.of()), given)).getMessage();
    assertTrue(message.contains(given + ", which is not a directory: "), message);
    assertTrue(message.contains("looked for images and labels, with"), message);
    assertTrue(message.contains("did not find them"), message);
  }

  @Test
  void foundButDamagedIsAnErrorAndNotPassedOver() {
    put(working.resolve("data/small"), Arrays.copyOf(IMAGES, 5000), LABELS);
    put(home.resolve(".cache/javelin/data/small"), IMAGES, LABELS);
    var damaged = assertThrows(DataException.class, () -> load(files(Map.of())));
    assertFalse(damaged instanceof DataNotFoundException);
    assertTrue(
        damaged.getMessage().contains("expected 12 x 28 x 28 = 9408 bytes"), damaged.getMessage());
  }

  @Test
  void aChangedPixelIsFound() {
    byte[] changed = IMAGES.clone();
    changed[1000]++;
    put(root.resolve("given"), changed, LABELS);
    String message =
        assertThrows(DataException.class, () -> load(files(Map.of()), root.resolve("given")))
            .getMessage();
    assertEquals(
        root.resolve("given/images")
            + " is not the file it should be: expected the MD5 "
            + SmallSets.md5(IMAGES)
            + " (of its uncompressed bytes), found "
            + SmallSets.md5(changed)
            + "; delete it, or put a good copy in its place",
        message);
  }

  @Test
  void aFileOfTheOtherDataSetIsRecognised() {
    assertEquals(
        Optional.of("t10k-labels-idx1-ubyte of MNIST"),
        MnistSet.describe("27ae3e4e09519cfbb04c329615203637"));
    assertEquals(Optional.empty(), MnistSet.describe("0"));
  }

  @Test
  void contentsThatDoNotFitTogether() {
    Path given = root.resolve("given");
    byte[] wide = SmallSets.idx(12, 28, 29);
    put(given, wide, LABELS);
    assertEquals(
        given.resolve("images")
            + ": expected images of 28 x 28, found [12, 28, 29]; put the right file in its place",
        messageOf(SmallSets.set(wide, LABELS), given));
    byte[] fewer = SmallSets.idx(11);
    put(given, IMAGES, fewer);
    assertEquals(
        given.resolve("labels.gz")
            + ": expected 12 labels for the images of "
            + given.resolve("images")
            + ", found 11; put the right file in its place",
        messageOf(SmallSets.set(IMAGES, fewer), given));
    byte[] large = LABELS.clone();
    large[large.length - 1] = (byte) 200;
    put(given, IMAGES, large);
    assertEquals(
        given.resolve("labels.gz")
            + ": expected labels from 0 to 9, found 200; put the right file in its place",
        messageOf(SmallSets.set(IMAGES, large), given));
  }

  private String messageOf(MnistSet set, Path given) {
    return assertThrows(DataException.class, () -> load(files(Map.of()), set, given)).getMessage();
  }

  @Test
  void neitherFoundNorDownloadable() {
    // Nothing listens on this port: it is reserved, and no service was ever given it.
    MnistSet set =
        SmallSets.set(IMAGES, LABELS, java.net.URI.create("http://127.0.0.1:1/somewhere/"));
    var missing = assertThrows(DataException.class, () -> load(files(Map.of()), set));
    assertInstanceOf(DataNotFoundException.class, missing);
    Path cache = home.resolve(".cache/javelin/data/small");
    assertEquals(
        "Small is not on this machine and could not be downloaded: looked for images, with and"
            + " without .gz, in "
            + working.resolve("data/small")
            + ", "
            + root.resolve("shared/data/small")
            + ", "
            + cache
            + "; tried http://127.0.0.1:1/somewhere/images.gz (the server cannot be reached); put"
            + " the files into one of these directories, or name their directory in the environment"
            + " variable JAVELIN_DATA",
        missing.getMessage());
  }
}
