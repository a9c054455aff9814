import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// Builds the emulated CUDA libraries that the CUDA backend's tests run on, where they are older than their sources. Without g++ or on
/// another system nothing is built, and the tests say so.
final class BuildEmulation {
  /// As in a machine with CUDA 13.
  private static final String MAJOR = "13";

  private static final List<String> FLAGS =
      List.of(
          "-std=c++17",
          "-O2",
          "-fPIC",
          "-shared",
          "-Wall",
          "-Wextra",
          "-Wconversion",
          "-Werror",
          "-fvisibility=hidden");

  private final Path sources;
  private final Path target;

  private BuildEmulation(Path sources, Path target) {
    this.sources = sources;
    this.target = target;
  }

  /// @param args the directory of the sources, and the one to build into
  public static void main(String[] args) throws Exception {
    var build = new BuildEmulation(Path.of(args[0]).toAbsolutePath(), Path.of(args[1]));
    boolean possible =
        System.getProperty("os.name").equals("Linux")
            && System.getProperty("os.arch").equals("amd64")
            && Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "g++")));
    if (possible && !build.isUpToDate()) {
      build.run();
    }
  }

  private boolean isUpToDate() throws IOException {
    Path last = target.resolve("libcublas.so." + MAJOR);
    return Files.exists(last) && newest(sources).compareTo(Files.getLastModifiedTime(last)) < 0;
  }

  private static FileTime newest(Path folder) throws IOException {
    FileTime newest = FileTime.fromMillis(0);
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        FileTime time = Files.getLastModifiedTime(file);
        newest = time.compareTo(newest) > 0 ? time : newest;
      }
    }
    return newest;
  }

  private void run() throws IOException, InterruptedException {
    // Also the cubins that were kept: they are of another device.h, which their names do not say.
    delete(target);
    Files.createDirectories(target);
    Process driver =
        compile(
            "libcuda.so.1",
            "{ global: cu*; emulated_*; threadIdx; blockIdx; blockDim; gridDim; local: *; };",
            Stream.of("control", "memory", "fibres", "object", "stream", "driver")
                .map(name -> name + ".cpp")
                .toList(),
            List.of("-ldl", "-lm"));
    Process compiler =
        compile(
            "libnvrtc.so." + MAJOR,
            "libnvrtc.so." + MAJOR + " { global: nvrtc*; local: *; };",
            List.of("nvrtc.cpp"),
            List.of("-DDEVICE_H=\"" + sources.resolve("device.h") + "\""));
    await(driver);
    await(compiler);
    await(
        compile(
            "libcublas.so." + MAJOR,
            "libcublas.so." + MAJOR + " { global: cublas*; local: *; };",
            List.of("cublas.cpp"),
            List.of("-O3", target.resolve("libcuda.so.1").toString())));
  }

  /// Builds a library of the name by which others ask for it; its symbols have the versions that NVIDIA's have.
  private Process compile(String library, String versions, List<String> files, List<String> more)
      throws IOException {
    Path script = target.resolve(library + ".map");
    Files.writeString(script, versions);
    List<String> command = new ArrayList<>(List.of("g++"));
    command.addAll(FLAGS);
    command.addAll(
        List.of(
            "-DVERSION=" + MAJOR,
            "-Wl,-soname," + library,
            "-Wl,--version-script=" + script.toAbsolutePath(),
            "-o",
            target.resolve(library).toAbsolutePath().toString()));
    files.forEach(file -> command.add(sources.resolve(file).toString()));
    command.addAll(more);
    return new ProcessBuilder(command).inheritIO().start();
  }

  private static void await(Process process) throws InterruptedException {
    if (process.waitFor() != 0) {
      System.exit(1);
    }
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
