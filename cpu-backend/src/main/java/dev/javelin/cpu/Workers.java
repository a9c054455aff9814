package dev.javelin.cpu;

import dev.javelin.backend.Settings;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/// The one pool of worker threads of the CPU backend: it runs the parts of an operation on the caller and the workers.
///
/// Parts are handed out one after the other, so a thread that is held up by another process takes fewer of them. Which
/// thread runs which part therefore varies; what a part computes must not depend on it. A worker that runs out of work
/// looks for more for some microseconds, because the next operation is usually that close, and then parks.
///
/// A caller that finds the pool busy (a part that itself calls [#run], or another user thread) runs all its parts
/// itself: no queue, no deadlock, and never more runnable threads than needed.
final class Workers {

  /// The body of a parallel loop.
  @FunctionalInterface
  interface Part {
    /// Runs one part.
    ///
    /// @param part its number, from 0
    void run(int part);
  }

  /// A loop of which a stretch can be run.
  @FunctionalInterface
  interface Range {
    /// Runs a stretch.
    ///
    /// @param from where it begins
    /// @param end where it ends
    void run(long from, long end);
  }

  /// How long a worker looks for more work before it parks: as long as waking it costs, which is 10 us for who wakes it
  /// and 20 us more until it runs (measured in a virtual machine). To yield instead was no better: under load, a thread
  /// that has yielded comes back later than one that is woken.
  private static final long SPIN_NANOS = 30_000;

  /// How long a caller waits before it parks. Longer, because parts of one job end at about the same time.
  private static final long CALLER_SPIN_NANOS = 100_000;

  /// As the next part of a job: there is none.
  private static final long CLOSED = Integer.MAX_VALUE;

  /// Beyond any machine of today; it only keeps a slip of the pen from starting a million threads.
  private static final long MOST_THREADS = 1024;

  private static final int THREADS =
      (int)
          Settings.number(
              "javelin.threads", Runtime.getRuntime().availableProcessors(), 1, MOST_THREADS);
  private static final VarHandle TICKET;
  private static final VarHandle REMAINING;
  private static final VarHandle BUSY;
  private static final VarHandle FAILURE;

  static {
    try {
      var lookup = MethodHandles.lookup();
      TICKET = lookup.findVarHandle(Workers.class, "ticket", long.class);
      REMAINING = lookup.findVarHandle(Workers.class, "remaining", int.class);
      BUSY = lookup.findVarHandle(Workers.class, "busy", boolean.class);
      FAILURE = lookup.findVarHandle(Workers.class, "failure", Throwable.class);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  /// Started by the first operation that is large enough.
  private static final class Shared {
    static final Workers POOL = new Workers(THREADS - 1);
  }

  /// The number of the current job in the upper half, the next part to hand out in the lower half. One word, so that
  /// a thread that comes late cannot take a part of the next job for one of the last.
  private volatile long ticket;

  /// Parts of the current job that are not finished.
  private volatile int remaining;

  private volatile boolean busy;
  private volatile Throwable failure;
  private volatile Thread waiter;

  // Written before `ticket` announces the job, read between reading a ticket and winning it.
  private int parts;
  private Part body;

  private final Worker[] workers;

  private Workers(int count) {
    workers = new Worker[count];
    for (int i = 0; i < count; i++) {
      workers[i] = new Worker();
      workers[i].thread.start();
    }
  }

  /// The number of threads that work on an operation, the caller included.
  ///
  /// @return the value of the system property `javelin.threads` or the environment variable `JAVELIN_THREADS`, or
  ///     the number of available processors
  static int threads() {
    return THREADS;
  }

  /// How many parts an operation is worth: one per thread, but none smaller than the grain.
  ///
  /// @param work the size of the whole operation in any unit
  /// @param grain the size that is worth a thread, in the same unit
  /// @return from 1 to [#threads]
  static int parts(long work, long grain) {
    return Math.clamp(work / grain, 1, THREADS);
  }

  /// Runs parts `0` to `parts - 1` and returns when all are done. If one fails, others may be left out.
  ///
  /// @param parts how many parts
  /// @param body what to do for each of them, on any thread
  static void run(int parts, Part body) {
    if (parts > 1 && THREADS > 1) {
      Workers pool = Shared.POOL;
      if (!pool.busy && BUSY.compareAndSet(pool, false, true)) {
        pool.runShared(parts, body);
        return;
      }
    }
    for (int part = 0; part < parts; part++) {
      body.run(part);
    }
  }

  /// Runs a loop in stretches of about the same length, and returns when all are done.
  ///
  /// @param total the length of the loop
  /// @param parts how many stretches; one is run here
  /// @param body what runs a stretch, on any thread
  static void share(long total, int parts, Range body) {
    if (parts == 1) {
      body.run(0, total);
    } else {
      run(parts, part -> body.run(total * part / parts, total * (part + 1) / parts));
    }
  }

  private void runShared(int count, Part job) {
    // Closes the last job: a late thread that already sees this one's parts must not win the last
    // one's ticket.
    long last = ticket;
    ticket = last | CLOSED;
    VarHandle.fullFence();
    parts = count;
    body = job;
    remaining = count;
    long number = (last >>> 32) + 1;
    ticket = number << 32;
    int helpers = Math.min(count - 1, workers.length);
    for (int i = 0; i < helpers; i++) {
      if (workers[i].parked) {
        LockSupport.unpark(workers[i].thread);
      }
    }
    help(number & 0xffff_ffffL);
    awaitOthers();
    Throwable thrown = failure;
    failure = null;
    body = null;
    busy = false;
    if (thrown != null) {
      rethrow(thrown);
    }
  }

  private static void rethrow(Throwable thrown) {
    if (thrown instanceof Error e) {
      throw e;
    }
    throw thrown instanceof RuntimeException e ? e : new IllegalStateException(thrown);
  }

  /// Takes parts of a job until none is left.
  private void help(long number) {
    while (true) {
      long now = ticket;
      if (now >>> 32 != number) {
        return;
      }
      // If these belong to a later job already, the exchange below fails.
      Part job = body;
      int part = (int) now;
      if (part >= parts) {
        return;
      }
      if (!TICKET.compareAndSet(this, now, now + 1)) {
        continue;
      }
      try {
        if (failure == null) {
          job.run(part);
        }
      } catch (Throwable t) {
        // All of them: a worker must not die, and its caller must not wait for ever.
        FAILURE.compareAndSet(this, null, t);
      }
      if ((int) REMAINING.getAndAdd(this, -1) == 1) {
        Thread thread = waiter;
        if (thread != null) {
          LockSupport.unpark(thread);
        }
      }
    }
  }

  private void awaitOthers() {
    long start = System.nanoTime();
    while (remaining != 0) {
      Thread.onSpinWait();
      if (System.nanoTime() - start > CALLER_SPIN_NANOS) {
        // Perhaps the worker waits for this very processor.
        waiter = Thread.currentThread();
        while (remaining != 0) {
          LockSupport.park(this);
        }
        waiter = null;
      }
    }
  }

  private final class Worker {
    final Thread thread =
        Thread.ofPlatform()
            .daemon()
            .name("javelin-worker")
            .inheritInheritableThreadLocals(false)
            .unstarted(this::work);
    volatile boolean parked;

    private void work() {
      long seen = 0;
      while (true) {
        seen = awaitJob(seen);
        help(seen);
      }
    }

    private long awaitJob(long seen) {
      long start = System.nanoTime();
      long number;
      while ((number = ticket >>> 32) == seen) {
        Thread.onSpinWait();
        if (System.nanoTime() - start > SPIN_NANOS) {
          parked = true;
          if (ticket >>> 32 == seen) {
            LockSupport.park(Workers.this);
          }
          parked = false;
          start = System.nanoTime();
        }
      }
      return number;
    }
  }
}
