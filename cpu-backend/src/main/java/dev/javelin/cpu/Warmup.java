package dev.javelin.cpu;

import java.lang.foreign.Arena;

/// Keeps a loop on vectors out of use until the JIT compiler has made it fast: until then it is a
/// hundred times slower than plain Java, half a second for a single pooling.
///
/// Once it has been asked for enough work, a thread runs both loops on a small sample, over and over, until
/// the one on vectors has been the faster several times in a row. The two must give the same
/// results to the last bit, since which of them runs is a matter of timing.
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

  /// How often in a row the loop on vectors must win.
  private static final int WINS = 20;

  /// What is warmed up: one of a kind at a time, since more would only keep the user's own threads from
  /// working.
  enum Kind {
    /// The loop of one operation, which is many times slower without vectors: after some milliseconds of work, so that
    /// what a program does once does not take the processors from its start.
    LOOP(Long.getLong("javelin.vector.after", 1 << 21), 5_000_000_000L),
    /// A loop that is there to be somewhat faster than others. It must not keep those waiting, and is worth a tenth of a
    /// second of the JIT's time only where it saves as much.
    FUSED(1 << 28, 1_000_000_000L);

    /// After how many operations on an element to begin.
    private final long worth;

    /// How long to try. The compiler gives some loops up; those stay plain.
    private final long patienceNanos;

    private final Object turn = new Object();

    Kind(long worth, long patienceNanos) {
      this.worth = worth;
      this.patienceNanos = patienceNanos;
    }
  }

  /// The JIT looks at loops that have run so often. Those of many operations take a second for it as long as they are
  /// interpreted, so before they have, patience is longer.
  private static final int SEEN_BY_JIT = 1000;

  private static final int LONGER = 5;

  /// What a round takes beyond so many times the shortest is the work of other programs, which does not count.
  private static final int UNDISTURBED = 2;

  /// Guards `running` and every `asked`.
  private static final Object STATE = new Object();

  private static int running;

  private final Kind kind;
  private final Sample plain;
  private final Sample vector;
  private volatile boolean ready;
  private volatile boolean asked;

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
    if (!ready && !asked) {
      seen += work;
      if (seen >= kind.worth) {
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
      synchronized (kind.turn) {
        compete(arena.allocate(MEMORY, 64).address());
      }
    } finally {
      synchronized (STATE) {
        running--;
        STATE.notifyAll();
      }
    }
  }

  private void compete(long memory) {
    long shortest = Long.MAX_VALUE;
    long spent = 0;
    int rounds = 0;
    for (int wins = 0; wins < WINS; rounds++) {
      long begun = System.nanoTime();
      vector.run(memory);
      long middle = System.nanoTime();
      plain.run(memory);
      long end = System.nanoTime();
      wins = middle - begun < end - middle ? wins + 1 : 0;
      shortest = Math.min(shortest, end - begun);
      spent += Math.min(end - begun, UNDISTURBED * shortest);
      if (spent > kind.patienceNanos * (rounds < SEEN_BY_JIT ? LONGER : 1)) {
        return;
      }
    }
    ready = true;
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
