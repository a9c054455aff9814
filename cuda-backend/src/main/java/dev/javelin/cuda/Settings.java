package dev.javelin.cuda;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What users can set, as a system property or in the environment.
final class Settings {
  private Settings() {}

  /// Whether CUDA is to be looked for at all: `javelin.cuda`, `JAVELIN_CUDA`; only `false` switches it off.
  static boolean enabled() {
    return !"false".equalsIgnoreCase(setting("javelin.cuda", "JAVELIN_CUDA"));
  }

  /// Whether to wait after each launch, so that the one that fails is named: `javelin.cuda.blocking`, `JAVELIN_CUDA_BLOCKING`.
  static boolean blocking() {
    String value = setting("javelin.cuda.blocking", "JAVELIN_CUDA_BLOCKING");
    return "1".equals(value) || "true".equalsIgnoreCase(value);
  }

  /// The directories to look into first for the libraries of CUDA: `javelin.cuda.library.path`, `JAVELIN_CUDA_LIBRARY_PATH`.
  static List<String> libraryPath() {
    return LibrarySearch.split(setting("javelin.cuda.library.path", "JAVELIN_CUDA_LIBRARY_PATH"));
  }

  /// The directory to keep compiled kernels in: `javelin.cuda.cache`, `JAVELIN_CUDA_CACHE`.
  static Optional<Path> cache() {
    return Optional.ofNullable(setting("javelin.cuda.cache", "JAVELIN_CUDA_CACHE")).map(Path::of);
  }

  private static String setting(String property, String variable) {
    return System.getProperty(property, System.getenv(variable));
  }
}
