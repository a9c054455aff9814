package dev.javelin.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import jcuda.LogLevel;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.nvrtc.JNvrtc;

/// Makes JCuda load its native libraries, each pointed at the version of CUDA that this machine has.
///
/// JCuda takes a library from `java.io.tmpdir` if one of the right name lies there, else it writes one there, which several processes
/// must not do at once. So what it is to load lies ready in a directory of ours, and the property names that while JCuda's classes start.
final class Natives {
  /// The major version of CUDA that JCuda was built for, the oldest that can be used.
  static final int OLDEST = 12;

  private static final String VERSION = "12.6.0";

  private Natives() {}

  /// Loads what calls the driver, which must have been opened.
  static void loadDriver() throws UnavailableException {
    load("jcuda.driver.JCudaDriver", "JCudaDriver", "", OLDEST);
    JCudaDriver.setLogLevel(LogLevel.LOG_QUIET);
  }

  /// Loads what calls NVRTC, which must have been opened.
  ///
  /// @param major its major version
  static void loadCompiler(int major) throws UnavailableException {
    load("jcuda.nvrtc.JNvrtc", "JNvrtc", "libnvrtc.so.", major);
    JNvrtc.setLogLevel(LogLevel.LOG_QUIET);
  }

  /// Loads what calls cuBLAS, which must have been opened.
  ///
  /// @param major its major version
  static void loadBlas(int major) throws UnavailableException {
    load("jcuda.jcublas.JCublas2", "JCublas2", "libcublas.so.", major);
    JCublas2.setLogLevel(LogLevel.LOG_QUIET);
  }

  private static void load(String className, String library, String needs, int major)
      throws UnavailableException {
    String file = "lib" + library + "-" + VERSION + "-linux-x86_64.so";
    try {
      byte[] bytes = read(file);
      if (major != OLDEST) {
        bytes = ElfRetarget.retarget(bytes, needs + OLDEST, needs + major);
      }
      initialize(className, place(file, major, bytes));
    } catch (IOException | IllegalArgumentException e) {
      throw new UnavailableException(file + " could not be prepared: " + e.getMessage());
    } catch (LinkageError e) {
      throw new UnavailableException(file + " could not be loaded: " + reason(e));
    }
  }

  private static byte[] read(String file) throws IOException {
    // A file of an automatic module, which shows all it has.
    try (InputStream in = JCudaDriver.class.getClassLoader().getResourceAsStream("lib/" + file)) {
      if (in == null) {
        throw new IOException("it is not on the class path");
      }
      return in.readAllBytes();
    }
  }

  /// Puts a library into a directory of this user, or of this process where the user has none.
  ///
  /// @return the directory
  private static Path place(String file, int major, byte[] bytes) throws IOException {
    Optional<Path> cache = CacheDirectory.find();
    if (cache.isEmpty()) {
      Path directory = Files.createTempDirectory("javelin-cuda");
      Path target = Files.write(directory.resolve(file), bytes);
      // What is registered last is deleted first.
      directory.toFile().deleteOnExit();
      target.toFile().deleteOnExit();
      return directory;
    }
    Path directory = cache.get().resolve("jcuda-" + VERSION + "-cuda" + major);
    place(Files.createDirectories(directory).resolve(file), bytes);
    return directory;
  }

  /// Makes a file what it is to be, whatever it was. A process that uses the old one keeps it.
  static void place(Path target, byte[] bytes) throws IOException {
    if (!Files.isRegularFile(target) || !Arrays.equals(Files.readAllBytes(target), bytes)) {
      CacheDirectory.replace(target, bytes);
    }
  }

  /// Starts a class of JCuda while the property that it looks at names a directory.
  private static synchronized void initialize(String className, Path directory) {
    String before = System.getProperty("java.io.tmpdir");
    System.setProperty("java.io.tmpdir", directory.toString());
    try {
      Class.forName(className, true, JCudaDriver.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new NoClassDefFoundError(e.getMessage());
    } finally {
      System.setProperty("java.io.tmpdir", before);
    }
  }

  /// JCuda puts two stack traces into its message; the last line of this form says why.
  private static String reason(LinkageError error) {
    String message = String.valueOf(error.getMessage());
    String prefix = "java.lang.UnsatisfiedLinkError: ";
    return message
        .lines()
        .filter(line -> line.startsWith(prefix))
        .reduce((first, last) -> last)
        .map(line -> line.substring(prefix.length()))
        .orElseGet(() -> message.lines().findFirst().orElse(""));
  }
}
