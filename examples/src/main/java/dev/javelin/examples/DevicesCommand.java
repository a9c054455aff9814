package dev.javelin.examples;

import dev.javelin.Device;
import dev.javelin.Devices;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// Lists every backend: its devices, or why it cannot run.
@Command(
    name = "devices",
    description = "Lists the devices, and why others cannot be used.",
    mixinStandardHelpOptions = true)
final class DevicesCommand implements Callable<Integer> {
  private static final double GIB = 1L << 30;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    var out = spec.commandLine().getOut();
    for (Devices.Availability backend : Devices.backends()) {
      for (Device device : backend.devices()) {
        out.printf(
            Locale.ROOT,
            "%-10s %s, %.1f GiB%n",
            device.name(),
            device.description(),
            device.totalMemory() / GIB);
      }
      backend
          .unavailableReason()
          .ifPresent(reason -> out.printf("%-10s not available: %s%n", backend.name(), reason));
    }
    if (Devices.backends().isEmpty()) {
      out.println("No backend is on the class path; add javelin-cpu.");
    }
    out.flush();
    return 0;
  }
}
