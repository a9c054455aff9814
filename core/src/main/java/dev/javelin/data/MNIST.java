package dev.javelin.data;

import java.nio.file.Path;
import java.util.Optional;

/// MNIST: handwritten digits, 60,000 for training and 10,000 for testing, 28 by 28 grey pixels each.
///
/// [ImageFiles] says where the files are looked for; what is nowhere is downloaded.
public final class MNIST {
  private MNIST() {}

  /// Images as floats from 0 to 1.
  ///
  /// @param train whether the part for training
  /// @return the samples
  /// @throws DataNotFoundException if the files are neither here nor can be downloaded
  /// @throws DataException if a file is damaged
  public static ImageDataset load(boolean train) {
    return load(Optional.empty(), train, Transforms.toTensor());
  }

  /// Images with a transform.
  ///
  /// @param root the directory the files are in; then they are taken from nowhere else
  /// @param train whether the part for training
  /// @param transform what to do to each image, a uint8 tensor `[1, 28, 28]`
  /// @return the samples
  /// @throws DataNotFoundException if no directory is given, and the files are neither here nor can be downloaded
  /// @throws DataException if a file is damaged, or not in the directory given
  public static ImageDataset load(Optional<Path> root, boolean train, Transform transform) {
    return new ImageDataset(ImageFiles.load("mnist", train, root, Progress.none()), transform);
  }
}
