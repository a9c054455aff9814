package dev.javelin.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class GeneratedGarmentsTest {
  private static byte[] bytes(MemorySegment segment) {
    return segment.toArray(ValueLayout.JAVA_BYTE);
  }

  @Test
  void sameOnEveryMachine() {
    var crc = new CRC32();
    crc.update(bytes(ImageFiles.generated(true, 1000, 42).images()));
    crc.update(bytes(ImageFiles.generated(false, 1000, 42).images()));
    assertEquals("ad5bde74", String.format(Locale.ROOT, "%08x", crc.getValue()));
  }

  @Test
  void aLargerCountOnlyAdds() {
    ImageSet few = ImageFiles.generated(true, 33, 5);
    ImageSet many = ImageFiles.generated(true, 70, 5);
    assertArrayEquals(bytes(few.images()), Arrays.copyOf(bytes(many.images()), 33 * 784));
    assertArrayEquals(bytes(few.labels()), Arrays.copyOf(bytes(many.labels()), 33));
  }

  @Test
  void seedsAndPartsDiffer() {
    ImageSet set = ImageFiles.generated(true, 50, 1);
    assertFalse(
        Arrays.equals(bytes(set.images()), bytes(ImageFiles.generated(true, 50, 2).images())));
    assertFalse(
        Arrays.equals(bytes(set.images()), bytes(ImageFiles.generated(false, 50, 1).images())));
  }

  @Test
  void balanced() {
    ImageSet set = ImageFiles.generated(true, 500, 3);
    for (int first = 0; first < 500; first += 10) {
      int seen = 0;
      for (int i = 0; i < 10; i++) {
        seen |= 1 << set.label(first + i);
      }
      assertEquals((1 << 10) - 1, seen);
    }
  }

  @Test
  void saysWhatItIs() {
    ImageSet set = ImageFiles.generated(false);
    assertEquals(10_000, set.size());
    assertTrue(set.generated());
    assertEquals(ImageFiles.classNames("fashion-mnist"), set.classNames());
    assertEquals(Garment.values().length, set.classNames().size());
    assertEquals(
        "10000 images of 28 x 28: garments drawn by Javelin as a stand-in for Fashion-MNIST",
        set.toString());
    assertEquals(0, ImageFiles.generated(true, 0, 0).size());
    assertThrows(IllegalArgumentException.class, () -> ImageFiles.generated(true, -1, 0));
  }

  /// The nearest of ten mean pictures is about the simplest thing that can be learnt.
  @Test
  void learnableButNotTrivial() {
    ImageSet train = ImageFiles.generated(true, 5000, 0);
    ImageSet test = ImageFiles.generated(false, 2000, 0);
    double[][] means = new double[10][784];
    for (int i = 0; i < train.size(); i++) {
      byte[] image = train.image(i);
      for (int p = 0; p < 784; p++) {
        means[train.label(i)][p] += Byte.toUnsignedInt(image[p]) / (train.size() / 10.0);
      }
    }
    int right = 0;
    for (int i = 0; i < test.size(); i++) {
      if (nearest(means, test.image(i)) == test.label(i)) {
        right++;
      }
    }
    double accuracy = (double) right / test.size();
    assertTrue(accuracy > 0.5 && accuracy < 0.9, "accuracy " + accuracy);
  }

  private static int nearest(double[][] means, byte[] image) {
    int best = -1;
    double least = Double.POSITIVE_INFINITY;
    for (int label = 0; label < means.length; label++) {
      double distance = 0;
      for (int p = 0; p < image.length; p++) {
        double difference = Byte.toUnsignedInt(image[p]) - means[label][p];
        distance += difference * difference;
      }
      if (distance < least) {
        least = distance;
        best = label;
      }
    }
    return best;
  }
}
