import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/// Lays out what the archives of the distribution hold: `jre`, a Java run-time of just the modules that the jars need, `small-jre`, one
/// without what only [dev.javelin.data.ImageFolder] needs, and `lib`, the jars themselves. Neither is compressed, because an archive compresses better what is not. Everything runs on the class path, so the
/// jars lose their `module-info`, with which jdeps would want them to form a consistent set of modules.
final class Image {
  /// The natives of other systems.
  private static final Pattern LEFT_OUT =
      Pattern.compile(".*-natives-(macos|windows|linux-arm64).*\\.jar");

  /// Jars without classes.
  private static final Pattern NATIVE = Pattern.compile(".*-(natives-linux|linux-x86_64)\\.jar");

  /// Modules that decode pictures: a quarter of the run-time.
  private static final List<String> FOR_PICTURES =
      List.of("java.desktop", "java.datatransfer", "java.prefs");

  /// What no code here calls: most of the size of JCuda's natives.
  private static final Pattern UNUSED =
      Pattern.compile("lib/lib(JNvPTXCompiler|JCudaRuntime|JCublas)-.*\\.so");

  /// What only the conformance runner needs: it brings devices that users are not to see.
  private static final Pattern FOR_VERIFY =
      Pattern.compile("(javelin-conformance|junit|opentest4j|apiguardian|jspecify).*\\.jar");

  private Image() {}

  /// @param args the directory of the jars; the directory to fill
  public static void main(String[] args) throws IOException {
    Path image = Path.of(args[1]);
    delete(image);
    Path lib = Files.createDirectories(image.resolve("lib"));
    List<Path> jars;
    try (Stream<Path> files = Files.list(Path.of(args[0]))) {
      jars =
          files
              .filter(file -> file.toString().endsWith(".jar"))
              .filter(file -> !LEFT_OUT.matcher(file.getFileName().toString()).matches())
              .sorted()
              .toList();
    }
    Path verify = Files.createDirectories(lib.resolve("verify"));
    List<Path> stored = new ArrayList<>();
    for (Path jar : jars) {
      String name = jar.getFileName().toString();
      Path to = (FOR_VERIFY.matcher(name).matches() ? verify : lib).resolve(name);
      store(jar, to);
      stored.add(to);
    }
    List<String> modules = modules(stored);
    link(modules, image.resolve("jre"));
    List<String> fewer = new ArrayList<>(modules);
    fewer.removeAll(FOR_PICTURES);
    link(fewer, image.resolve("small-jre"));
  }

  /// The modules of the JDK that the jars need, and those that nothing but a flag or a service names.
  private static List<String> modules(List<Path> jars) {
    List<String> names =
        jars.stream().map(Path::toString).filter(name -> !NATIVE.matcher(name).matches()).toList();
    List<String> arguments = new ArrayList<>();
    arguments.addAll(
        List.of("--print-module-deps", "--ignore-missing-deps", "--multi-release", "25"));
    arguments.addAll(List.of("--class-path", String.join(File.pathSeparator, names)));
    arguments.addAll(names);
    String found = run("jdeps", arguments).strip();
    // The Vector API is asked for by a flag, TLS with elliptic curves and the recorder by services.
    return List.of((found + ",jdk.incubator.vector,jdk.crypto.ec,jdk.jfr").split(","));
  }

  private static void link(List<String> modules, Path jre) {
    run(
        "jlink",
        List.of(
            "--add-modules",
            String.join(",", modules),
            "--compress",
            "zip-0",
            "--strip-debug",
            "--no-header-files",
            "--no-man-pages",
            "--output",
            jre.toString()));
  }

  private static String run(String tool, List<String> arguments) {
    StringWriter out = new StringWriter();
    PrintWriter writer = new PrintWriter(out, true);
    int status =
        ToolProvider.findFirst(tool)
            .orElseThrow()
            .run(writer, writer, arguments.toArray(String[]::new));
    if (status != 0) {
      throw new IllegalStateException(tool + " failed: " + out);
    }
    return out.toString();
  }

  private static void store(Path from, Path to) throws IOException {
    try (ZipFile in = new ZipFile(from.toFile());
        OutputStream file = Files.newOutputStream(to);
        ZipOutputStream out = new ZipOutputStream(file)) {
      for (ZipEntry entry : in.stream().toList()) {
        if (entry.getName().endsWith("module-info.class")
            || UNUSED.matcher(entry.getName()).matches()) {
          continue;
        }
        byte[] bytes;
        try (InputStream content = in.getInputStream(entry)) {
          bytes = content.readAllBytes();
        }
        ZipEntry stored = new ZipEntry(entry.getName());
        stored.setTimeLocal(entry.getTimeLocal());
        stored.setMethod(ZipEntry.STORED);
        stored.setSize(bytes.length);
        CRC32 crc = new CRC32();
        crc.update(bytes);
        stored.setCrc(crc.getValue());
        out.putNextEntry(stored);
        out.write(bytes);
        out.closeEntry();
      }
    }
  }

  private static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
