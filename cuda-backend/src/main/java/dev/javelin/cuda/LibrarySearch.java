package dev.javelin.cuda;

import dev.javelin.backend.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Where the libraries of CUDA may be on a Linux machine: in the directories that the user names, in a toolkit, in the wheels of Python,
/// where the system keeps libraries.
final class LibrarySearch {
  private static final Pattern VERSIONED = Pattern.compile("lib\\w+\\.so\\.([0-9]{1,4})");

  private final List<Path> chosen;
  private final List<Path> usual;

  private LibrarySearch(List<Path> chosen, List<Path> usual) {
    this.chosen = chosen;
    this.usual = usual;
  }

  /// The places of this process.
  static LibrarySearch ofSystem() {
    return of(
        split(Settings.text("javelin.cuda.library.path").orElse(null)),
        System.getenv(),
        Path.of(System.getProperty("user.home", "/")),
        "/");
  }

  /// The places that settings and an environment give.
  ///
  /// @param chosen the directories that come before all others
  /// @param environment the environment variables
  /// @param home the user's home directory
  /// @param root what the system's directories begin with, `/`
  static LibrarySearch of(
      List<String> chosen, Map<String, String> environment, Path home, String root) {
    Set<Path> first = new LinkedHashSet<>();
    chosen.forEach(directory -> add(first, directory));
    Set<Path> then = new LinkedHashSet<>();
    list(then, environment.get("LD_LIBRARY_PATH"));
    for (String variable : List.of("CUDA_HOME", "CUDA_PATH", "CUDA_ROOT")) {
      toolkit(then, environment.get(variable));
    }
    for (String variable : List.of("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONUSERBASE")) {
      python(then, environment.get(variable));
    }
    // The Python that a shell would run.
    for (String directory : split(environment.get("PATH"))) {
      if (directory.startsWith("/") && Files.isExecutable(Path.of(directory, "python3"))) {
        python(then, String.valueOf(Path.of(directory).getParent()));
      }
    }
    for (Path file : matching(root + "etc/ld.so.conf.d", "*.conf")) {
      directoriesIn(file).forEach(directory -> add(then, directory));
    }
    for (String directory :
        List.of("usr/lib/wsl/lib", "usr/lib/x86_64-linux-gnu", "usr/lib64", "usr/lib")) {
      add(then, root + directory);
    }
    matching(root + "usr/local", "cuda*").forEach(path -> toolkit(then, path.toString()));
    toolkit(then, root + "opt/cuda");
    add(then, root + "usr/local/lib");
    add(then, root + "usr/local/nvidia/lib64");
    for (String prefix : List.of("usr", "usr/local", "opt/conda")) {
      python(then, root + prefix);
    }
    python(then, home.resolve(".local").toString());
    return new LibrarySearch(existing(first), existing(then));
  }

  /// The directories that exist, in the order they are looked into.
  List<Path> directories() {
    return Stream.concat(chosen.stream(), usual.stream()).toList();
  }

  /// The driver, where it lies in one of the directories that the user names.
  Optional<Path> chosenDriver() {
    return chosen.stream()
        .map(directory -> directory.resolve("libcuda.so.1"))
        .filter(Files::isRegularFile)
        .findFirst();
  }

  /// The drivers in the usual places, for linkers that do not know them.
  List<Path> drivers() {
    return usual.stream()
        .map(directory -> directory.resolve("libcuda.so.1"))
        .filter(Files::isRegularFile)
        .toList();
  }

  /// The newest version of a library that is not above a major version; what the user names comes first, however old.
  ///
  /// @param name such as `cublas`
  /// @param newest the major version of CUDA that the driver supports
  Optional<Path> find(String name, int newest) {
    return find(chosen, name, newest).or(() -> find(usual, name, newest));
  }

  private static Optional<Path> find(List<Path> directories, String name, int newest) {
    Path best = null;
    for (Path directory : directories) {
      for (Path file : matching(directory.toString(), "lib" + name + ".so.*")) {
        int major = major(file);
        if (major >= Natives.OLDEST && major <= newest && (best == null || major > major(best))) {
          best = file;
        }
      }
    }
    return Optional.ofNullable(best);
  }

  /// The version in a library's file name, -1 where there is none.
  static int major(Path library) {
    Matcher matcher = VERSIONED.matcher(library.getFileName().toString());
    return matcher.matches() ? Integer.parseInt(matcher.group(1)) : -1;
  }

  /// The files of a directory whose names match, none where it is not there; those with higher versions first.
  static List<Path> matching(String directory, String pattern) {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of(directory), pattern)) {
      files.forEach(found::add);
    } catch (IOException | DirectoryIteratorException | InvalidPathException e) {
      // Not there, or not readable: not a place to find anything.
      return List.of();
    }
    found.sort(Comparator.reverseOrder());
    return found;
  }

  private static List<String> directoriesIn(Path linkerFile) {
    try (Stream<String> lines = Files.lines(linkerFile)) {
      return lines.map(String::strip).filter(line -> line.startsWith("/")).toList();
    } catch (IOException | UncheckedIOException e) {
      // Not readable: the linker does not use it, either.
      return List.of();
    }
  }

  private static void toolkit(Set<Path> directories, String root) {
    if (root != null && !root.isEmpty()) {
      for (String below : List.of("lib64", "targets/x86_64-linux/lib", "lib")) {
        add(directories, root + "/" + below);
      }
    }
  }

  /// A prefix of Python or conda: its own libraries, and those in the wheels `nvidia-*`.
  private static void python(Set<Path> directories, String root) {
    if (root == null || root.isEmpty()) {
      return;
    }
    add(directories, root + "/lib");
    add(directories, root + "/targets/x86_64-linux/lib");
    for (Path version : matching(root + "/lib", "python3*")) {
      for (String packages : List.of("site-packages", "dist-packages")) {
        for (Path wheel : matching(version + "/" + packages + "/nvidia", "*")) {
          directories.add(wheel.resolve("lib"));
        }
      }
    }
  }

  private static void list(Set<Path> directories, String value) {
    split(value).forEach(directory -> add(directories, directory));
  }

  /// The parts between colons that are not empty.
  static List<String> split(String value) {
    return value == null
        ? List.of()
        : Stream.of(value.split(":", -1)).filter(part -> !part.isEmpty()).toList();
  }

  private static void add(Set<Path> directories, String directory) {
    try {
      directories.add(Path.of(directory).toAbsolutePath());
    } catch (InvalidPathException e) {
      // What is no path cannot be looked into.
      return;
    }
  }

  private static List<Path> existing(Collection<Path> directories) {
    return directories.stream().filter(Files::isDirectory).toList();
  }
}
