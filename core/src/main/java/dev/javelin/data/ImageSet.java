package dev.javelin.data;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;

/// Grey images and their labels, in memory: one byte for each pixel, from 0 for the background to
/// 255, rows one after the other, image after image; and one byte for each label.
public final class ImageSet {
  private final String name;
  private final List<String> classNames;
  private final int height;
  private final int width;
  private final byte[] images;
  private final byte[] labels;
  private final boolean generated;
  private final String source;

  /// Takes the arrays over, without a copy; the sizes must fit together.
  ImageSet(
      String name,
      List<String> classNames,
      int height,
      int width,
      byte[] images,
      byte[] labels,
      boolean generated,
      String source) {
    if (images.length != (long) labels.length * height * width) {
      throw new IllegalArgumentException(
          images.length + " bytes are not " + labels.length + " images of " + height + "x" + width);
    }
    this.name = name;
    this.classNames = List.copyOf(classNames);
    this.height = height;
    this.width = width;
    this.images = images;
    this.labels = labels;
    this.generated = generated;
    this.source = source;
  }

  /// The name of the data set.
  ///
  /// @return the name, such as `fashion-mnist`
  public String name() {
    return name;
  }

  /// What each label stands for.
  ///
  /// @return the names, from label 0
  public List<String> classNames() {
    return classNames;
  }

  /// The number of images.
  ///
  /// @return how many
  public int size() {
    return labels.length;
  }

  /// The height of each image.
  ///
  /// @return the number of rows
  public int height() {
    return height;
  }

  /// The width of each image.
  ///
  /// @return the number of columns
  public int width() {
    return width;
  }

  /// All pixels, of shape `[size, height, width]`.
  ///
  /// @return a read-only view, not a copy
  public MemorySegment images() {
    return MemorySegment.ofArray(images).asReadOnly();
  }

  /// All labels, of shape `[size]`.
  ///
  /// @return a read-only view, not a copy
  public MemorySegment labels() {
    return MemorySegment.ofArray(labels).asReadOnly();
  }

  /// The pixels of one image.
  ///
  /// @param index which image, from 0
  /// @return a copy
  /// @throws IndexOutOfBoundsException if there is no such image
  public byte[] image(int index) {
    return images()
        .asSlice((long) index * height * width, (long) height * width)
        .toArray(ValueLayout.JAVA_BYTE);
  }

  /// The label of one image.
  ///
  /// @param index which image, from 0
  /// @return its label
  /// @throws IndexOutOfBoundsException if there is no such image
  public int label(int index) {
    return Byte.toUnsignedInt(labels[index]);
  }

  /// Whether a program drew these images, as a stand-in for a data set that could not be had.
  ///
  /// @return false for a real data set
  public boolean generated() {
    return generated;
  }

  /// Where the images came from, in words for a user.
  ///
  /// @return what they are and from which directory, or that they were generated
  public String source() {
    return source;
  }

  /// The first images of this set.
  ///
  /// @param count how many, at most those there are
  /// @return a set of its own
  public ImageSet first(int count) {
    int kept = Math.min(count, size());
    return new ImageSet(
        name,
        classNames,
        height,
        width,
        Arrays.copyOf(images, kept * height * width),
        Arrays.copyOf(labels, kept),
        generated,
        source);
  }

  @Override
  public String toString() {
    return size() + " images of " + height + " x " + width + ": " + source;
  }
}
