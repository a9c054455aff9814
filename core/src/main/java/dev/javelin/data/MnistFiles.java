package dev.javelin.data;

import dev.javelin.data.MnistSet.DataFile;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Finds the files of a data set on this machine, or downloads them, and reads them.
///
/// A file is never passed over because it is damaged: that is an error. So is a directory that the
/// user named and that does not hold the files.
///
/// @param places where to look when the user names no directory
/// @param download how to download
record MnistFiles(DataPlaces places, Download download) {
  private static final int SIDE = 28;

  /// Loads one part of a data set.
  ///
  /// @param set which data set
  /// @param train whether the part for training
  /// @param directory where the files are, if the user said so
  /// @param progress told about downloads
  /// @return the images and labels
  /// @throws DataNotFoundException if they are not on this machine and cannot be downloaded
  /// @throws DataException if a file is damaged, or not in the directory given
  ImageSet load(MnistSet set, boolean train, Optional<Path> directory, Progress progress) {
    // Messages show absolute paths: where a relative one begins is not always plain to the user.
    Optional<Path> given = directory.map(Path::toAbsolutePath);
    MnistSet.Part part = set.part(train);
    given.ifPresent(only -> requireFiles(set, part, only));
    List<Path> directories =
        given
            .map(only -> DataPlaces.inside(only, set.name()))
            .orElseGet(() -> places.directories(set.name()));
    Path imageFile = obtain(set, part.images(), directories, progress);
    Path labelFile = obtain(set, part.labels(), directories, progress);
    IdxFile images = read(imageFile, part.images(), IdxFile.Origin.of(imageFile));
    IdxFile labels = read(labelFile, part.labels(), IdxFile.Origin.of(labelFile));
    requireSizes(imageFile, images, labelFile, labels, set.classNames().size());
    return new ImageSet(
        set.name(),
        set.classNames(),
        SIDE,
        SIDE,
        images.data(),
        labels.data(),
        false,
        set.title() + " from " + imageFile.getParent());
  }

  private static void requireFiles(MnistSet set, MnistSet.Part part, Path directory) {
    List<Path> directories = DataPlaces.inside(directory, set.name());
    List<String> missing =
        part.files().stream()
            .filter(file -> find(file, directories).isEmpty())
            .map(DataFile::name)
            .toList();
    if (!missing.isEmpty()) {
      String found = Files.isDirectory(directory) ? "" : ", which is not a directory";
      throw new DataException(
          set.title()
              + " is not in the directory given, "
              + directory
              + found
              + ": looked for "
              + String.join(" and ", missing)
              + ", with and without .gz, in "
              + listed(directories)
              + " and did not find "
              + (missing.size() == 1 ? "it" : "them")
              + "; put the files there, or give no directory to have them looked for elsewhere and"
              + " downloaded");
    }
  }

  private Path obtain(MnistSet set, DataFile file, List<Path> directories, Progress progress) {
    return find(file, directories).orElseGet(() -> fetch(set, file, directories, progress));
  }

  private static Optional<Path> find(DataFile file, List<Path> directories) {
    return directories.stream()
        .flatMap(
            directory ->
                Stream.of(directory.resolve(file.name() + ".gz"), directory.resolve(file.name())))
        .filter(Files::exists)
        .findFirst();
  }

  private Path fetch(MnistSet set, DataFile file, List<Path> searched, Progress progress) {
    String name = file.name() + ".gz";
    Path target = places.cacheOf(set.name()).resolve(name);
    List<String> failures = new ArrayList<>();
    Exception last = null;
    for (URI source : set.sources()) {
      URI uri = source.resolve(name);
      var origin = new IdxFile.Origin("the file that came", "try again later");
      try {
        download.fetch(uri, target, part -> read(part, file, origin), progress);
        return target;
      } catch (IOException e) {
        failures.add(uri + " (" + e.getMessage() + ")");
        last = e;
      } catch (DataException e) {
        if (Thread.currentThread().isInterrupted()) {
          throw e;
        }
        failures.add(uri + " (" + e.getMessage() + ")");
        last = e;
      }
    }
    throw new DataNotFoundException(
        set.title()
            + " is not on this machine and could not be downloaded: looked for "
            + file.name()
            + ", with and without .gz, in "
            + listed(searched)
            + "; tried "
            + String.join(" and ", failures)
            + "; put the files into one of these directories, or name their directory in the"
            + " environment variable "
            + DataPlaces.VARIABLE,
        last);
  }

  private static IdxFile read(Path path, DataFile file, IdxFile.Origin origin) {
    IdxFile idx = IdxFile.read(path, file.rank(), origin);
    String hint = MnistSet.describe(idx.md5()).map(known -> ", which is " + known).orElse("");
    idx.requireMd5(file.md5(), hint, origin);
    return idx;
  }

  /// Holds for the files that are known by their MD5; what follows relies on it for any.
  private static void requireSizes(
      Path imageFile, IdxFile images, Path labelFile, IdxFile labels, int classes) {
    int[] dims = images.dims();
    if (dims[1] != SIDE || dims[2] != SIDE) {
      throw new DataException(
          imageFile
              + ": expected images of 28 x 28, found "
              + Arrays.toString(dims)
              + "; put the right file in its place");
    }
    if (labels.dims()[0] != dims[0]) {
      throw new DataException(
          labelFile
              + ": expected "
              + dims[0]
              + " labels for the images of "
              + imageFile
              + ", found "
              + labels.dims()[0]
              + "; put the right file in its place");
    }
    for (byte label : labels.data()) {
      if (Byte.toUnsignedInt(label) >= classes) {
        throw new DataException(
            labelFile
                + ": expected labels from 0 to "
                + (classes - 1)
                + ", found "
                + Byte.toUnsignedInt(label)
                + "; put the right file in its place");
      }
    }
  }

  private static String listed(List<Path> directories) {
    return String.join(", ", directories.stream().map(Path::toString).toList());
  }
}
