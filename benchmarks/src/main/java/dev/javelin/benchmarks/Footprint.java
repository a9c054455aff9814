package dev.javelin.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The memory suite: the most memory that a process had while it did a job for a second, one process for each contender and job.
///
/// The Java virtual machine, which libtorch is called from as well, is part of each number.
final class Footprint {
  private static final Pattern PEAK = Pattern.compile("VmHWM:\\s+(\\d+) kB");
  private static final long MILLIS = 1000;
  private static final double KIB_PER_MIB = 1024;

  private Footprint() {}

  /// A row.
  ///
  /// @param job what was done
  /// @param peaks the largest resident set of each contender, in MiB
  record Row(Job job, List<Double> peaks) {
    String name() {
      return "memory, " + job.name();
    }

    /// How many times the first contender's memory another takes.
    double ratio(int contender) {
      return peaks.get(contender) / peaks.getFirst();
    }
  }

  /// Measures a job.
  static Row measure(List<Entrant> entrants, Job job) {
    List<Double> peaks = new ArrayList<>();
    for (Entrant entrant : entrants) {
      try (Contender contender = entrant.alone().get()) {
        contender.prepare(job);
        contender.measure(MILLIS);
        peaks.add(peak(contender.process()));
      }
    }
    return new Row(job, peaks);
  }

  private static double peak(long process) {
    try {
      Matcher matcher = PEAK.matcher(Files.readString(Path.of("/proc/" + process + "/status")));
      if (matcher.find()) {
        return Long.parseLong(matcher.group(1)) / KIB_PER_MIB;
      }
      throw new IllegalStateException("the system does not say how much memory a process had");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
