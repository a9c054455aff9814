package dev.javelin.engine;

import dev.javelin.kernels.Kernel;
import java.util.List;
import java.util.Locale;

/// A plan as text: its kernels in order, and the memory of its temporaries.
final class Explain {
  private Explain() {}

  static String of(Plan plan) {
    StringBuilder text = new StringBuilder();
    List<Kernel> kernels = plan.kernels();
    long bytes = 0;
    long flops = 0;
    for (int i = 0; i < kernels.size(); i++) {
      KernelCost cost = KernelCost.of(kernels.get(i));
      bytes += cost.bytes();
      flops += cost.flops();
      text.append(
          line(
              Integer.toString(i + 1), KernelLabel.of(kernels.get(i)), cost.bytes(), cost.flops()));
    }
    text.append(line("", kernels.size() + " kernels", bytes, flops));
    return text.append(
            String.format(
                Locale.ROOT,
                "     temporaries: %s bytes; at one time at most %s bytes are needed%n",
                plan.temporaryBytes(),
                plan.temporaryFloor()))
        .toString();
  }

  private static String line(String number, String text, long bytes, long flops) {
    return String.format(
        Locale.ROOT, "%4s %-76s %12s bytes %14s flops%n", number, text, bytes, flops);
  }
}
