package dev.javelin.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Makes small shared libraries.
final class Gcc {
  private Gcc() {}

  /// Whether the tests that need a compiler are to run: they are skipped where there is none, unless the environment says that there must
  /// be one, as CI does.
  static boolean isToRun() {
    return System.getenv("JAVELIN_REQUIRE_EMULATION") != null
        || LibrarySearch.split(System.getenv("PATH")).stream()
            .anyMatch(directory -> Files.isExecutable(Path.of(directory, "gcc")));
  }

  /// Compiles C to a library.
  ///
  /// @param library the file to make
  /// @param source the text
  /// @param options more options
  static Path compile(Path library, String source, String... options)
      throws IOException, InterruptedException {
    Path text = Files.writeString(library.resolveSibling(library.getFileName() + ".c"), source);
    List<String> command =
        new ArrayList<>(List.of("gcc", "-shared", "-fPIC", "-o", library.toString()));
    command.add(text.toString());
    command.addAll(List.of(options));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return library;
  }
}
