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

  @Test
  void printAsTorchvision() {
    assertEquals(
        """
        Compose(
            ToTensor()
            Normalize(mean=(0.1307,), std=(0.3081,))
            RandomHorizontalFlip(p=0.5)
            RandomCrop(size=(28, 28), padding=4)
            Lambda()
        )\
        """,
        Transforms.compose(
                Transforms.toTensor(),
                Transforms.normalize(0.1307, 0.3081),
                Transforms.randomHorizontalFlip(0.5),
                Transforms.randomCrop(28, 4),
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
