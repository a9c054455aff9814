package dev.javelin.examples.nn;

import static dev.javelin.examples.nn.ModuleTest.floats;
import static dev.javelin.examples.nn.ModuleTest.shape;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Scope;
import dev.javelin.Tensor;
import dev.javelin.data.Batch;
import dev.javelin.data.DataLoader;
import dev.javelin.data.FashionMNIST;
import dev.javelin.data.ImageDataset;
import dev.javelin.data.ImageFiles;
import dev.javelin.data.ImageSet;
import dev.javelin.data.MNIST;
import dev.javelin.data.Sample;
import dev.javelin.data.Transform;
import dev.javelin.data.Transforms;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import dev.javelin.nn.Size2d;
import dev.javelin.nn.Upsample;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class TransformsTest {
  private final SplittableRandom random = new SplittableRandom(1);

  private static Tensor bytes(long... sizes) {
    Shape shape = Shape.of(sizes);
    byte[] values = new byte[(int) shape.numel()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (byte) (i * 17);
    }
    return Tensor.of(MemorySegment.ofArray(values), DType.UINT8, shape);
  }

  @Test
  void toTensor() {
    Tensor image = Transforms.toTensor().apply(bytes(1, 4, 4), random);
    assertEquals(DType.FLOAT32, image.dtype());
    assertEquals(1, image.get(0, 3, 3).item());
    assertEquals(17 / 255f, image.get(0, 0, 1).item());
    Tensor floats = Tensor.rand(1, 2, 2);
    assertEquals(floats(floats), floats(Transforms.toTensor().apply(floats, random)));
  }

  @Test
  void normalize() {
    Transform transform =
        Transforms.compose(
            Transforms.toTensor(),
            Transforms.normalize(new float[] {0.5f, 0.25f}, new float[] {0.5f, 2}));
    Tensor image = transform.apply(bytes(2, 2, 2), random);
    assertEquals((17 / 255.0 - 0.5) / 0.5, image.get(0, 0, 1).item(), 1e-6);
    assertEquals((5 * 17 / 255.0 - 0.25) / 2, image.get(1, 0, 1).item(), 1e-6);
    assertEquals(floats(image), floats(transform.applyAll(bytes(1, 2, 2, 2), random).select(0, 0)));
    assertThrows(
        IllegalArgumentException.class,
        () -> Transforms.normalize(0.1, 0.3).apply(bytes(1, 2, 2), random));
    assertThrows(IllegalArgumentException.class, () -> transform.apply(bytes(1, 2, 2), random));
    assertThrows(IllegalArgumentException.class, () -> Transforms.normalize(0, 0));
  }

  @Test
  void lambdaSeesOneSampleAtATime() {
    Transform transform = Transforms.lambda(x -> x.reshape(-1).toFloat().add(x.dim()));
    Tensor all = transform.applyAll(bytes(3, 1, 2, 2), random);
    assertEquals(List.of(3L, 4L), shape(all));
    assertEquals(3 + 4 * 17, all.get(1, 0).item());
  }

  @Test
  void horizontalFlip() {
    Tensor x = Tensor.arange(8).toFloat().reshape(1, 2, 4);
    assertEquals(
        List.of(3f, 2f, 1f, 0f, 7f, 6f, 5f, 4f),
        floats(Transforms.randomHorizontalFlip(1).apply(x, random)));
    assertEquals(floats(x), floats(Transforms.randomHorizontalFlip(0).apply(x, random)));
    Tensor all = Transforms.randomHorizontalFlip(0.5).applyAll(x.expand(200, 1, 2, 4), random);
    int flipped = 0;
    for (Tensor image : all.split(1, 0)) {
      double first = image.get(0, 0, 0, 0).item();
      assertTrue(first == 0 || first == 3);
      assertEquals(first == 0 ? 7 : 4, image.get(0, 0, 1, 3).item());
      flipped += first == 3 ? 1 : 0;
    }
    assertEquals(100, flipped, 30);
    assertThrows(IllegalArgumentException.class, () -> Transforms.randomHorizontalFlip(1.5));
  }

  @Test
  void crop() {
    Transform transform = Transforms.randomCrop(3, 1);
    Tensor x = Tensor.arange(32).toFloat().reshape(2, 4, 4).add(1);
    Tensor one = transform.apply(x, new SplittableRandom(7));
    Tensor all = transform.applyAll(x.unsqueeze(0), new SplittableRandom(7));
    assertEquals(List.of(2L, 3L, 3L), shape(one));
    assertEquals(List.of(1L, 2L, 3L, 3L), shape(all));
    assertEquals(floats(one), floats(all));
    // The centres of the crops are the pixels of the image without its padding, each of them at
    // some time.
    Tensor many = transform.applyAll(x.expand(300, 2, 4, 4), random);
    double[] centres = many.narrow(1, 0, 1).narrow(2, 1, 1).narrow(3, 1, 1).toDoubleArray();
    assertEquals(16, Arrays.stream(centres).distinct().count());
    assertThrows(
        IllegalArgumentException.class, () -> Transforms.randomCrop(9, 0).apply(x, random));
    assertThrows(IllegalArgumentException.class, () -> Transforms.randomCrop(0, 0));
  }

  private Tensor resized(Transform transform, float... values) {
    return transform.apply(Tensor.of(values, 1, 1, values.length), random);
  }

  /// The values of `F.interpolate(..., mode="bilinear", antialias=True)`, by hand from the triangles' weights.
  @Test
  void resize() {
    float[] half = resized(Transforms.resize(1, 2), 0, 1, 2, 3).toFloatArray();
    assertArrayEquals(new float[] {5 / 7f, 16 / 7f}, half, 1e-6f);
    float[] third = resized(Transforms.resize(1, 1), 1, 2, 6).toFloatArray();
    assertArrayEquals(new float[] {(2 * 1 + 3 * 2 + 2 * 6) / 7f}, third, 1e-6f);
    // Enlarging needs no antialiasing: it is the layer's.
    Tensor x = Tensor.rand(2, 3, 4, 5);
    Upsample larger =
        new Upsample(Upsample.Options.size(new Size2d(9, 7)).withMode(Upsample.Mode.BILINEAR));
    assertTrue(Transforms.resize(9, 7).applyAll(x, random).allclose(larger.call(x)));
    assertTrue(
        Transforms.resize(9, 7)
            .apply(x.select(0, 1).permute(0, 2, 1), random)
            .allclose(larger.call(x.permute(0, 1, 3, 2)).select(0, 1)));
    assertEquals(x, Transforms.resize(4, 5).applyAll(x, random));
    // Bytes stay bytes, rounded; what is constant stays what it is.
    Tensor bytes = Transforms.resize(2, 2).apply(bytes(3, 4, 4), random);
    assertEquals(DType.UINT8, bytes.dtype());
    Tensor floats = Transforms.resize(2, 2).apply(bytes(3, 4, 4).toFloat(), random);
    assertTrue(bytes.toFloat().sub(floats).abs().max().item() <= 0.5 + 1e-4);
    Tensor white = Transforms.resize(37, 5).apply(Tensor.full(Shape.of(50, 41), 255.0), random);
    assertEquals(0, white.sub(255).abs().max().item(), 1e-3);
    assertEquals(DType.FLOAT16, Transforms.resize(2, 2).apply(x.half(), random).dtype());
  }

  @Test
  void resizeOfTheShorterSide() {
    assertEquals(
        List.of(1L, 6L, 10L), shape(Transforms.resize(6).apply(Tensor.zeros(1, 3, 5), random)));
    assertEquals(
        List.of(1L, 3L, 2L), shape(Transforms.resize(2).apply(Tensor.zeros(1, 5, 3), random)));
    assertThrows(IllegalArgumentException.class, () -> Transforms.resize(0));
    assertThrows(IllegalArgumentException.class, () -> Transforms.resize(3, 0));
    assertEquals(
        "resize: expected uint8 or floating-point images [..., h, w], got int64 [4]",
        assertThrows(
                IllegalArgumentException.class,
                () -> Transforms.resize(2).apply(Tensor.arange(4), random))
            .getMessage());
  }

  @Test
  void centerCrop() {
    Tensor x = Tensor.arange(30).reshape(1, 5, 6);
    assertEquals(List.of(14f, 15f), floats(Transforms.centerCrop(1, 2).apply(x, random)));
    // 1.5 pixels on each side: Python rounds to 2.
    assertEquals(
        List.of(12f, 18f), floats(Transforms.centerCrop(2, 1).apply(x.narrow(2, 0, 1), random)));
    // What is missing is zero; of an odd number, one more at the end.
    assertEquals(
        List.of(0f, 1f, 2f, 0f, 0f),
        floats(Transforms.centerCrop(1, 5).apply(Tensor.of(new float[] {1, 2}, 1, 1, 2), random)));
    assertEquals(
        floats(Transforms.centerCrop(3).apply(x, random)),
        floats(Transforms.centerCrop(3).applyAll(x.expand(2, 1, 5, 6), random).select(0, 1)));
    assertThrows(IllegalArgumentException.class, () -> Transforms.centerCrop(0));
  }

  @Test
  void printAsTorchvision() {
    assertEquals(
        """
        Compose(
            ToTensor()
            Normalize(mean=(0.1307,), std=(0.3081,))
            RandomHorizontalFlip(p=0.5)
            RandomCrop(size=(28, 28), padding=4)
            Resize(size=(8, 9), interpolation=bilinear, max_size=None, antialias=True)
            Resize(size=8, interpolation=bilinear, max_size=None, antialias=True)
            CenterCrop(size=(4, 4))
            Lambda()
        )\
        """,
        Transforms.compose(
                Transforms.toTensor(),
                Transforms.normalize(0.1307, 0.3081),
                Transforms.randomHorizontalFlip(0.5),
                Transforms.randomCrop(28, 4),
                Transforms.resize(8, 9),
                Transforms.resize(8),
                Transforms.centerCrop(4),
                Transforms.lambda(x -> x))
            .toString());
  }

  // ---- images ----

  @Test
  void imagesAsSamplesAndBatches() {
    ImageSet set = ImageFiles.generated(true, 30, 0);
    ImageDataset dataset = new ImageDataset(set);
    assertEquals(30, dataset.size());
    Sample sample = dataset.get(4);
    assertEquals(List.of(1L, 28L, 28L), shape(sample.x()));
    assertEquals(set.label(4), sample.y().itemLong());
    assertEquals(Shape.SCALAR, sample.y().shape());
    float[] pixels = sample.x().toFloatArray();
    byte[] raw = set.image(4);
    for (int i = 0; i < raw.length; i++) {
      assertEquals(Byte.toUnsignedInt(raw[i]) / 255f, pixels[i]);
    }
    Batch batch = new DataLoader(dataset, 30).iterator().next();
    assertArrayEquals(pixels, batch.x().select(0, 4).toFloatArray());
    assertEquals(DType.INT64, batch.y().dtype());
    Batch oneHot =
        new DataLoader(
                dataset.withTargetTransform(Transforms.lambda(y -> y.oneHot(10).toFloat())), 30)
            .iterator()
            .next();
    assertEquals(List.of(30L, 10L), shape(oneHot.y()));
    assertEquals(1, oneHot.y().get(4, set.label(4)).item());
  }

  @Test
  void transformMadeInAScopeOutlivesIt() {
    Transform transform;
    try (Scope scope = Scope.open()) {
      transform = Transforms.normalize(0.5, 0.5);
      scope.keep(Tensor.zeros(1));
    }
    assertEquals(-1, transform.apply(Tensor.zeros(1, 1, 1), random).item());
  }

  @Test
  void realFiles() {
    Path root = Path.of("../../shared/data").toAbsolutePath().normalize();
    Assumptions.assumeTrue(
        Files.isDirectory(root.resolve("mnist")), "MNIST is not in ../shared/data");
    ImageDataset digits = MNIST.load(Optional.of(root), false, Transforms.toTensor());
    assertEquals(10_000, digits.size());
    assertEquals(7, digits.get(0).y().itemLong());
    ImageDataset garments = FashionMNIST.load(Optional.of(root), false, Transforms.toTensor());
    assertEquals("Ankle boot", garments.images().classNames().get(9));
    assertEquals(9, garments.get(0).y().itemLong());
  }
}
