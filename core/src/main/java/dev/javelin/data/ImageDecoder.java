package dev.javelin.data;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/// Image files as tensors, read by the JDK's ImageIO and by what readers the class path adds to it. Needs no display.
///
/// The values are those of the file: no colour profile is applied, and transparency is left out, as in Pillow's `convert("RGB")`.
final class ImageDecoder {
  private static final int MAX_BITS = 16;

  private ImageDecoder() {}

  /// The endings of the files that there are readers for, in lower case, without the dot.
  static SortedSet<String> endings() {
    SortedSet<String> endings = new TreeSet<>();
    for (String ending : ImageIO.getReaderFileSuffixes()) {
      if (!ending.isEmpty()) {
        endings.add(ending.toLowerCase(Locale.ROOT));
      }
    }
    return endings;
  }

  /// Decodes a file; of a file of several images, the first.
  ///
  /// @param file the file
  /// @param grayscale whether colours become grey
  /// @return uint8 `[3, h, w]`: red, green, blue; or `[1, h, w]`
  /// @throws DataException if it is no image, or damaged
  static Tensor decode(Path file, boolean grayscale) {
    BufferedImage image = read(file);
    int pixels = image.getWidth() * image.getHeight();
    int channels = grayscale ? 1 : 3;
    if ((long) pixels * channels > Integer.MAX_VALUE) {
      throw unreadable(file, "it has too many pixels", null);
    }
    int[][] planes = planes(file, image);
    // bytes: [channels, h, w]
    byte[] bytes = new byte[channels * pixels];
    for (int i = 0; i < pixels; i++) {
      int red = planes[0][i];
      int green = planes[1][i];
      int blue = planes[2][i];
      if (grayscale) {
        bytes[i] = (byte) luma(red, green, blue);
      } else {
        bytes[i] = (byte) red;
        bytes[pixels + i] = (byte) green;
        bytes[2 * pixels + i] = (byte) blue;
      }
    }
    return Tensor.of(
        MemorySegment.ofArray(bytes),
        DType.UINT8,
        Shape.of(channels, image.getHeight(), image.getWidth()));
  }

  /// ITU-R BT.601 in 16-bit fixed point, as Pillow's `convert("L")`; three equal values stay what they are.
  private static int luma(int red, int green, int blue) {
    return (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16;
  }

  private static BufferedImage read(Path file) {
    List<String> warnings = new ArrayList<>();
    BufferedImage image;
    try (InputStream bytes = Files.newInputStream(file);
        ImageInputStream stream = new MemoryCacheImageInputStream(bytes)) {
      Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
      if (!readers.hasNext()) {
        throw unreadable(file, "its content is of no such kind", null);
      }
      ImageReader reader = readers.next();
      try {
        reader.setInput(stream, true, true);
        reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
        image = reader.read(0);
      } finally {
        reader.dispose();
      }
    } catch (DataException e) {
      throw e;
    } catch (FileSystemException e) {
      throw new DataException("the image %s cannot be read: %s".formatted(file, e), e);
    } catch (IOException | RuntimeException e) {
      // The JDK's readers throw several unchecked exceptions at damaged files, some without words.
      String words = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      throw unreadable(file, words, e);
    }
    // The JPEG reader fills what is missing with grey and only warns.
    for (String warning : warnings) {
      if (warning.startsWith("Truncated")) {
        throw unreadable(file, warning, null);
      }
    }
    return image;
  }

  /// Red, green and blue, each `[h * w]`, 0 to 255.
  private static int[][] planes(Path file, BufferedImage image) {
    Raster raster = image.getRaster();
    ColorModel model = image.getColorModel();
    if (model instanceof IndexColorModel palette) {
      return looked(palette, samples(raster, 0));
    }
    int kind = model.getColorSpace().getType();
    if (kind != ColorSpace.TYPE_GRAY && kind != ColorSpace.TYPE_RGB
        || Arrays.stream(model.getComponentSize()).anyMatch(bits -> bits > MAX_BITS)) {
      throw unreadable(file, "it is neither grey nor RGB of at most 16 bits", null);
    }
    // Not BufferedImage.getRGB: it takes grey for linear light and makes it brighter.
    int[][] planes = new int[3][];
    for (int band = 0; band < planes.length; band++) {
      planes[band] =
          band > 0 && kind == ColorSpace.TYPE_GRAY
              ? planes[0]
              : eightBits(samples(raster, band), model.getComponentSize(band));
    }
    return planes;
  }

  private static int[] samples(Raster raster, int band) {
    return raster.getSamples(
        raster.getMinX(),
        raster.getMinY(),
        raster.getWidth(),
        raster.getHeight(),
        band,
        (int[]) null);
  }

  private static int[] eightBits(int[] samples, int bits) {
    if (bits != Byte.SIZE) {
      int max = (1 << bits) - 1;
      Arrays.setAll(samples, i -> (samples[i] * 255 + max / 2) / max);
    }
    return samples;
  }

  private static int[][] looked(IndexColorModel palette, int[] indices) {
    int[] colours = new int[palette.getMapSize()];
    palette.getRGBs(colours);
    int[][] planes = new int[3][indices.length];
    for (int i = 0; i < indices.length; i++) {
      int colour = colours[indices[i]];
      planes[0][i] = colour >> 16 & 0xff;
      planes[1][i] = colour >> 8 & 0xff;
      planes[2][i] = colour & 0xff;
    }
    return planes;
  }

  private static DataException unreadable(Path file, String why, Throwable cause) {
    return new DataException(
        "%s is no image that can be read (%s): expected a whole file of one of %s; replace or remove it"
            .formatted(file, why, endings()),
        cause);
  }
}
