package dev.javelin.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageFilesTest {
  @Test
  void names() {
    assertEquals(List.of("fashion-mnist", "mnist"), ImageFiles.names());
    assertEquals(10, ImageFiles.classNames("mnist").size());
    assertEquals("Ankle boot", ImageFiles.classNames("fashion-mnist").get(9));
    String message =
        assertThrows(IllegalArgumentException.class, () -> ImageFiles.classNames("cifar"))
            .getMessage();
    assertEquals(
        "there is no data set named \"cifar\"; there are fashion-mnist and mnist", message);
  }

  @Test
  void viewsCannotBeWritten() {
    ImageSet set = ImageFiles.generated(true, 10, 0);
    assertThrows(
        IllegalArgumentException.class, () -> set.images().set(ValueLayout.JAVA_BYTE, 0, (byte) 1));
    assertThrows(
        IllegalArgumentException.class, () -> set.labels().set(ValueLayout.JAVA_BYTE, 0, (byte) 1));
    assertEquals(7840, set.images().byteSize());
    assertThrows(IndexOutOfBoundsException.class, () -> set.image(10));
    assertThrows(IndexOutOfBoundsException.class, () -> set.image(-1));
    assertThrows(IndexOutOfBoundsException.class, () -> set.label(10));
  }

  @Test
  void first() {
    ImageSet set = ImageFiles.generated(true, 30, 0);
    assertEquals(12, set.first(12).size());
    assertArrayEquals(set.image(11), set.first(12).image(11));
    assertEquals(30, set.first(31).size());
  }

  @ParameterizedTest
  @CsvSource({
    "fashion-mnist, true, 60000, 9",
    "fashion-mnist, false, 10000, 9",
    "mnist, true, 60000, 5",
    "mnist, false, 10000, 7"
  })
  void realData(String name, boolean train, int size, int firstLabel) {
    ImageSet set = ImageFiles.load(name, train, Optional.of(realDirectory()), Progress.none());
    assertEquals(size, set.size());
    assertEquals(firstLabel, set.label(0));
    int[] counts = new int[10];
    for (int i = 0; i < size; i++) {
      counts[set.label(i)]++;
    }
    for (int count : counts) {
      assertTrue(count > size / 12, name + " has few of a class: " + count);
    }
  }

  @Test
  void realFilesOfTheOtherDataSet() {
    Path fashion = realDirectory().resolve("fashion-mnist");
    String message =
        assertThrows(
                DataException.class,
                () -> ImageFiles.load("mnist", false, Optional.of(fashion), Progress.none()))
            .getMessage();
    assertTrue(
        message.contains(
            "found 8181f5470baa50b63fa0f6fddb340f0a, which is t10k-images-idx3-ubyte of"
                + " Fashion-MNIST; "),
        message);
  }

  /// The real data beside the project, which is not a part of it.
  private static Path realDirectory() {
    Path root = Path.of("").toAbsolutePath();
    while (root != null && !Files.isDirectory(root.resolve("kernels"))) {
      root = root.getParent();
    }
    Path data = root == null ? Path.of("shared") : root.resolveSibling("shared").resolve("data");
    assumeTrue(
        Files.isDirectory(data.resolve("fashion-mnist"))
            && Files.isDirectory(data.resolve("mnist")),
        "skipped: the real data sets are not in ../shared/data of the repository");
    return data;
  }
}
