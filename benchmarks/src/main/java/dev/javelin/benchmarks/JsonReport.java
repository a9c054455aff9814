package dev.javelin.benchmarks;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The numbers for other programs: a JSON array with an object for each row and peer, or for each row where there is no peer.
///
/// | field | holds |
/// |---|---|
/// | `suite`, `name` | which work |
/// | `device`, `threads` | where Javelin did it, and on how many threads of the processor |
/// | `median_us`, `p10_us` | its time in microseconds: the median, and what a tenth of the runs stayed below; `null` for memory |
/// | `peer`, `peer_median_us` | what it is compared with and its median, `null` without |
/// | `ratio` | the peer's number / Javelin's, as in the table: above 1 Javelin needs less; `null` without a peer |
/// | `peer_p10_us`, `mean_us`, `gflops`, `gbytes_per_s`, `ceiling` | more of a time; `ceiling` is the part of what the device can do |
/// | `mib`, `peer_mib` | peak memory, in the memory suite only |
/// | `foreign_cores`, `disturbed` | how busy others kept the machine, and whether that is more than allowed: then `ratio` is one of p10s |
/// | `difference` | how results differ, empty where they agree |
final class JsonReport {
  private static final double MICROS = 1e3;
  private static final double GIGA = 1e-6; // of what a millisecond did

  private final List<Contender> contenders;
  private final String device;
  private final int threads;
  private final Ceiling ceiling;

  JsonReport(List<Contender> contenders, String device, int threads, Ceiling ceiling) {
    this.contenders = contenders;
    this.device = device;
    this.threads = threads;
    this.ceiling = ceiling;
  }

  /// Writes a file.
  void write(Path file, List<Comparison.Row> rows, List<Footprint.Row> footprints)
      throws IOException {
    try (var writer = Files.newBufferedWriter(file);
        JsonGenerator json = new JsonFactory().createGenerator(writer).useDefaultPrettyPrinter()) {
      json.writeStartArray();
      for (Comparison.Row row : rows) {
        for (int peer = firstPeer(); peer < contenders.size(); peer++) {
          write(json, row, peer);
        }
      }
      for (Footprint.Row row : footprints) {
        for (int peer = firstPeer(); peer < contenders.size(); peer++) {
          write(json, row, peer);
        }
      }
      json.writeEndArray();
    }
  }

  /// 0, which is Javelin itself, stands for no peer.
  private int firstPeer() {
    return contenders.size() > 1 ? 1 : 0;
  }

  private void begin(JsonGenerator json, Job.Suite suite, String name) throws IOException {
    json.writeStartObject();
    json.writeStringField("suite", suite.key());
    json.writeStringField("name", name);
    json.writeStringField("device", device);
    json.writeNumberField("threads", threads);
  }

  private void write(JsonGenerator json, Comparison.Row row, int peer) throws IOException {
    Job job = row.job();
    Comparison.Result ours = row.results().getFirst();
    Comparison.Result theirs = row.results().get(peer);
    begin(json, job.suite(), job.name());
    json.writeNumberField("median_us", ours.median() * MICROS);
    json.writeNumberField("p10_us", ours.p10() * MICROS);
    peer(json, peer);
    number(json, "peer_median_us", theirs.median() * MICROS, peer);
    number(json, "ratio", row.ratio(peer), peer);
    number(json, "peer_p10_us", theirs.p10() * MICROS, peer);
    json.writeNumberField("mean_us", ours.mean() * MICROS);
    json.writeNumberField("gflops", job.flops() * GIGA / row.time(0));
    json.writeNumberField("gbytes_per_s", job.bytes() * GIGA / row.time(0));
    json.writeNumberField("ceiling", ceiling.least(job) / row.time(0));
    json.writeNumberField("foreign_cores", row.foreignCores());
    json.writeBooleanField("disturbed", row.disturbed());
    json.writeStringField("difference", row.difference().orElse(""));
    json.writeEndObject();
  }

  private void write(JsonGenerator json, Footprint.Row row, int peer) throws IOException {
    begin(json, Job.Suite.MEMORY, row.job().name());
    json.writeNullField("median_us");
    json.writeNullField("p10_us");
    peer(json, peer);
    json.writeNullField("peer_median_us");
    number(json, "ratio", row.ratio(peer), peer);
    json.writeNumberField("mib", row.peaks().getFirst());
    number(json, "peer_mib", row.peaks().get(peer), peer);
    json.writeEndObject();
  }

  private void peer(JsonGenerator json, int peer) throws IOException {
    json.writeFieldName("peer");
    if (peer == 0) {
      json.writeNull();
    } else {
      json.writeString(contenders.get(peer).name() + ": " + contenders.get(peer).about());
    }
  }

  private static void number(JsonGenerator json, String field, double value, int peer)
      throws IOException {
    json.writeFieldName(field);
    if (peer == 0) {
      json.writeNull();
    } else {
      json.writeNumber(value);
    }
  }
}
