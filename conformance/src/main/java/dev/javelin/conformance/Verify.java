package dev.javelin.conformance;

import dev.javelin.Device;
import dev.javelin.Devices;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// The command `./javelin verify`: the conformance suites on a device of this machine, without Maven.
@Command(
    name = "javelin verify",
    description = "Checks a device of this machine: every op, gradients, memory, errors, models.",
    sortOptions = false)
public final class Verify implements Callable<Integer> {
  private static final double NANOS = 1e9;
  private static final int MOST_FAILURES = 20;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description = "cpu, cuda, opencl:1 ... (default: ${DEFAULT-VALUE})")
  private String name = "cpu";

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "SUITE",
      description = "Of these only: ${COMPLETION-CANDIDATES}.")
  private List<VerifySuites.Name> only = List.of(VerifySuites.Name.values());

  @Option(
      names = "--quick",
      description =
          "Every op and dtype once, small sizes, short runs: for devices that compile slowly.")
  private boolean quick;

  @Option(
      names = "--part",
      paramLabel = "K/N",
      description = "Of the tests only the K-th of N parts, for processes side by side.")
  private String part = "1/1";

  @Option(names = "--help", usageHelp = true, description = "Print this.")
  @SuppressWarnings("UnusedVariable") // picocli asks for it by reflection
  private boolean help;

  /// Only for the command line.
  public Verify() {}

  /// Runs the command and exits with its status: 0, 1 when a test failed or none ran, 2 when it was not understood.
  ///
  /// @param args its options
  public static void main(String[] args) {
    System.exit(
        new CommandLine(new Verify())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setExecutionExceptionHandler(
                (failure, command, parsed) -> {
                  command.getErr().println("javelin: " + failure.getMessage());
                  return 1;
                })
            .execute(args));
  }

  @Override
  public Integer call() {
    var out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    VerifyPart.begin(part);
    Device device = Devices.get(name);
    out.printf(Locale.ROOT, "%s: %s%n%n", device.name(), device.description());
    VerifySuites.begin(quick ? new Subject(device, false, false, 24) : Subject.whole(device));
    Map<VerifySuites.Name, VerifyCount> counts = new EnumMap<>(VerifySuites.Name.class);
    for (VerifySuites.Name suite : VerifySuites.Name.values()) {
      if (only.contains(suite)) {
        counts.put(suite, run(suite, out));
      }
    }
    long passed = counts.values().stream().mapToLong(VerifyCount::passed).sum();
    long failed = counts.values().stream().mapToLong(VerifyCount::failed).sum();
    out.printf(Locale.ROOT, "%n%s: %,d passed, %,d failed%n", device.name(), passed, failed);
    return failed == 0 && passed > 0 ? 0 : 1;
  }

  private static VerifyCount run(VerifySuites.Name suite, PrintWriter out) {
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(
                DiscoverySelectors.selectNestedClass(List.of(VerifySuites.class), suite.tests()))
            .build();
    var count = new VerifyCount();
    long start = System.nanoTime();
    LauncherFactory.create().execute(request, count);
    out.printf(
        Locale.ROOT,
        "%-12s %,7d passed %,5d failed %8.1f s%n",
        suite,
        count.passed(),
        count.failed(),
        (System.nanoTime() - start) / NANOS);
    List<String> failures = count.failures();
    for (String failure : failures.subList(0, Math.min(MOST_FAILURES, failures.size()))) {
      out.println("  " + failure.replace("\n", "\n    "));
    }
    if (failures.size() > MOST_FAILURES) {
      out.printf(Locale.ROOT, "  and %,d more%n", failures.size() - MOST_FAILURES);
    }
    return count;
  }
}
