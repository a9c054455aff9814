package dev.javelin.examples;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/// Where the time of a training's steps went, from a recording. The first steps, in which kernels and Java are compiled, do not count.
final class StepProfile {
  private static final String LAUNCH = "dev.javelin.Launch";
  private static final String COPY = "dev.javelin.Copy";
  private static final String OP = "dev.javelin.Op";

  /// What a recording must have.
  private static final String STEP = "dev.javelin.Step";

  static final List<String> EVENTS = List.of(STEP, LAUNCH, COPY, OP);

  /// The part of the steps that is left out.
  private static final double WARM_UP = 0.2;

  private static final double MICROS = 1e-3;

  /// How often something happened and how long it took: a kernel, a copy, a step.
  private static final class Entry {
    private final String name;
    private final List<Long> nanos = new ArrayList<>();

    Entry(String name) {
      this.name = name;
    }

    void add(Duration duration) {
      nanos.add(duration.toNanos());
    }

    long total() {
      return nanos.stream().mapToLong(Long::longValue).sum();
    }

    /// What a tenth stays below: on a machine that others keep busy, nearer to the truth than the mean.
    long low() {
      return nanos.stream().sorted().skip(nanos.size() / 10).findFirst().orElse(0L);
    }
  }

  private final List<RecordedEvent> steps;
  private final Map<String, Entry> entries = new HashMap<>();
  private final Entry whole = new Entry("steps");
  private final Entry between = new Entry("between steps: the data loader, the display");
  private final Entry ops = new Entry("ops");

  private StepProfile(List<RecordedEvent> steps) {
    this.steps = steps;
  }

  static StepProfile read(Path recording) throws IOException {
    List<RecordedEvent> events = RecordingFile.readAllEvents(recording);
    events.sort(Comparator.comparing(RecordedEvent::getStartTime));
    List<RecordedEvent> steps = events.stream().filter(event -> is(event, STEP)).toList();
    StepProfile profile =
        new StepProfile(steps.subList((int) (steps.size() * WARM_UP), steps.size()));
    profile.count(events);
    return profile;
  }

  private static boolean is(RecordedEvent event, String name) {
    return event.getEventType().getName().equals(name);
  }

  /// Sorts what lies within the steps and on their thread.
  private void count(List<RecordedEvent> events) {
    Instant before = null;
    for (RecordedEvent step : steps) {
      whole.add(step.getDuration());
      if (before != null) {
        between.add(Duration.between(before, step.getStartTime()));
      }
      before = step.getEndTime();
    }
    int at = 0;
    for (RecordedEvent event : events) {
      while (at < steps.size() && steps.get(at).getEndTime().isBefore(event.getStartTime())) {
        at++;
      }
      if (at < steps.size() && within(event, steps.get(at))) {
        add(event);
      }
    }
  }

  private static boolean within(RecordedEvent event, RecordedEvent step) {
    return !event.getStartTime().isBefore(step.getStartTime())
        && event.getThread().getJavaThreadId() == step.getThread().getJavaThreadId();
  }

  private void add(RecordedEvent event) {
    switch (event.getEventType().getName()) {
      case LAUNCH ->
          entry(event.getString("op") + ": " + event.getString("kernel")).add(event.getDuration());
      case COPY ->
          entry(
                  event.getBoolean("toDevice")
                      ? "copy to " + event.getString("device")
                      : "copy from " + event.getString("device"))
              .add(event.getDuration());
      case OP -> ops.add(event.getDuration());
      default -> {}
    }
  }

  private Entry entry(String name) {
    return entries.computeIfAbsent(name, Entry::new);
  }

  /// Prints the table.
  ///
  /// @param out where
  /// @param top how many kernels at most; the others share a line
  void print(PrintWriter out, int top) {
    if (steps.isEmpty()) {
      out.println("The command had no training steps to profile");
      return;
    }
    out.printf(
        Locale.ROOT,
        "%n%d steps. Each launch waited until its kernel was done, so on a device that queues"
            + " launches a step takes longer than usual.%nlow: what a tenth of the times stays"
            + " below, times how often a step does it%n%n",
        steps.size());
    out.printf(
        "%10s %6s %9s %8s %9s  %s%n",
        "us a step", "of it", "low us", "launches", "low each", "op: kernel");
    List<Entry> sorted = new ArrayList<>(entries.values());
    sorted.sort(Comparator.comparingLong(Entry::total).reversed());
    sorted.subList(0, Math.min(top, sorted.size())).forEach(entry -> line(out, entry));
    if (sorted.size() > top) {
      summary(out, sorted.subList(top, sorted.size()), "the other kernels");
    }
    summary(out, sorted, "all kernels and copies");
    line(out, whole);
    line(out, between);
    out.printf(
        Locale.ROOT,
        "%.1f ops a step. What steps have beyond kernels and copies is planning, autograd and other"
            + " Java%n",
        (double) ops.nanos.size() / steps.size());
    out.flush();
  }

  private double perStep(Entry entry) {
    return (double) entry.nanos.size() / steps.size();
  }

  private void line(PrintWriter out, Entry entry) {
    out.printf(
        Locale.ROOT,
        "%10.1f %5.1f%% %9.1f %8.1f %9.1f  %s%n",
        entry.total() * MICROS / steps.size(),
        100.0 * entry.total() / whole.total(),
        entry.low() * MICROS * perStep(entry),
        perStep(entry),
        entry.low() * MICROS,
        entry.name);
  }

  private void summary(PrintWriter out, List<Entry> group, String name) {
    long total = group.stream().mapToLong(Entry::total).sum();
    out.printf(
        Locale.ROOT,
        "%10.1f %5.1f%% %9.1f %8.1f %9s  %s%n",
        total * MICROS / steps.size(),
        100.0 * total / whole.total(),
        group.stream().mapToDouble(entry -> entry.low() * MICROS * perStep(entry)).sum(),
        group.stream().mapToDouble(this::perStep).sum(),
        "",
        name);
  }
}
