package dev.javelin.data;

import dev.javelin.Tensor;
import dev.javelin.engine.Generator;
import dev.javelin.engine.ScopeState;
import dev.javelin.kernels.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedSet;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/// Image files in a directory with one sub-directory for each class: `torchvision.datasets.ImageFolder`.
///
/// ```
/// root/cat/1.png
/// root/cat/more/2.jpg
/// root/dog/1.jpeg
/// ```
///
/// ```java
/// var images = new ImageFolder(root, Transforms.compose(Transforms.resize(224, 224), Transforms.toTensor()));
/// var loader = new DataLoader(images, 32).withShuffle(true).withWorkers(2);
/// ```
///
/// The order is that of the names: of the classes, then of the directories, then of the files. A file is decoded when its sample is
/// asked for. x is an image, y its class, an int64 scalar. PNG, JPEG, GIF, BMP and TIFF are read by the JDK; other readers of
/// `javax.imageio` are used when they are on the class path. Files of other kinds are left out.
public final class ImageFolder implements Dataset {
  /// An image of the directory.
  private record Entry(Path path, int target) {}

  private final Path root;
  private final List<String> classes;
  private final List<Entry> entries;
  private final boolean grayscale;
  private final Transform transform;
  private final Transform targetTransform;

  /// Images in colour, as floats from 0 to 1.
  ///
  /// @param root the directory
  /// @throws DataException if it is no directory, has no sub-directories, or one of them has no images
  public ImageFolder(Path root) {
    this(root, Transforms.toTensor());
  }

  /// Images in colour, with a transform.
  ///
  /// @param root the directory
  /// @param transform what to do to each image, a uint8 tensor `[3, h, w]`
  /// @throws DataException if it is no directory, has no sub-directories, or one of them has no images
  public ImageFolder(Path root, Transform transform) {
    this.root = root;
    this.classes = classesOf(root);
    this.entries = entriesOf(root, classes);
    this.grayscale = false;
    this.transform = transform;
    this.targetTransform = Transforms.compose();
  }

  private ImageFolder(ImageFolder other, boolean grayscale, Transform targetTransform) {
    this.root = other.root;
    this.classes = other.classes;
    this.entries = other.entries;
    this.grayscale = grayscale;
    this.transform = other.transform;
    this.targetTransform = targetTransform;
  }

  private static List<String> classesOf(Path root) {
    if (!Files.isDirectory(root)) {
      throw new DataException(
          "ImageFolder: %s is no directory: expected one with a sub-directory for each class"
              .formatted(root));
    }
    try (Stream<Path> files = Files.list(root)) {
      List<String> names =
          files.filter(Files::isDirectory).map(file -> file.getFileName().toString()).toList();
      if (names.isEmpty()) {
        throw new DataException(
            "ImageFolder: %s has no sub-directories: expected one for each class, with its images inside"
                .formatted(root));
      }
      return names.stream().sorted().toList();
    } catch (IOException e) {
      throw unlisted(root, e);
    }
  }

  private static List<Entry> entriesOf(Path root, List<String> classes) {
    SortedSet<String> endings = ImageDecoder.endings();
    List<Entry> entries = new ArrayList<>();
    List<String> empty = new ArrayList<>();
    for (int target = 0; target < classes.size(); target++) {
      int before = entries.size();
      for (Path file : images(root.resolve(classes.get(target)), endings)) {
        entries.add(new Entry(file, target));
      }
      if (entries.size() == before) {
        empty.add(classes.get(target));
      }
    }
    if (!empty.isEmpty()) {
      throw new DataException(
          "ImageFolder: no images for %s in %s: expected files that end in one of %s"
              .formatted(empty, root, endings));
    }
    return List.copyOf(entries);
  }

  private static List<Path> images(Path directory, SortedSet<String> endings) {
    try (Stream<Path> files = Files.walk(directory, FileVisitOption.FOLLOW_LINKS)) {
      return files
          .filter(file -> endings.contains(ending(file)) && Files.isRegularFile(file))
          .sorted(
              Comparator.comparing((Path file) -> file.getParent().toString())
                  .thenComparing(file -> file.getFileName().toString()))
          .toList();
    } catch (IOException e) {
      throw unlisted(directory, e);
    } catch (UncheckedIOException e) {
      throw unlisted(directory, e.getCause());
    }
  }

  private static String ending(Path file) {
    String name = file.getFileName().toString();
    return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
  }

  private static DataException unlisted(Path directory, IOException e) {
    return new DataException(
        "ImageFolder: the files in %s cannot be listed: %s".formatted(directory, e), e);
  }

  /// This data set with grey images, `[1, h, w]`: ITU-R BT.601's weights of red, green and blue.
  ///
  /// @return a copy
  public ImageFolder withGrayscale() {
    return new ImageFolder(this, true, targetTransform);
  }

  /// This data set with a transform of the classes.
  ///
  /// @param newTargetTransform what to do to each class, an int64 scalar
  /// @return a copy
  public ImageFolder withTargetTransform(Transform newTargetTransform) {
    return new ImageFolder(this, grayscale, newTargetTransform);
  }

  /// The names of the classes.
  ///
  /// @return the names, from class 0
  public List<String> classes() {
    return classes;
  }

  /// The numbers of the classes: `class_to_idx`.
  ///
  /// @return the number of each name
  public Map<String, Integer> classToIdx() {
    Map<String, Integer> numbers = new LinkedHashMap<>();
    for (String name : classes) {
      numbers.put(name, numbers.size());
    }
    return Collections.unmodifiableMap(numbers);
  }

  /// Where an image is.
  ///
  /// @param index which, from 0
  /// @return its file
  public Path path(int index) {
    return entries.get(index).path();
  }

  /// The class of an image, without reading it.
  ///
  /// @param index which, from 0
  /// @return its class, from 0
  public int target(int index) {
    return entries.get(index).target();
  }

  @Override
  public int size() {
    return entries.size();
  }

  /// One image. What is random in its transform follows the seed of [dev.javelin.Javelin#manualSeed].
  ///
  /// @throws DataException if the file is no image, or damaged
  @Override
  public Sample get(int index) {
    Generator.Position position = Generator.next(1);
    RandomGenerator random = SplitMix.stream(position.seed(), position.counter());
    Tensor label = Tensor.of(new long[] {target(index)}).reshape(Shape.SCALAR);
    return new Sample(image(index, random), targetTransform.apply(label, random));
  }

  private Tensor image(int index, RandomGenerator random) {
    return transform.apply(ImageDecoder.decode(path(index), grayscale), random);
  }

  /// Several images.
  ///
  /// @throws DataException if a file is no image, or damaged
  /// @throws IllegalArgumentException if the images are of different sizes after the transform
  @Override
  public Batch batch(int[] indices, RandomGenerator random) {
    long[] targets = new long[indices.length];
    List<Tensor> images = new ArrayList<>();
    try (ScopeState scope = ScopeState.openFor("the data set")) {
      for (int i = 0; i < indices.length; i++) {
        targets[i] = target(indices[i]);
        images.add(image(indices[i], random));
        if (!images.get(i).shape().equals(images.getFirst().shape())) {
          throw new IllegalArgumentException(
              "ImageFolder: the images of a batch must be of one size, but %s is %s and %s is %s; put Transforms.resize(h, w) into the transform"
                  .formatted(
                      path(indices[0]),
                      images.getFirst().shape(),
                      path(indices[i]),
                      images.get(i).shape()));
        }
      }
      Tensor x = Tensor.stack(images, 0);
      Tensor y = targetTransform.applyAll(Tensor.of(targets), random);
      scope.keep(x);
      scope.keep(y);
      return new Batch(x, y);
    }
  }
}
