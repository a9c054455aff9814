package dev.javelin.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// What the benchmark runs on.
final class Machine {
  private static final Path CPUS = Path.of("/proc/cpuinfo");

  private Machine() {}

  /// Processor, cores, JDK and width of the vectors, in one line.
  static String describe() {
    Map<String, String> cpu = firstCpu();
    String processor = cpu.getOrDefault("model name", System.getProperty("os.arch"));
    String family =
        cpu.containsKey("cpu family")
            ? " (family %s, model %s)".formatted(cpu.get("cpu family"), cpu.get("model"))
            : "";
    return String.format(
        Locale.ROOT,
        "%s%s, %s cores, %s, JDK %s, vectors %s",
        processor,
        family,
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("os.name"),
        Runtime.version(),
        vectors());
  }

  /// Whether MKL takes the processor for one of another maker.
  static boolean isAmd() {
    return "AuthenticAMD".equals(firstCpu().get("vendor_id"));
  }

  private static Map<String, String> firstCpu() {
    Map<String, String> entries = new LinkedHashMap<>();
    try {
      for (String line : Files.readAllLines(CPUS)) {
        String[] parts = line.split("\\s*:\\s*", 2);
        if (parts.length == 2) {
          entries.putIfAbsent(parts[0], parts[1]);
        }
      }
    } catch (IOException e) {
      // Not Linux: less to say.
    }
    return entries;
  }

  /// By reflection, since the CPU backend alone depends on the incubating module.
  private static String vectors() {
    try {
      Object species =
          Class.forName("jdk.incubator.vector.FloatVector").getField("SPECIES_PREFERRED").get(null);
      return species.toString();
    } catch (ReflectiveOperationException e) {
      return "none";
    }
  }
}
