package dev.javelin.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.javelin.backend.Settings;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.net.URL;
import java.net.URLConnection;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Properties;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;

/// Finds oneDNN's shared libraries on the class path, unpacks them into a cache directory of the user and loads them.
///
/// The cache is safe with many processes: a file is written under another name, forced to disk and renamed when it is
/// complete; one of the wrong size is replaced. Where no cache can be written, a private temporary directory serves and is
/// removed as soon as the libraries are loaded.
///
/// OpenMP, which oneDNN was built with, is told to use one thread: the parallel loops are ours ([Workers]), and two
/// pools that spin against each other on the same processors are slower than either.
final class DnnlLibrary {
  private static final String HOME = "org/bytedeco/dnnl/linux-x86_64/";
  private static final String OPENMP = "libgomp.so.1";
  private static final String ONEDNN = "libdnnl.so.3";
  private static final String ARTIFACT = "org.bytedeco:dnnl:3.11-1.5.13:linux-x86_64";

  private final SymbolLookup symbols;
  private final String reason;

  private DnnlLibrary(SymbolLookup symbols, String reason) {
    this.symbols = symbols;
    this.reason = reason;
  }

  /// The library's functions, or null where it is not available.
  SymbolLookup symbols() {
    return symbols;
  }

  /// Why it is not available, in one sentence; empty where it is.
  String reason() {
    return reason;
  }

  /// Loads the library; never throws.
  static DnnlLibrary load() {
    try {
      if (!Settings.isOn("javelin.onednn", true)) {
        return missing("oneDNN is switched off by the setting javelin.onednn=false.");
      }
      String os = System.getProperty("os.name", "");
      String arch = System.getProperty("os.arch", "");
      if (!os.toLowerCase(Locale.ROOT).startsWith("linux") || !arch.equals("amd64")) {
        return missing("oneDNN is used on Linux x86-64 only, and this is " + os + " " + arch + ".");
      }
      URL openmp = find(OPENMP);
      URL onednn = find(ONEDNN);
      if (openmp == null || onednn == null) {
        return missing("oneDNN is not on the class path; add " + ARTIFACT + ".");
      }
      return new DnnlLibrary(load(openmp, onednn), "");
    } catch (IOException | RuntimeException | LinkageError e) {
      return missing("oneDNN could not be loaded: " + sentence(e));
    }
  }

  private static DnnlLibrary missing(String reason) {
    return new DnnlLibrary(null, reason);
  }

  private static String sentence(Throwable e) {
    String text =
        (e.getMessage() == null ? e.toString() : e.getMessage())
            .lines()
            .findFirst()
            .orElse("")
            .strip();
    return text.endsWith(".") ? text : text + ".";
  }

  private static URL find(String name) {
    ClassLoader own = DnnlLibrary.class.getClassLoader();
    URL url = own == null ? null : own.getResource(HOME + name);
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    return url == null && context != null ? context.getResource(HOME + name) : url;
  }

  private static SymbolLookup load(URL openmp, URL onednn) throws IOException {
    Path directory = cache(version(onednn));
    if (directory != null) {
      try {
        Path first = unpack(openmp, directory.resolve(OPENMP));
        return open(first, unpack(onednn, directory.resolve(ONEDNN)));
      } catch (IOException e) {
        // A full or read-only disk. The temporary directory may be elsewhere.
      }
    }
    Path temporary = Files.createTempDirectory("javelin-dnnl");
    Path first = temporary.resolve(OPENMP);
    Path second = temporary.resolve(ONEDNN);
    try {
      return open(unpack(openmp, first), unpack(onednn, second));
    } finally {
      // What is loaded stays mapped.
      Files.deleteIfExists(first);
      Files.deleteIfExists(second);
      Files.deleteIfExists(temporary);
    }
  }

  /// The directory for this version, or null where none can be made.
  private static Path cache(String version) {
    String base = System.getenv("XDG_CACHE_HOME");
    Path root =
        base != null && new File(base).isAbsolute()
            ? Path.of(base)
            : Path.of(System.getProperty("user.home", "/nonexistent"), ".cache");
    try {
      Path directory = root.resolve("javelin").resolve("dnnl-" + version);
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      return directory;
    } catch (IOException | RuntimeException e) {
      return null;
    }
  }

  /// The version in the jar that the library is in.
  private static String version(URL library) {
    String text = library.toString();
    String properties = "META-INF/maven/org.bytedeco/dnnl/pom.properties";
    try (InputStream in =
        new java.net.URI(text.replace(HOME + ONEDNN, properties)).toURL().openStream()) {
      var values = new Properties();
      values.load(in);
      String version = values.getProperty("version", "");
      return version.matches("[0-9A-Za-z.+-]+") ? version : "unknown";
    } catch (IOException | RuntimeException | java.net.URISyntaxException e) {
      return "unknown";
    }
  }

  /// Makes sure that a file holds a resource and returns it.
  private static Path unpack(URL resource, Path file) throws IOException {
    URLConnection connection = resource.openConnection();
    // A cached connection would share, and keep open, the jar file of the class loader.
    connection.setUseCaches(false);
    try (InputStream in = connection.getInputStream()) {
      long size = connection.getContentLengthLong();
      if (Files.isRegularFile(file) && Files.size(file) == size) {
        return file;
      }
      Path part = Files.createTempFile(file.getParent(), file.getFileName().toString(), ".part");
      try {
        var checked = new CheckedInputStream(in, new CRC32());
        long copied = Files.copy(checked, part, StandardCopyOption.REPLACE_EXISTING);
        if ((size >= 0 && copied != size)
            || !crcMatches(connection, checked.getChecksum().getValue())) {
          throw new IOException(file.getFileName() + " in " + resource + " is damaged.");
        }
        try (var channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
          // Without this a crash of the machine may leave a file of the right size that holds
          // zeros.
          channel.force(true);
        }
        // Replaces a damaged file as well. Another process that has the old one loaded keeps it.
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(part);
      }
      return file;
    }
  }

  private static boolean crcMatches(URLConnection connection, long crc) throws IOException {
    if (connection instanceof java.net.JarURLConnection jar && jar.getJarEntry() != null) {
      long expected = jar.getJarEntry().getCrc();
      return expected < 0 || expected == crc;
    }
    return true;
  }

  /// Loads OpenMP first, since oneDNN looks for it, with the thread count it reads from the environment set to one.
  private static SymbolLookup open(Path openmp, Path onednn) {
    try (var arena = Arena.ofConfined()) {
      Linker linker = Linker.nativeLinker();
      SymbolLookup libc = linker.defaultLookup();
      // Addresses and ints as longs: signatures that oneDNN's functions have, too, see
      // [DnnlFunctions].
      MethodHandle get =
          linker.downcallHandle(
              libc.findOrThrow("getenv"), FunctionDescriptor.of(JAVA_LONG, JAVA_LONG));
      MethodHandle set =
          linker.downcallHandle(
              libc.findOrThrow("setenv"),
              FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG));
      MethodHandle unset =
          linker.downcallHandle(
              libc.findOrThrow("unsetenv"), FunctionDescriptor.of(JAVA_INT, JAVA_LONG));
      long name = arena.allocateFrom("OMP_NUM_THREADS").address();
      long old = (long) get.invokeExact(name);
      // setenv may free the old text.
      long kept = old == 0 ? 0 : arena.allocateFrom(Memory.ALL.getString(old)).address();
      int ignored = (int) set.invokeExact(name, arena.allocateFrom("1").address(), 1L);
      try {
        SymbolLookup.libraryLookup(openmp, Arena.global());
        return SymbolLookup.libraryLookup(onednn, Arena.global());
      } finally {
        if (kept == 0) {
          ignored = (int) unset.invokeExact(name);
        } else {
          ignored = (int) set.invokeExact(name, kept, 1L);
        }
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
