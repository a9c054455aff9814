package dev.javelin.benchmarks;

import dev.javelin.Device;
import dev.javelin.Devices;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// The command `./javelin bench`.
@Command(
    name = "javelin bench",
    description = "Measures Javelin's devices, on their own or by turns with PyTorch.",
    sortOptions = false)
public final class Bench implements Callable<Integer> {
  /// The CPU backend's own products and convolutions.
  private static final String PLAIN = "cpu-plain";

  @Option(
      names = "--peer",
      description = "Compare with PyTorch's official libtorch (Linux on x86-64).")
  private boolean peer;

  @Option(
      names = "--device",
      split = ",",
      paramLabel = "NAME",
      description =
          "Devices to measure by turns; the others are compared with the first (default: cpu). "
              + PLAIN
              + " is the CPU without oneDNN.")
  private List<String> devices = List.of("cpu");

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "GROUP",
      description = "Of these only: ${COMPLETION-CANDIDATES} (default: all but large).")
  private List<Job.Group> only =
      Stream.of(Job.Group.values()).filter(group -> group != Job.Group.LARGE).toList();

  @Option(
      names = "--row",
      paramLabel = "TEXT",
      description = "Only rows whose title contains this.")
  private String text = "";

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description = "How long each side works on each row (default: ${DEFAULT-VALUE}).")
  private double seconds = 2;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of each side (default: ${DEFAULT-VALUE}).")
  private int threads = 2;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Also write the results into this file.")
  private Path json;

  @Option(
      names = "--jmh",
      paramLabel = "REGEX",
      description = "Run the JMH benchmarks whose name this finds, instead of the table.")
  private String jmh;

  @Option(names = "--help", usageHelp = true, description = "Print this.")
  @SuppressWarnings("UnusedVariable") // picocli asks for it by reflection
  private boolean help;

  /// Only for the command line.
  public Bench() {}

  /// Runs the command.
  ///
  /// @param args its options
  public static void main(String[] args) {
    int status =
        new CommandLine(new Bench()).setCaseInsensitiveEnumValuesAllowed(true).execute(args);
    System.exit(status);
  }

  @Override
  public Integer call() throws IOException, RunnerException {
    // Read by the CPU backend when its first operation runs.
    System.setProperty("javelin.threads", Integer.toString(threads));
    return jmh != null ? micro() : table();
  }

  private int micro() throws RunnerException {
    var options =
        new OptionsBuilder()
            .include(jmh)
            .addProfiler(GCProfiler.class)
            .jvmArgsAppend("-Djavelin.threads=" + threads)
            .build();
    new Runner(options).run();
    return 0;
  }

  private int table() throws IOException {
    var out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    List<Contender> contenders = contenders(out);
    try {
      var report = new Report(contenders, out);
      report.head(seconds);
      var comparison = new Comparison(contenders, seconds);
      List<Comparison.Row> rows = new ArrayList<>();
      boolean wrong = false;
      for (Job job : Job.all()) {
        if (!only.contains(job.group()) || !job.title().contains(text)) {
          continue;
        }
        try {
          Comparison.Row row = comparison.measure(job);
          report.row(row);
          rows.add(row);
          wrong |= row.difference().isPresent();
        } catch (RuntimeException e) {
          report.failure(job, e);
          wrong = true;
        }
      }
      report.foot();
      if (json != null) {
        report.json(json, rows);
      }
      return wrong ? 1 : 0;
    } finally {
      contenders.forEach(Contender::close);
    }
  }

  private List<Contender> contenders(PrintWriter out) {
    List<Contender> contenders = new ArrayList<>();
    for (String device : devices) {
      String name = contenders.isEmpty() ? "Javelin" : device;
      contenders.add(
          device.equals(PLAIN)
              ? PeerProcess.withoutLibrary(name, threads)
              : new InProcess(name, find(device)));
    }
    if (!peer) {
      return contenders;
    }
    if (!TorchNatives.present()) {
      throw new CommandLine.ParameterException(
          new CommandLine(this),
          "--peer: libtorch is not on the class path; run \"./javelin bench --peer\", which"
              + " downloads it");
    }
    Path cache = cache();
    contenders.add(PeerProcess.torch("PyTorch", cache, threads, null));
    if (Machine.isAmd()) {
      Optional<Path> unlock = MklUnlock.build(cache);
      if (unlock.isPresent()) {
        contenders.add(PeerProcess.torch("unlocked", cache, threads, unlock.get()));
      } else {
        out.println(
            "No column for PyTorch with MKL unlocked on AMD: that takes a C compiler (cc) and a"
                + " path without blanks.");
      }
    }
    return contenders;
  }

  private Device find(String name) {
    try {
      return Devices.get(name);
    } catch (IllegalArgumentException e) {
      throw new CommandLine.ParameterException(
          new CommandLine(this), "--device: " + e.getMessage(), e);
    }
  }

  /// Beside the classes or jars of this module, so that `mvn clean` removes it.
  private static Path cache() {
    try {
      Path place = Path.of(Bench.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      Path above = place.getParent();
      return ("lib".equals(String.valueOf(above.getFileName())) ? above.getParent() : above)
          .resolve("peer");
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
