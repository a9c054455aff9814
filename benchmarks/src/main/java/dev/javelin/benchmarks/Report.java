package dev.javelin.benchmarks;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/// The table.
final class Report {
  private static final String NAME = "%-32s";
  private static final double GIGA = 1e-6; // of what a millisecond did

  private final List<Contender> contenders;
  private final Ceiling ceiling;
  private final PrintWriter out;

  Report(List<Contender> contenders, Ceiling ceiling, PrintWriter out) {
    this.contenders = contenders;
    this.ceiling = ceiling;
    this.out = out;
  }

  /// What is compared, and the heading of the table.
  void head(double seconds) {
    line("machine: %s", Machine.describe());
    for (Contender contender : contenders) {
      line("%s: %s", contender.name(), contender.about());
    }
    line(
        "ceiling of %s: %.0f GFLOP/s (product of 2048), %.0f GB/s in cache, %.1f GB/s beyond"
            + " (copies)",
        contenders.getFirst().name(),
        ceiling.flops() * 1e-9,
        ceiling.cachedBytes() * 1e-9,
        ceiling.bytes() * 1e-9);
    line("%.1f s of each per row, by turns; times in ms%n", seconds);
    out.printf(Locale.ROOT, NAME + " %10s", "", contenders.getFirst().name());
    out.printf(Locale.ROOT, " %6s %8s %7s %5s", "spread", "GFLOP/s", "GB/s", "of it");
    for (Contender other : contenders.subList(1, contenders.size())) {
      out.printf(Locale.ROOT, " %10s %6s", other.name(), "ratio");
    }
    line("");
  }

  /// A line of the table.
  void row(Comparison.Row row) {
    Job job = row.job();
    double time = row.time(0);
    Comparison.Result ours = row.results().getFirst();
    out.printf(Locale.ROOT, NAME + " %10s", job.name(), digits(time));
    out.printf(Locale.ROOT, " %5.0f%%", 100 * (ours.median() / ours.p10() - 1));
    out.printf(Locale.ROOT, " %8.1f %7.1f", job.flops() * GIGA / time, job.bytes() * GIGA / time);
    out.printf(Locale.ROOT, " %4.0f%%", 100 * ceiling.least(job) / time);
    for (int i = 1; i < contenders.size(); i++) {
      out.printf(Locale.ROOT, " %10s %6.2f", digits(row.time(i)), row.ratio(i));
    }
    if (row.disturbed()) {
      out.printf(Locale.ROOT, "  ~%.1f", row.foreignCores());
    }
    row.difference().ifPresent(text -> out.printf(Locale.ROOT, "  WRONG: %s", text));
    line("");
  }

  /// A line of the memory suite.
  void row(Footprint.Row row) {
    out.printf(Locale.ROOT, NAME + " %6.0f MiB %29s", row.name(), row.peaks().getFirst(), "");
    for (int i = 1; i < contenders.size(); i++) {
      out.printf(Locale.ROOT, " %6.0f MiB %6.2f", row.peaks().get(i), row.ratio(i));
    }
    line("");
  }

  /// A line that says why there is no measurement.
  void failure(String name, RuntimeException e) {
    line(NAME + " failed: %s", name, e);
  }

  /// How to read the table.
  void foot() {
    line("%nspread: how much longer the median is than what a tenth of the runs stayed below");
    line("GFLOP/s, GB/s: the least work / time; of it: the time that takes at the ceiling / time");
    line("~: other processes kept so many cores busy; lowest times instead of medians");
    if (contenders.size() > 1) {
      line("ratio: that column's time or memory / %s's", contenders.getFirst().name());
    }
  }

  private void line(String format, Object... arguments) {
    out.printf(Locale.ROOT, format + "%n", arguments);
    out.flush();
  }

  private static String digits(double millis) {
    return String.format(Locale.ROOT, millis < 10 ? "%.4f" : "%.2f", millis);
  }
}
