package dev.javelin.examples;

import dev.javelin.io.Checkpoint;
import dev.javelin.nn.Module;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The file a model is saved to; found writable before the training begins, so that no training is lost.
///
/// @param path the file
record SavedModel(Path path) {
  void checkWritable() {
    Path folder = path.toAbsolutePath().getParent();
    if (Files.isDirectory(path)) {
      throw new IllegalArgumentException(
          "cannot save to %s: it is a directory; name a file".formatted(path));
    }
    if (folder == null || !Files.isDirectory(folder)) {
      throw new IllegalArgumentException(
          "cannot save to %s: there is no directory %s; create it first".formatted(path, folder));
    }
    try {
      Files.delete(Files.createTempFile(folder, ".javelin-", ".tmp"));
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "cannot save to %s: the directory %s is not writable".formatted(path, folder), e);
    }
  }

  void write(Module model) {
    Checkpoint.save(model.stateDict(), path);
  }
}
