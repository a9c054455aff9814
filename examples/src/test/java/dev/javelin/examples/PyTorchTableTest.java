package dev.javelin.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The table for those who come from PyTorch names tests that exist, in every row.
final class PyTorchTableTest {
  private static final Path ROOT = Path.of("..");
  private static final Pattern ROW = Pattern.compile("^\\|.*\\| ([^|]*) \\|$");
  private static final Pattern NAME = Pattern.compile("`(\\w+)(?:\\.(\\w+))?`");

  @Test
  void everyRowNamesTestsThatExist() throws IOException {
    Map<String, Path> sources = sources();
    List<String> wrong = new ArrayList<>();
    int rows = 0;
    for (String line : Files.readAllLines(ROOT.resolve("docs/pytorch.md"))) {
      Matcher row = ROW.matcher(line);
      if (!row.matches() || line.startsWith("| PyTorch |") || line.startsWith("|---")) {
        continue;
      }
      rows++;
      List<String> problems = problems(row.group(1), sources);
      problems.forEach(problem -> wrong.add(problem + ": " + line));
    }
    assertTrue(rows > 70, rows + " rows");
    assertEquals("", String.join("\n", wrong));
  }

  private static List<String> problems(String tests, Map<String, Path> sources) throws IOException {
    List<String> problems = new ArrayList<>();
    Matcher name = NAME.matcher(tests);
    boolean any = false;
    while (name.find()) {
      any = true;
      Path source = sources.get(name.group(1));
      if (source == null) {
        problems.add("there is no class " + name.group(1));
      } else if (name.group(2) != null
          && !Files.readString(source).contains(" " + name.group(2) + "(")) {
        problems.add(name.group(1) + " has no test " + name.group(2));
      }
    }
    if (!any) {
      problems.add("no test is named");
    }
    return problems;
  }

  /// The files of tests, and of the conformance kit, by the names of their classes.
  private static Map<String, Path> sources() throws IOException {
    Map<String, Path> sources = new HashMap<>();
    for (Path below :
        List.of(
            Path.of("conformance/src/main/java"),
            Path.of("core/src/test/java"),
            Path.of("examples/src/test/java"))) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(below))) {
        files
            .filter(file -> file.toString().endsWith(".java"))
            .forEach(file -> sources.put(file.getFileName().toString().replace(".java", ""), file));
      }
    }
    return sources;
  }
}
