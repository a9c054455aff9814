package dev.javelin.benchmarks;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Measures jobs by turns: a short window of each contender, then again, many rounds.
///
/// A round in which other processes used the machine does not count; that is decided by their CPU time, never by the result. Where
/// there are too few quiet rounds in a bounded number, all count, but by their lowest times, since other work can only add to a
/// time; the row says so.
final class Comparison {
  private static final long WINDOW_MILLIS = 200;
  private static final int FEWEST_ROUNDS = 3;

  /// How many times the wanted rounds are tried on a noisy machine.
  private static final int PATIENCE = 2;

  /// How much others may use. Below this is what an idle system uses.
  private static final double QUIET_CORES = 0.08;

  /// After its work OpenMP waits for more with full power for a while, which must not fall into the window of another.
  private static final long SETTLE_MILLIS = 20;

  private final List<Contender> contenders;
  private final List<Long> processes;
  private final double seconds;

  /// @param contenders those who take turns
  /// @param seconds how long each is measured on each row, after it has warmed up
  Comparison(List<Contender> contenders, double seconds) {
    this.contenders = contenders;
    this.processes = contenders.stream().map(Contender::process).toList();
    this.seconds = seconds;
  }

  /// What a contender did on a row.
  ///
  /// @param median of a run in milliseconds: the median over the windows that count of each window's median
  /// @param p10 the lowest of any of these windows' [Sampler.Window#p10()]
  /// @param mean the mean over these windows
  /// @param runs how many runs that were
  record Result(double median, double p10, double mean, long runs) {}

  /// A row of the table.
  ///
  /// @param job what was done
  /// @param results of each contender
  /// @param rounds how many rounds count
  /// @param foreignCores how many cores other processes used during them
  /// @param disturbed whether that is more than allowed
  /// @param difference how results differ between the contenders, if they do
  record Row(
      Job job,
      List<Result> results,
      int rounds,
      double foreignCores,
      boolean disturbed,
      Optional<String> difference) {

    /// What the table shows: the median; on a disturbed row the lowest times, since other work can only add to a time.
    double time(int contender) {
      Result result = results.get(contender);
      return disturbed ? result.p10() : result.median();
    }

    /// How many times as long as the first contender another takes.
    double ratio(int contender) {
      return time(contender) / time(0);
    }
  }

  private record Round(List<Sampler.Window> windows, double foreignCores) {}

  /// Measures a job.
  Row measure(Job job) {
    List<float[]> probes = new ArrayList<>();
    for (Contender contender : contenders) {
      probes.add(contender.prepare(job));
      contender.warmUp();
    }
    int wanted = Math.max(FEWEST_ROUNDS, (int) (seconds * 1000 / WINDOW_MILLIS));
    List<Round> rounds = new ArrayList<>();
    int quiet = 0;
    while (quiet < wanted && rounds.size() < wanted * PATIENCE) {
      Round round = round();
      rounds.add(round);
      quiet += round.foreignCores() <= QUIET_CORES ? 1 : 0;
    }
    boolean disturbed = quiet < FEWEST_ROUNDS;
    rounds.sort(Comparator.comparingDouble(Round::foreignCores));
    List<Round> counted = rounds.subList(0, disturbed ? rounds.size() : quiet);
    List<Result> results = new ArrayList<>();
    for (int i = 0; i < contenders.size(); i++) {
      results.add(result(counted, i));
    }
    double foreign = counted.stream().mapToDouble(Round::foreignCores).average().orElse(Double.NaN);
    return new Row(job, results, counted.size(), foreign, disturbed, difference(job, probes));
  }

  private Round round() {
    CpuLoad load = CpuLoad.start(processes);
    List<Sampler.Window> windows = new ArrayList<>();
    for (Contender contender : contenders) {
      windows.add(contender.measure(WINDOW_MILLIS));
      if (contenders.size() > 1) {
        sleep(SETTLE_MILLIS);
      }
    }
    return new Round(windows, load.foreignCores());
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private static Result result(List<Round> rounds, int contender) {
    List<Sampler.Window> windows =
        rounds.stream().map(round -> round.windows().get(contender)).toList();
    return new Result(
        Sampler.median(windows.stream().mapToDouble(Sampler.Window::median).toArray()),
        windows.stream().mapToDouble(Sampler.Window::p10).min().orElseThrow(),
        windows.stream().mapToDouble(Sampler.Window::mean).average().orElseThrow(),
        windows.stream().mapToLong(Sampler.Window::runs).sum());
  }

  /// Where the results of the others are not those of the first.
  private Optional<String> difference(Job job, List<float[]> probes) {
    float[] ours = probes.getFirst();
    for (int other = 1; other < probes.size(); other++) {
      float[] theirs = probes.get(other);
      for (int i = 0; i < Math.max(ours.length, theirs.length); i++) {
        boolean same =
            ours.length == theirs.length
                && Math.abs(ours[i] - theirs[i])
                    <= job.tolerance() * Math.max(1, Math.abs(theirs[i]));
        if (!same) {
          return Optional.of(
              "result %s of %s is %s, not %s as %s's"
                  .formatted(
                      i,
                      contenders.getFirst().name(),
                      i < ours.length ? ours[i] : "missing",
                      i < theirs.length ? theirs[i] : "missing",
                      contenders.get(other).name()));
        }
      }
    }
    for (float value : ours) {
      if (!Float.isFinite(value)) {
        return Optional.of("a result is not finite");
      }
    }
    return Optional.empty();
  }
}
