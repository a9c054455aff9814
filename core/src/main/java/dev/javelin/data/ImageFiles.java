package dev.javelin.data;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The image data sets that can be had by name: `fashion-mnist` and `mnist`.
///
/// They are looked for, in this order, in the directory named by the environment variable
/// `JAVELIN_DATA`, in `data` and `../shared/data` of the working directory, and in the cache
/// (`$XDG_CACHE_HOME/javelin/data`, or `~/.cache/javelin/data`), each in a directory of the data
/// set's name, with or without `.gz`; `JAVELIN_DATA` may also name that directory itself. What is
/// not there is downloaded into the cache. Every file is checked against its MD5.
public final class ImageFiles {
  private static final int TRAIN_IMAGES = 60_000;
  private static final int TEST_IMAGES = 10_000;

  private ImageFiles() {}

  /// The data sets there are.
  ///
  /// @return their names
  public static List<String> names() {
    return MnistSet.all().stream().map(MnistSet::name).toList();
  }

  /// What the labels of a data set stand for.
  ///
  /// @param name the data set's name
  /// @return the names, from label 0
  /// @throws IllegalArgumentException if there is no such data set
  public static List<String> classNames(String name) {
    return MnistSet.named(name).classNames();
  }

  /// Loads one part of a data set.
  ///
  /// @param name the data set's name
  /// @param train true for the part for training, false for the part for testing
  /// @param directory where its files are: this directory itself, or one of the data set's name in
  ///     it. If it is given, the files are taken from there and from nowhere else.
  /// @param progress told how downloads go on
  /// @return the images and labels
  /// @throws IllegalArgumentException if there is no such data set
  /// @throws DataNotFoundException if no directory is given, and the files are neither on this
  ///     machine nor can be downloaded
  /// @throws DataException if a file is damaged, or not in the directory given
  public static ImageSet load(
      String name, boolean train, Optional<Path> directory, Progress progress) {
    return new MnistFiles(DataPlaces.ofSystem(), new Download())
        .load(MnistSet.named(name), train, directory, progress);
  }

  /// Draws a stand-in for Fashion-MNIST, of its size, for a machine without it and without network.
  ///
  /// @param train true for the 60,000 images for training, false for the 10,000 for testing
  /// @return images and labels, the same at every call
  public static ImageSet generated(boolean train) {
    return generated(train, train ? TRAIN_IMAGES : TEST_IMAGES, 0);
  }

  /// Draws a stand-in for Fashion-MNIST: grey silhouettes of garments in the same ten classes.
  ///
  /// Each ten images in a row hold each class once. The images for training and for testing differ.
  ///
  /// @param train true for images for training, false for images for testing
  /// @param count how many images
  /// @param seed where to begin; the same seed gives the same images on every machine, and a larger
  ///     count only adds to them
  /// @return the images and labels
  public static ImageSet generated(boolean train, int count, long seed) {
    return GeneratedGarments.generate(train, count, seed);
  }
}
