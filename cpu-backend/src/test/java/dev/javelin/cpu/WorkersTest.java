package dev.javelin.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class WorkersTest {
  @Test
  void everyPartRunsOnce() {
    for (int parts : new int[] {0, 1, 2, 3, 7, 100, 1000}) {
      var counts = new AtomicIntegerArray(parts);
      Workers.run(parts, counts::incrementAndGet);
      for (int i = 0; i < parts; i++) {
        assertEquals(1, counts.get(i), "part " + i + " of " + parts);
      }
    }
  }

  @Test
  void manyJobsInARowLoseNothing() {
    // Plain writes: what a part wrote must be visible when run returns.
    long[] sums = new long[3];
    for (int i = 0; i < 200_000; i++) {
      Workers.run(3, part -> sums[part] += part + 1);
    }
    assertArrayEquals(new long[] {200_000, 400_000, 600_000}, sums);
  }

  @Test
  void aJobOfMorePartsDoesNotStartBeforeItIsAnnounced() {
    // A thread that is late in a job of 2 parts must not take the third part of the next job early.
    assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () -> {
          var runs = new AtomicIntegerArray(7);
          int jobs = 300_000;
          for (int i = 0; i < jobs; i++) {
            Workers.run(i % 2 == 0 ? 2 : 7, runs::incrementAndGet);
          }
          for (int part = 0; part < 7; part++) {
            assertEquals(part < 2 ? jobs : jobs / 2, runs.get(part), "part " + part);
          }
        });
  }

  @Test
  void jobsAfterPausesFindTheWorkersAgain() throws InterruptedException {
    for (int i = 0; i < 20; i++) {
      Thread.sleep(2);
      var count = new AtomicInteger();
      Workers.run(8, part -> count.incrementAndGet());
      assertEquals(8, count.get());
    }
  }

  @Test
  void partsRunOnSeveralThreads() {
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    var all = new CountDownLatch(Workers.threads());
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () ->
            Workers.run(
                Workers.threads(),
                part -> {
                  threads.add(Thread.currentThread());
                  all.countDown();
                  await(all);
                }));
    assertEquals(Workers.threads(), threads.size());
  }

  @Test
  void nestedCallsRunOnTheirCaller() {
    var counts = new AtomicIntegerArray(64);
    var strangers = new AtomicInteger();
    Workers.run(
        8,
        outer -> {
          Thread caller = Thread.currentThread();
          Workers.run(
              8,
              inner -> {
                counts.incrementAndGet(8 * outer + inner);
                if (!Thread.currentThread().equals(caller)) {
                  strangers.incrementAndGet();
                }
              });
        });
    for (int i = 0; i < 64; i++) {
      assertEquals(1, counts.get(i));
    }
    assertEquals(0, strangers.get());
  }

  @Test
  void twoUserThreadsDoNotDisturbEachOther() throws InterruptedException {
    int[][] results = new int[4][64];
    Thread[] users = new Thread[4];
    for (int u = 0; u < users.length; u++) {
      int[] mine = results[u];
      users[u] =
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int i = 0; i < 5_000; i++) {
                      Workers.run(64, part -> mine[part]++);
                    }
                  });
    }
    for (Thread user : users) {
      user.join();
    }
    int[] expected = new int[64];
    Arrays.fill(expected, 5_000);
    for (int[] result : results) {
      assertArrayEquals(expected, result);
    }
  }

  @Test
  void aSecondCallerDoesNotWaitForTheFirst() throws InterruptedException {
    var started = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    Thread first =
        Thread.ofPlatform()
            .start(
                () ->
                    Workers.run(
                        2,
                        part -> {
                          started.countDown();
                          await(release);
                        }));
    assertTrue(started.await(10, TimeUnit.SECONDS));
    try {
      var count = new AtomicInteger();
      assertTimeoutPreemptively(
          Duration.ofSeconds(10), () -> Workers.run(5, part -> count.incrementAndGet()));
      assertEquals(5, count.get());
    } finally {
      release.countDown();
      first.join();
    }
  }

  @Test
  void aFailureReachesTheCallerAndThePoolGoesOn() {
    var failure = new IllegalStateException("part 3");
    for (int i = 0; i < 100; i++) {
      var thrown =
          assertThrows(
              IllegalStateException.class,
              () ->
                  Workers.run(
                      8,
                      part -> {
                        if (part == 3) {
                          throw failure;
                        }
                      }));
      assertSame(failure, thrown);
      var count = new AtomicInteger();
      Workers.run(8, part -> count.incrementAndGet());
      assertEquals(8, count.get());
    }
  }

  @Test
  void anErrorOnAWorkerReachesTheCallerToo() {
    var seen = new AtomicReference<Error>();
    Thread caller = Thread.currentThread();
    var elsewhere = new CountDownLatch(Workers.threads() > 1 ? 1 : 0);
    assertThrows(
        StackOverflowError.class,
        () ->
            Workers.run(
                2,
                part -> {
                  if (!Thread.currentThread().equals(caller) || Workers.threads() == 1) {
                    seen.set(new StackOverflowError());
                    elsewhere.countDown();
                    throw seen.get();
                  }
                  await(elsewhere);
                }));
  }

  @Test
  void partsFollowTheWork() {
    assertEquals(1, Workers.parts(0, 1000));
    assertEquals(1, Workers.parts(1999, 1000));
    assertEquals(Math.min(2, Workers.threads()), Workers.parts(2000, 1000));
    assertEquals(Workers.threads(), Workers.parts(Long.MAX_VALUE, 1));
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(10, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
