package dev.javelin.opencl;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/// Where the driver PoCL keeps compiled kernels: without a directory that it can write it has no device, and without the name of any
/// it ends the process.
final class PoclCache {
  private PoclCache() {}

  /// Gives PoCL a temporary directory where neither the user nor the home directory provides one. To be called before OpenCL is.
  static void prepare() {
    if (!System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("linux")
        || System.getenv("POCL_CACHE_DIR") != null
        || inHome().isPresent()) {
      return;
    }
    try {
      Path directory = Files.createTempDirectory("javelin-pocl");
      ClNative.setenv("POCL_CACHE_DIR", directory.toString());
    } catch (IOException e) {
      throw new UncheckedIOException("no temporary directory can be made: " + e.getMessage(), e);
    }
  }

  /// What to say where PoCL is there but has no device; empty where its cache is not why.
  static String advice() {
    String set = System.getenv("POCL_CACHE_DIR");
    return set != null && !writable(set)
        ? "; PoCL needs a directory that it can write, and POCL_CACHE_DIR names " + set
        : "";
  }

  private static Optional<Path> inHome() {
    String cache = System.getenv("XDG_CACHE_HOME");
    String home = System.getenv("HOME");
    if (cache == null && home == null) {
      return Optional.empty();
    }
    try {
      Path base = cache != null ? Path.of(cache) : Path.of(home, ".cache");
      Path directory = Files.createDirectories(base.resolve("pocl").resolve("kcache"));
      return Files.isWritable(directory) ? Optional.of(directory) : Optional.empty();
    } catch (IOException | InvalidPathException e) {
      return Optional.empty();
    }
  }

  private static boolean writable(String directory) {
    try {
      Path path = Path.of(directory);
      return Files.isDirectory(path) && Files.isWritable(path);
    } catch (InvalidPathException e) {
      return false;
    }
  }
}
