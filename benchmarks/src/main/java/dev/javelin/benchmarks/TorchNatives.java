package dev.javelin.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/// Puts PyTorch's official libtorch (as repackaged by DJL, with MKL inside) under JavaCPP's binding, in place of the build that
/// comes with the binding, whose matrix products are slower. The two are binary compatible.
///
/// Must run before any class of `org.bytedeco` is touched.
final class TorchNatives {
  private static final String RESOURCES = "pytorch/cpu/linux-x86_64/";
  private static final List<String> LIBRARIES =
      List.of("libc10.so", "libtorch_cpu.so", "libtorch.so", "libgomp-98b21ff3.so.1");

  private TorchNatives() {}

  /// Whether the libraries are on the class path: they are with the launcher's `--peer`.
  static boolean present() {
    return TorchNatives.class.getClassLoader().getResource(RESOURCES + LIBRARIES.getFirst())
        != null;
  }

  /// Unpacks the libraries where that has not been done, and has JavaCPP look there first.
  ///
  /// @param cache where to keep them
  static void use(Path cache) {
    Path directory = cache.resolve("libtorch").toAbsolutePath();
    try {
      Files.createDirectories(directory);
      for (String name : LIBRARIES) {
        unpack(name, directory);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot unpack libtorch into " + directory, e);
    }
    System.setProperty("org.bytedeco.javacpp.pathsFirst", "true");
    System.setProperty("org.bytedeco.javacpp.cachedir", cache.resolve("javacpp").toString());
    // Its limits are about the Java heap, which holds nothing here.
    System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
    System.setProperty("org.bytedeco.javacpp.maxBytes", "0");
    System.setProperty("java.library.path", directory.toString());
  }

  private static void unpack(String name, Path directory) throws IOException {
    Path file = directory.resolve(name);
    if (Files.exists(file)) {
      return;
    }
    try (InputStream in =
        TorchNatives.class.getClassLoader().getResourceAsStream(RESOURCES + name)) {
      if (in == null) {
        throw new IOException(RESOURCES + name + " is not on the class path");
      }
      Path part = Files.createTempFile(directory, name, ".part");
      Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    }
  }
}
