package dev.javelin.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Makes the MKL inside PyTorch use AVX-512 on AMD processors.
///
/// MKL asks itself whether the processor is Intel's and takes a slower path where it is not. A library that is loaded before it and
/// answers yes is a well-known cure; since some users apply it, it has a column of its own.
final class MklUnlock {
  private static final String SOURCE = "int mkl_serv_intel_cpu_true(void) { return 1; }\n";

  private MklUnlock() {}

  /// Builds the library.
  ///
  /// @param directory where to put it
  /// @return the library, or empty where there is no C compiler or the path cannot be preloaded
  static Optional<Path> build(Path directory) {
    Path library = directory.resolve("mkl-unlock.so").toAbsolutePath();
    if (library.toString().matches(".*[\\s:].*")) {
      return Optional.empty(); // blanks and colons separate the entries of LD_PRELOAD
    }
    try {
      Files.createDirectories(directory);
      Path source = directory.resolve("mkl-unlock.c");
      Files.writeString(source, SOURCE);
      for (String compiler : List.of("cc", "gcc", "clang")) {
        if (compile(compiler, source, library)) {
          return Optional.of(library);
        }
      }
    } catch (IOException e) {
      // No column then.
    }
    return Optional.empty();
  }

  private static boolean compile(String compiler, Path source, Path library) {
    try {
      Process process =
          new ProcessBuilder(
                  compiler, "-shared", "-fPIC", "-O2", "-o", library.toString(), source.toString())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
