package dev.javelin.cpu;

import java.lang.foreign.Arena;

/// Keeps a loop on vectors out of use until the JIT compiler has made it fast: until then it is a
/// hundred times slower than plain Java, half a second for a single pooling.
///
/// The first request starts a thread that runs both loops on a small sample, over and over, until
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

  /// How long to try. The compiler gives some loops up; those stay plain.
  private static final long PATIENCE_NANOS = 5_000_000_000L;

  /// What a round takes beyond so many times the shortest is the work of other programs, which does not count.
  private static final int UNDISTURBED = 2;

  /// Held while a warm-up runs.
  private static final Object TURN = new Object();

  /// Guards `running` and every `asked`.
  private static final Object STATE = new Object();

  private static int running;

  private final Sample plain;
  private final Sample vector;
  private volatile boolean ready;
  private volatile boolean asked;

  /// A warm-up that has not begun.
  ///
  /// @param plain runs the plain loop
  /// @param vector runs the one on vectors
  Warmup(Sample plain, Sample vector) {
    this.plain = plain;
    this.vector = vector;
  }

  /// Whether the loop on vectors is to be used. Asking begins the warm-up.
  boolean isReady() {
    if (!ready && !asked) {
      begin();
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
      // One at a time: more would only keep the user's own threads from working.
      synchronized (TURN) {
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
    for (int wins = 0; wins < WINS; ) {
      long begun = System.nanoTime();
      vector.run(memory);
      long middle = System.nanoTime();
      plain.run(memory);
      long end = System.nanoTime();
      wins = middle - begun < end - middle ? wins + 1 : 0;
      shortest = Math.min(shortest, end - begun);
      spent += Math.min(end - begun, UNDISTURBED * shortest);
      if (spent > PATIENCE_NANOS) {
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
