package dev.javelin.benchmarks;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// The table and the JSON file.
final class Report {
  private static final String TITLE = "%-30s";

  private final List<Contender> contenders;
  private final PrintWriter out;

  Report(List<Contender> contenders, PrintWriter out) {
    this.contenders = contenders;
    this.out = out;
  }

  /// What is compared, and the heading of the table.
  void head(double seconds) {
    out.printf(Locale.ROOT, "machine: %s%n", Machine.describe());
    for (Contender contender : contenders) {
      out.printf(Locale.ROOT, "%s: %s%n", contender.name(), contender.about());
    }
    out.printf(Locale.ROOT, "%.1f s of each per row, by turns; times in ms%n%n", seconds);
    out.printf(Locale.ROOT, TITLE, " ");
    for (int i = 0; i < contenders.size(); i++) {
      out.printf(Locale.ROOT, " %10s", contenders.get(i).name());
      out.print(i == 0 ? "" : "  ratio");
    }
    out.println();
    out.flush();
  }

  /// A line of the table.
  void row(Comparison.Row row) {
    out.printf(Locale.ROOT, TITLE, row.job().title());
    for (int i = 0; i < contenders.size(); i++) {
      out.printf(Locale.ROOT, " %10s", digits(row.results().get(i).time()));
      if (i > 0) {
        out.printf(Locale.ROOT, " %6.2f", row.ratio(i));
      }
    }
    if (row.disturbed()) {
      out.printf(Locale.ROOT, "  ~%.1f", row.foreignCores());
    }
    row.difference().ifPresent(text -> out.printf(Locale.ROOT, "  WRONG: %s", text));
    out.println();
    out.flush();
  }

  /// A line that says why there is no measurement.
  void failure(Job job, RuntimeException e) {
    out.printf(Locale.ROOT, TITLE + " failed: %s%n", job.title(), e);
    out.flush();
  }

  /// How to read the table.
  void foot() {
    out.printf(
        Locale.ROOT,
        "%n~: other processes kept so many cores busy; lowest times instead of medians%n");
    if (contenders.size() > 1) {
      out.printf(Locale.ROOT, "ratio: that column's time / Javelin's; above 1 Javelin is faster%n");
    }
    out.flush();
  }

  private static String digits(double millis) {
    return String.format(Locale.ROOT, millis < 10 ? "%.4f" : "%.2f", millis);
  }

  /// Writes all there is to know into a file.
  void json(Path file, List<Comparison.Row> rows) throws IOException {
    try (var writer = Files.newBufferedWriter(file);
        JsonGenerator json = new JsonFactory().createGenerator(writer).useDefaultPrettyPrinter()) {
      json.writeStartObject();
      json.writeStringField("machine", Machine.describe());
      json.writeObjectFieldStart("contenders");
      for (Contender contender : contenders) {
        json.writeStringField(contender.name(), contender.about());
      }
      json.writeEndObject();
      json.writeArrayFieldStart("rows");
      for (Comparison.Row row : rows) {
        row(json, row);
      }
      json.writeEndArray();
      json.writeEndObject();
    }
  }

  private void row(JsonGenerator json, Comparison.Row row) throws IOException {
    json.writeStartObject();
    json.writeStringField("work", row.job().title());
    json.writeStringField("group", row.job().group().key());
    for (int i = 0; i < contenders.size(); i++) {
      Comparison.Result result = row.results().get(i);
      json.writeObjectFieldStart(contenders.get(i).name());
      json.writeNumberField("time_ms", result.time());
      json.writeNumberField("mean_ms", result.mean());
      json.writeNumberField("runs", result.runs());
      json.writeNumberField("ratio", row.ratio(i));
      json.writeEndObject();
    }
    json.writeNumberField("rounds", row.rounds());
    json.writeNumberField("foreign_cores", row.foreignCores());
    json.writeBooleanField("disturbed", row.disturbed());
    json.writeStringField("difference", row.difference().orElse(""));
    json.writeEndObject();
  }
}
