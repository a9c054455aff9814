package dev.javelin.benchmarks;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.regex.Pattern;
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
              + " is the CPU without oneDNN; with -eager after its name a device compiles no"
              + " functions.")
  private List<String> devices = List.of("cpu");

  @Option(
      names = "--suite",
      split = ",",
      paramLabel = "NAME",
      description = "Of these only: ${COMPLETION-CANDIDATES}.")
  private List<Job.Suite> suites = List.of(Job.Suite.values());

  @Option(
      names = "--filter",
      paramLabel = "REGEX",
      description = "Only rows in whose name this is found, such as 'step|gelu 1M'.")
  private Pattern filter = Pattern.compile("");

  @Option(names = "--large", description = "Also the rows for GPUs of 16 GB and more.")
  private boolean large;

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
    Ceiling ceiling = ceiling();
    List<Entrant> entrants = entrants(out);
    List<Contender> contenders = new ArrayList<>();
    List<Comparison.Row> rows = new ArrayList<>();
    List<Footprint.Row> footprints = new ArrayList<>();
    try {
      entrants.forEach(entrant -> contenders.add(entrant.usual().get()));
      var report = new Report(contenders, ceiling, out);
      report.head(seconds);
      boolean wrong = false;
      var comparison = new Comparison(contenders, seconds);
      for (Job job : chosen(Job.all())) {
        try {
          Comparison.Row row = comparison.measure(job);
          report.row(row);
          rows.add(row);
          wrong |= row.difference().isPresent();
        } catch (RuntimeException e) {
          report.failure(job.name(), e);
          wrong = true;
        }
      }
      for (Job job : suites.contains(Job.Suite.MEMORY) ? Job.forMemory() : List.<Job>of()) {
        if (filter.matcher(job.name()).find()) {
          Footprint.Row row = Footprint.measure(entrants, job);
          report.row(row);
          footprints.add(row);
        }
      }
      report.foot();
      if (json != null) {
        new JsonReport(contenders, devices.getFirst(), threads, ceiling)
            .write(json, rows, footprints);
      }
      return wrong ? 1 : 0;
    } finally {
      contenders.forEach(Contender::close);
    }
  }

  private List<Job> chosen(List<Job> jobs) {
    return jobs.stream()
        .filter(job -> suites.contains(job.suite()))
        .filter(job -> large || !job.large())
        .filter(job -> filter.matcher(job.name()).find())
        .toList();
  }

  /// Of the device in the first column; the CPU's own products have oneDNN's as their ceiling.
  private Ceiling ceiling() {
    String first = devices.getFirst();
    return Ceiling.of(find(first.equals(PLAIN) ? "cpu" : first));
  }

  private List<Entrant> entrants(PrintWriter out) {
    List<Entrant> entrants = new ArrayList<>();
    for (String device : devices) {
      entrants.add(entrant(entrants.isEmpty() ? "Javelin" : device, device));
    }
    if (!peer) {
      return entrants;
    }
    if (!TorchNatives.present()) {
      throw new CommandLine.ParameterException(
          new CommandLine(this),
          "--peer: libtorch is not on the class path; run \"./javelin bench --peer\", which"
              + " downloads it");
    }
    Path cache = cache();
    entrants.add(torch("PyTorch", cache, null));
    if (Machine.isAmd()) {
      Optional<Path> unlock = MklUnlock.build(cache);
      if (unlock.isPresent()) {
        entrants.add(torch("unlocked", cache, unlock.get()));
      } else {
        out.println(
            "No column for PyTorch with MKL unlocked on AMD: that takes a C compiler (cc) and a"
                + " path without blanks.");
      }
    }
    return entrants;
  }

  private Entrant entrant(String name, String device) {
    if (device.equals(PLAIN)) {
      Supplier<Contender> plain =
          () -> PeerProcess.javelin(name, threads, "cpu", "-Djavelin.onednn=false");
      return new Entrant(name, plain, plain);
    }
    JavelinSide found = find(device);
    return new Entrant(
        name, () -> new InProcess(name, found), () -> PeerProcess.javelin(name, threads, device));
  }

  private Entrant torch(String name, Path cache, Path preload) {
    Supplier<Contender> start = () -> PeerProcess.torch(name, cache, threads, preload);
    return new Entrant(name, start, start);
  }

  private JavelinSide find(String name) {
    try {
      return JavelinSide.of(name);
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
