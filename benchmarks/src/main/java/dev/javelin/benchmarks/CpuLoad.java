package dev.javelin.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/// How much of the machine processes other than the benchmark's used between two points in time, from `/proc`.
final class CpuLoad {
  private static final Path MACHINE = Path.of("/proc/stat");
  private static final double TICKS_PER_SECOND = 100; // USER_HZ, fixed in Linux's interface
  private static final Pattern BLANKS = Pattern.compile("\\s+");

  private final List<Long> own;
  private final long ticks;
  private final long nanos;

  private CpuLoad(List<Long> own) {
    this.own = own;
    this.ticks = foreignTicks();
    this.nanos = System.nanoTime();
  }

  /// Begins to watch.
  ///
  /// @param own the processes that do not count
  static CpuLoad start(List<Long> own) {
    return new CpuLoad(own);
  }

  /// Cores that others kept busy since then, such as 0.5 for half a core; 0 where there is no `/proc`.
  double foreignCores() {
    double seconds = (System.nanoTime() - nanos) * 1e-9;
    return Math.max(0, (foreignTicks() - ticks) / TICKS_PER_SECOND / seconds);
  }

  private long foreignTicks() {
    if (!Files.isReadable(MACHINE)) {
      return 0;
    }
    // cpu user nice system idle iowait irq softirq steal ...
    List<String> machine = words(read(MACHINE).lines().findFirst().orElseThrow());
    long busy =
        number(machine.get(1))
            + number(machine.get(2))
            + number(machine.get(3))
            + number(machine.get(6))
            + number(machine.get(7))
            + number(machine.get(8));
    for (long process : own) {
      String stat = read(Path.of("/proc/" + process + "/stat"));
      // The name, in parentheses, may hold anything.
      List<String> fields = words(stat.substring(stat.lastIndexOf(')') + 2));
      busy -= number(fields.get(11)) + number(fields.get(12));
    }
    return busy;
  }

  private static List<String> words(String text) {
    return BLANKS.splitAsStream(text).toList();
  }

  private static long number(String text) {
    return Long.parseLong(text);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
