package dev.javelin.cpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/// What this machine is: its processor's name and its memory.
final class Processor {
  private Processor() {}

  /// The name that the processor gives itself, where Linux tells it; else the architecture's.
  static String name() {
    return lineOf(Path.of("/proc/cpuinfo"), "model name")
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .orElseGet(() -> System.getProperty("os.arch", "unknown processor"));
  }

  /// How many bytes of memory this process may use: those of the machine or, in a container, the
  /// container's.
  static long memory() {
    long machine =
        lineOf(Path.of("/proc/meminfo"), "MemTotal:")
            .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
            .orElseGet(Processor::memoryByManagement);
    long container =
        Math.min(
            limit(Path.of("/sys/fs/cgroup/memory.max")),
            limit(Path.of("/sys/fs/cgroup/memory/memory.limit_in_bytes")));
    return Math.min(machine, container);
  }

  /// Where there is no Linux to ask. Slower by some 50 ms.
  private static long memoryByManagement() {
    return java.lang.management.ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : Long.MAX_VALUE;
  }

  private static long limit(Path file) {
    return lineOf(file, "")
        .filter(line -> line.matches("[0-9]{1,18}"))
        .map(Long::parseLong)
        .orElse(Long.MAX_VALUE);
  }

  private static Optional<String> lineOf(Path file, String start) {
    if (!Files.isReadable(file)) {
      return Optional.empty();
    }
    try (Stream<String> lines = Files.lines(file)) {
      return lines.filter(line -> line.startsWith(start)).findFirst();
    } catch (IOException | java.io.UncheckedIOException e) {
      return Optional.empty();
    }
  }
}
