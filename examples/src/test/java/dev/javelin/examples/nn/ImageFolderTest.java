package dev.javelin.examples.nn;

import static dev.javelin.examples.nn.ModuleTest.floats;
import static dev.javelin.examples.nn.ModuleTest.shape;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Tensor;
import dev.javelin.data.Batch;
import dev.javelin.data.DataException;
import dev.javelin.data.DataLoader;
import dev.javelin.data.ImageFolder;
import dev.javelin.data.Transform;
import dev.javelin.data.Transforms;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.IntBinaryOperator;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageFolderTest {
  private static final Transform RAW = Transforms.compose();

  @TempDir Path root;

  /// Each pixel differs from its neighbours in every channel.
  private static int colour(int row, int column) {
    return (10 * row + column) << 16 | (100 + row) << 8 | (255 - 3 * column);
  }

  private void write(String name, int type, int height, int width, IntBinaryOperator colour)
      throws IOException {
    BufferedImage image = new BufferedImage(width, height, type);
    for (int row = 0; row < height; row++) {
      for (int column = 0; column < width; column++) {
        image.setRGB(column, row, colour.applyAsInt(row, column));
      }
    }
    write(name, image);
  }

  private void write(String name, BufferedImage image) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    String format = name.substring(name.lastIndexOf('.') + 1);
    assertTrue(ImageIO.write(image, format, file.toFile()), format);
  }

  private void rgb(String name, int height, int width) throws IOException {
    write(name, BufferedImage.TYPE_INT_RGB, height, width, ImageFolderTest::colour);
  }

  private static String failure(ImageFolder images, int index) {
    return assertThrows(DataException.class, () -> images.get(index)).getMessage();
  }

  // ---- what is in the directory ----

  @Test
  void namesDecideTheOrder() throws IOException {
    rgb("dog/b.png", 2, 2);
    rgb("dog/B.PNG", 2, 2);
    rgb("dog/a/z.png", 2, 2);
    rgb("Cat/1.gif", 2, 2);
    rgb("ISIK/1.GIF", 2, 2); // in a Turkish locale, too
    Files.writeString(root.resolve("dog/notes.txt"), "no image");
    Files.writeString(root.resolve("stray.png"), "not in a class");
    ImageFolder images = new ImageFolder(root);
    assertEquals(List.of("Cat", "ISIK", "dog"), images.classes());
    assertEquals(Map.of("Cat", 0, "ISIK", 1, "dog", 2), images.classToIdx());
    List<String> files = new ArrayList<>();
    for (int i = 0; i < images.size(); i++) {
      files.add(root.relativize(images.path(i)) + " " + images.target(i));
      assertEquals(images.target(i), images.get(i).y().itemLong());
    }
    assertEquals(
        List.of("Cat/1.gif 0", "ISIK/1.GIF 1", "dog/B.PNG 2", "dog/b.png 2", "dog/a/z.png 2"),
        files);
    ImageFolder counted = images.withTargetTransform(Transforms.lambda(y -> y.oneHot(3).toFloat()));
    assertEquals(List.of(0f, 0f, 1f), floats(counted.get(2).y()));
    Batch batch = new DataLoader(counted, 3).iterator().next();
    assertEquals(List.of(1f, 0f, 0f, 0f, 1f, 0f, 0f, 0f, 1f), floats(batch.y()));
  }

  @Test
  void aDirectoryThatIsNoneOrEmpty() throws IOException {
    Path none = root.resolve("none");
    assertEquals(
        "ImageFolder: "
            + none
            + " is no directory: expected one with a sub-directory for each class",
        assertThrows(DataException.class, () -> new ImageFolder(none)).getMessage());
    assertEquals(
        "ImageFolder: "
            + root
            + " has no sub-directories: expected one for each class, with its images inside",
        assertThrows(DataException.class, () -> new ImageFolder(root)).getMessage());
    rgb("dog/b.png", 2, 2);
    Files.createDirectories(root.resolve("cat"));
    Files.createDirectories(root.resolve("ant/more"));
    String message = assertThrows(DataException.class, () -> new ImageFolder(root)).getMessage();
    assertTrue(
        message.startsWith(
            "ImageFolder: no images for [ant, cat] in "
                + root
                + ": expected files that end in one of [bmp, gif, jpeg, jpg, png,"),
        message);
  }

  // ---- pixels ----

  @ParameterizedTest
  @CsvSource({
    "png, 1", "png, 2", "png, 5", "bmp, 1", "bmp, 5", "bmp, 9", "tiff, 1"
  }) // INT_RGB, INT_ARGB, 3BYTE_BGR, USHORT_555_RGB
  void losslessFormats(String format, int type) throws IOException {
    write(
        "a/1." + format,
        type,
        3,
        4,
        (row, column) ->
            type == BufferedImage.TYPE_USHORT_555_RGB
                ? 0x84ff00
                : colour(row, column) | 0xff000000);
    Tensor x = new ImageFolder(root, RAW).get(0).x();
    assertEquals(DType.UINT8, x.dtype());
    assertEquals(List.of(3L, 3L, 4L), shape(x));
    if (type == BufferedImage.TYPE_USHORT_555_RGB) {
      assertEquals(List.of(132f, 255f, 0f), floats(x.select(2, 1).select(1, 1)));
    } else {
      assertEquals(List.of(21f, 102f, 252f), floats(x.select(2, 1).select(1, 2)));
      assertEquals(List.of(3f, 100f, 246f), floats(x.select(2, 3).select(1, 0)));
    }
  }

  @Test
  void jpegAndFloats() throws IOException {
    write("a/1.jpg", BufferedImage.TYPE_3BYTE_BGR, 16, 16, (row, column) -> 0x3080d0);
    Tensor x = new ImageFolder(root).get(0).x();
    assertEquals(DType.FLOAT32, x.dtype());
    assertEquals(List.of(3L, 16L, 16L), shape(x));
    for (int channel = 0; channel < 3; channel++) {
      double expected = List.of(0x30, 0x80, 0xd0).get(channel) / 255.0;
      assertEquals(expected, x.get(channel, 5, 7).item(), 0.012);
    }
  }

  @Test
  void transparencyIsLeftOutAndPalettesAreLookedUp() throws IOException {
    write("a/1.png", BufferedImage.TYPE_INT_ARGB, 1, 1, (row, column) -> 0x40102030);
    write(
        "a/2.gif",
        BufferedImage.TYPE_BYTE_INDEXED,
        1,
        2,
        (row, column) -> column == 0 ? 0xffff0000 : 0xff00ff00);
    write(
        "a/3.png",
        BufferedImage.TYPE_BYTE_BINARY,
        1,
        2,
        (row, column) -> column == 0 ? 0 : 0xffffff);
    ImageFolder images = new ImageFolder(root, RAW);
    assertEquals(List.of(16f, 32f, 48f), floats(images.get(0).x()));
    assertEquals(List.of(255f, 0f, 0f, 255f, 0f, 0f), floats(images.get(1).x()));
    assertEquals(List.of(0f, 255f, 0f, 255f, 0f, 255f), floats(images.get(2).x()));
  }

  /// Java takes grey for linear light; what counts is the number in the file.
  @ParameterizedTest
  @ValueSource(strings = {"png", "jpg"})
  void greyKeepsItsValues(String format) throws IOException {
    BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
    int[] values = new int[64];
    Arrays.fill(values, 100);
    image.getRaster().setPixels(0, 0, 8, 8, values);
    write("a/1." + format, image);
    ImageFolder images = new ImageFolder(root, RAW);
    assertEquals(List.of(3L, 8L, 8L), shape(images.get(0).x()));
    assertEquals(List.of(100f, 100f, 100f), floats(images.get(0).x().select(2, 3).select(1, 3)));
    Tensor grey = images.withGrayscale().get(0).x();
    assertEquals(List.of(1L, 8L, 8L), shape(grey));
    assertEquals(100, grey.get(0, 3, 3).item());
  }

  @Test
  void sixteenBitsBecomeEight() throws IOException {
    BufferedImage grey = new BufferedImage(3, 1, BufferedImage.TYPE_USHORT_GRAY);
    grey.getRaster().setPixels(0, 0, 3, 1, new int[] {0, 100 * 257, 65535});
    write("a/1.png", grey);
    var model =
        new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_sRGB), false, false, 1, DataBuffer.TYPE_USHORT);
    WritableRaster raster = model.createCompatibleWritableRaster(1, 1);
    raster.setPixel(0, 0, new int[] {257, 20 * 257, 65535});
    write("a/2.png", new BufferedImage(model, raster, false, null));
    ImageFolder images = new ImageFolder(root, RAW);
    assertEquals(List.of(0f, 100f, 255f), floats(images.get(0).x().select(0, 0)));
    assertEquals(List.of(1f, 20f, 255f), floats(images.get(1).x()));
  }

  @Test
  void greyOfColours() throws IOException {
    int[] colours = {0xff0000, 0x00ff00, 0x0000ff, 0xffffff};
    write("a/1.png", BufferedImage.TYPE_INT_RGB, 1, 4, (row, column) -> colours[column]);
    // What Pillow's convert("L") gives.
    assertEquals(
        List.of(76f, 150f, 29f, 255f),
        floats(new ImageFolder(root, RAW).withGrayscale().get(0).x()));
  }

  // ---- files that are no images ----

  @Test
  void aFileThatIsNoImageIsNamed() throws IOException {
    rgb("a/1.png", 40, 40);
    rgb("a/2.jpg", 40, 40);
    rgb("a/3.bmp", 40, 40);
    rgb("a/4.gif", 40, 40);
    for (int i = 1; i <= 4; i++) {
      Path file = root.resolve("a/" + i + List.of(".png", ".jpg", ".bmp", ".gif").get(i - 1));
      byte[] bytes = Files.readAllBytes(file);
      Files.write(file, Arrays.copyOf(bytes, bytes.length * 2 / 3));
    }
    Files.writeString(root.resolve("a/5.png"), "words");
    Files.write(root.resolve("a/6.png"), new byte[0]);
    ImageFolder images = new ImageFolder(root);
    for (int i = 0; i < 6; i++) {
      String message = failure(images, i);
      assertTrue(message.startsWith(images.path(i) + " is no image that can be read ("), message);
      assertTrue(message.contains("): expected a whole file of one of [bmp, "), message);
      assertTrue(message.endsWith("; replace or remove it"), message);
    }
    Files.delete(root.resolve("a/1.png"));
    assertEquals(
        "the image %s cannot be read: java.nio.file.NoSuchFileException: %s"
            .formatted(images.path(0), images.path(0)),
        failure(images, 0));
    RuntimeException fromAWorker =
        assertThrows(
            RuntimeException.class,
            () -> new DataLoader(images, 2).withWorkers(2).iterator().next());
    assertInstanceOf(DataException.class, fromAWorker);
  }

  // ---- batches ----

  @Test
  void imagesOfTwoSizesNeedResize() throws IOException {
    rgb("a/1.png", 4, 6);
    rgb("b/1.png", 8, 6);
    ImageFolder images = new ImageFolder(root);
    assertEquals(
        "ImageFolder: the images of a batch must be of one size, but "
            + images.path(0)
            + " is [3, 4, 6] and "
            + images.path(1)
            + " is [3, 8, 6]; put Transforms.resize(h, w) into the transform",
        assertThrows(
                IllegalArgumentException.class, () -> new DataLoader(images, 2).iterator().next())
            .getMessage());
    Transform resized = Transforms.compose(Transforms.resize(5, 7), Transforms.toTensor());
    Batch batch = new DataLoader(new ImageFolder(root, resized), 2).iterator().next();
    assertEquals(List.of(2L, 3L, 5L, 7L), shape(batch.x()));
    assertEquals(List.of(0f, 1f), floats(batch.y()));
  }

  @Test
  void workersGiveTheSameBatches() throws IOException {
    for (int i = 0; i < 12; i++) {
      int step = 20 * i;
      write(
          (i % 2 == 0 ? "a/" : "b/") + i + ".png",
          BufferedImage.TYPE_INT_RGB,
          10,
          12,
          (row, column) -> colour(row, column) + step);
    }
    Transform transform =
        Transforms.compose(
            Transforms.resize(9),
            Transforms.randomHorizontalFlip(0.5),
            Transforms.randomCrop(8, 1),
            Transforms.toTensor(),
            Transforms.normalize(
                new float[] {0.485f, 0.456f, 0.406f}, new float[] {0.229f, 0.224f, 0.225f}));
    DataLoader loader =
        new DataLoader(new ImageFolder(root, transform), 5).withShuffle(true).withSeed(1);
    List<List<Float>> expected = values(loader);
    assertEquals(3 * 8 * 8 * 5, expected.get(0).size());
    assertEquals(expected, values(loader.withWorkers(2)));
    assertNotEquals(expected, values(loader)); // the second epoch
  }

  private static List<List<Float>> values(DataLoader loader) {
    List<List<Float>> result = new ArrayList<>();
    for (Batch batch : loader) {
      result.add(floats(batch.x()));
      result.add(floats(batch.y()));
    }
    return result;
  }

  @Test
  void transformsOfThreeChannels() throws IOException {
    rgb("a/1.png", 4, 4);
    Tensor x = new ImageFolder(root, RAW).get(0).x();
    Tensor flipped = new ImageFolder(root, Transforms.randomHorizontalFlip(1)).get(0).x();
    assertEquals(floats(x.flip(2)), floats(flipped));
    Tensor cropped = new ImageFolder(root, Transforms.randomCrop(4, 0)).get(0).x();
    assertEquals(floats(x), floats(cropped));
    assertEquals(DType.UINT8, cropped.dtype());
    assertEquals(
        Shape.of(3, 6, 6), new ImageFolder(root, Transforms.randomCrop(6, 1)).get(0).x().shape());
  }
}
