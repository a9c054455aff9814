package dev.javelin.cpu;

import dev.javelin.backend.Settings;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Keeps a loop on vectors out of use until the JIT compiler has made it fast: until then it is a
/// hundred times slower than plain Java, half a second for a single pooling.
///
/// Once it has been asked for enough work, a thread runs both loops on a small sample, over and over, until
/// the one on vectors is the faster. The two must give the same results to the last bit, since which of them
/// runs is a matter of timing.
final class Warmup {
  /// A sample of a loop's work, some ten microseconds of it.
  @FunctionalInterface
  interface Sample {
    /// Runs it.
    ///
    /// @param memory the address of [#MEMORY] bytes for any use, zeros at first
    void run(long memory);
  }

  /// The size of the memory of a sample.
  static final int MEMORY = 256 << 10;

  /// How many rounds are compared at a time, by their medians: a machine has other work, too.
  private static final int WINDOW = 21;

  /// The JIT looks at loops that have run so often; it has no need of pauses before.
  private static final int SEEN_BY_JIT = 300;

  /// In how many windows after that the loop may win. It is a number of windows and not a time, since on a busy machine
  /// all takes longer, the JIT most of all. The compiler gives some loops up; those stay plain.
  private static final int PATIENCE = 1000;

  /// How many times as long as a window the pause behind it is.
  private static final int PAUSES = 4;

  private static final long SHORTEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /// What is warmed up: one of a kind at a time, since more would only keep the user's own threads from
  /// working. The one with the most work to do comes first.
  enum Kind {
    /// The loop of one operation, which is many times slower without vectors: after some milliseconds of work, so that
    /// what a program does once does not take the processors from its start.
    LOOP(Settings.number("javelin.vector.after", 1 << 21, 0, Long.MAX_VALUE)),
    /// A loop that is there to be somewhat faster than others. It must not keep those waiting, and is worth a tenth of a
    /// second of the JIT's time only where it saves as much.
    FUSED(1 << 28);

    /// After how many operations on an element to begin.
    private final long worth;

    private final List<Warmup> waiting = new ArrayList<>();

    /// Whose turn it is; null if nobody waits.
    private Warmup turn;

    Kind(long worth) {
      this.worth = worth;
    }

    private synchronized void enter(Warmup warmup) {
      waiting.add(warmup);
      if (turn == null) {
        turn = warmup;
      }
      while (turn != warmup) {
        try {
          wait();
        } catch (InterruptedException e) {
          // Nobody has this thread to interrupt it.
          throw new AssertionError(e);
        }
      }
    }

    private synchronized void leave(Warmup warmup) {
      waiting.remove(warmup);
      turn = waiting.stream().max(Comparator.comparingLong(each -> each.seen)).orElse(null);
      notifyAll();
    }
  }

  /// Guards `running` and every `asked`.
  private static final Object STATE = new Object();

  private static int running;

  private final Kind kind;
  private final Sample plain;
  private final Sample vector;
  private volatile boolean ready;
  private volatile boolean asked;

  /// Whether it is decided.
  private volatile boolean over;

  /// Threads lose some of each other's counts, which does not matter.
  private long seen;

  /// A warm-up of one operation that has not begun.
  ///
  /// @param plain runs the plain loop
  /// @param vector runs the one on vectors
  Warmup(Sample plain, Sample vector) {
    this(Kind.LOOP, plain, vector);
  }

  Warmup(Kind kind, Sample plain, Sample vector) {
    this.kind = kind;
    this.plain = plain;
    this.vector = vector;
  }

  /// Whether the loop on vectors is to be used. Asking for enough work begins the warm-up.
  ///
  /// @param work how many operations on an element there are to do
  boolean isReady(long work) {
    if (!over) {
      seen += work;
      if (!asked && seen >= kind.worth) {
        begin();
      }
    }
    return ready;
  }

  private void begin() {
    synchronized (STATE) {
      if (asked) {
        return;
      }
      asked = true;
      running++;
    }
    Thread.ofPlatform().daemon().name("javelin-warmup").start(this::run);
  }

  private void run() {
    try (Arena arena = Arena.ofConfined()) {
      ready = wins(arena.allocate(MEMORY, 64).address());
    } finally {
      over = true;
      synchronized (STATE) {
        running--;
        STATE.notifyAll();
      }
    }
  }

  /// Lets the loops compete; whether the one on vectors won.
  private boolean wins(long memory) {
    long[] vectorNanos = new long[WINDOW];
    long[] plainNanos = new long[WINDOW];
    long best = Long.MAX_VALUE;
    for (int window = -SEEN_BY_JIT / WINDOW; window < PATIENCE; window++) {
      long spent = compare(memory, vectorNanos, plainNanos);
      // The plain loop is slow for a while, too, whenever the JIT makes it anew.
      best = Math.min(best, median(plainNanos));
      if (median(vectorNanos) < best) {
        return true;
      }
      if (window >= 0) {
        // Now it is the JIT's turn, on a processor that it may have to share with this thread.
        LockSupport.parkNanos(Math.max(SHORTEST_PAUSE_NANOS, PAUSES * spent));
      }
    }
    return false;
  }

  /// Runs both some times when it is their turn.
  ///
  /// @return how long that took, in nanoseconds
  private long compare(long memory, long[] vectorNanos, long[] plainNanos) {
    kind.enter(this);
    try {
      long begun = System.nanoTime();
      for (int i = 0; i < WINDOW; i++) {
        long start = System.nanoTime();
        vector.run(memory);
        long middle = System.nanoTime();
        plain.run(memory);
        vectorNanos[i] = middle - start;
        plainNanos[i] = System.nanoTime() - middle;
      }
      return System.nanoTime() - begun;
    } finally {
      kind.leave(this);
    }
  }

  private static long median(long[] nanos) {
    Arrays.sort(nanos);
    return nanos[nanos.length / 2];
  }

  /// Waits until every warm-up that has begun is over; for tests and measurements.
  static void await() throws InterruptedException {
    synchronized (STATE) {
      while (running > 0) {
        STATE.wait();
      }
    }
  }
}
