package dev.javelin.io;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// The formats, by the ends of files' names.
enum Format {
  SAFETENSORS(".safetensors"),
  NPY(".npy"),
  NPZ(".npz"),
  TORCH(".pt", ".pth");

  private final List<String> extensions;

  Format(String... extensions) {
    this.extensions = List.of(extensions);
  }

  /// The format a file's name asks for.
  ///
  /// @param file the file
  /// @return the format, null if the name does not say one
  static Format of(Path file) {
    Path last = file.getFileName();
    String name = last == null ? "" : last.toString().toLowerCase(Locale.ROOT);
    for (Format format : values()) {
      if (format.extensions.stream().anyMatch(name::endsWith)) {
        return format;
      }
    }
    return null;
  }
}
