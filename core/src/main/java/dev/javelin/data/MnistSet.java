package dev.javelin.data;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A data set in the format of MNIST: what its four files are called, how to know them, and where
/// they can be had.
///
/// @param name the name in directories and on the command line
/// @param title the name in messages
/// @param classNames what each label stands for
/// @param sources addresses the gzipped files can be downloaded from, to be tried in this order
/// @param train the part for training
/// @param test the part for testing
record MnistSet(
    String name, String title, List<String> classNames, List<URI> sources, Part train, Part test) {

  /// One of the two parts.
  ///
  /// @param images the file of images
  /// @param labels the file of labels
  record Part(DataFile images, DataFile labels) {
    List<DataFile> files() {
      return List.of(images, labels);
    }
  }

  /// A file that is known by its contents.
  ///
  /// @param name its name without `.gz`
  /// @param rank how many dimensions it has
  /// @param md5 the MD5 of its uncompressed bytes
  record DataFile(String name, int rank, String md5) {}

  static final MnistSet FASHION_MNIST =
      new MnistSet(
          "fashion-mnist",
          "Fashion-MNIST",
          List.of(
              "T-shirt/top",
              "Trouser",
              "Pullover",
              "Dress",
              "Coat",
              "Sandal",
              "Shirt",
              "Sneaker",
              "Bag",
              "Ankle boot"),
          List.of(URI.create("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/")),
          train("f4a8712d7a061bf5bd6d2ca38dc4d50a", "9018921c3c673c538a1fc5bad174d6f9"),
          test("8181f5470baa50b63fa0f6fddb340f0a", "15d484375f8d13e6eb1aabb0c3f46965"));

  static final MnistSet MNIST =
      new MnistSet(
          "mnist",
          "MNIST",
          List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
          List.of(
              URI.create("https://ossci-datasets.s3.amazonaws.com/mnist/"),
              URI.create("https://storage.googleapis.com/cvdf-datasets/mnist/")),
          train("6bbc9ace898e44ae57da46a324031adb", "a25bea736e30d166cdddb491f175f624"),
          test("2646ac647ad5339dbf082846283269ea", "27ae3e4e09519cfbb04c329615203637"));

  /// The data sets there are.
  ///
  /// @return all of them
  static List<MnistSet> all() {
    return List.of(FASHION_MNIST, MNIST);
  }

  /// The data set of a name.
  ///
  /// @param name its name
  /// @return the data set
  /// @throws IllegalArgumentException if there is none of that name
  static MnistSet named(String name) {
    return all().stream()
        .filter(set -> set.name.equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no data set named \""
                        + name
                        + "\"; there are "
                        + String.join(" and ", all().stream().map(MnistSet::name).toList())));
  }

  /// Which file of which data set has an MD5: the four files of either have the same names, so
  /// that they are easily put in the wrong place.
  ///
  /// @param md5 the MD5 of the uncompressed bytes
  /// @return a few words, if the file is known
  static Optional<String> describe(String md5) {
    return all().stream()
        .flatMap(
            set ->
                Stream.of(set.train, set.test)
                    .flatMap(part -> part.files().stream())
                    .filter(file -> file.md5.equals(md5))
                    .map(file -> file.name + " of " + set.title))
        .findFirst();
  }

  Part part(boolean training) {
    return training ? train : test;
  }

  private static Part train(String images, String labels) {
    return new Part(
        new DataFile("train-images-idx3-ubyte", 3, images),
        new DataFile("train-labels-idx1-ubyte", 1, labels));
  }

  private static Part test(String images, String labels) {
    return new Part(
        new DataFile("t10k-images-idx3-ubyte", 3, images),
        new DataFile("t10k-labels-idx1-ubyte", 1, labels));
  }
}
