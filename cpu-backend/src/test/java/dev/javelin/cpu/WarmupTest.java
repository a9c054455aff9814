package dev.javelin.cpu;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// When a loop on vectors comes into use.
final class WarmupTest {
  private static final long ENOUGH = 1L << 40;

  /// Keeps a processor busy.
  private static void spin(long micros) {
    long end = System.nanoTime() + TimeUnit.MICROSECONDS.toNanos(micros);
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
  }

  private static boolean isReady(Warmup.Kind kind, Warmup.Sample plain, Warmup.Sample vector)
      throws InterruptedException {
    Warmup warmup = new Warmup(kind, plain, vector);
    boolean _ = warmup.isReady(ENOUGH);
    Warmup.await();
    return warmup.isReady(0);
  }

  /// The number of a sample's run.
  private static final class Counter {
    private int runs;

    int next() {
      return runs++;
    }
  }

  @Test
  void theFasterLoopIsUsed() throws InterruptedException {
    assertTrue(isReady(Warmup.Kind.FUSED, _ -> spin(8), _ -> spin(2)));
  }

  @Test
  void theSlowerLoopIsNot() throws InterruptedException {
    assertFalse(isReady(Warmup.Kind.FUSED, _ -> spin(2), _ -> spin(8)));
  }

  /// As on a machine so busy that the JIT needs seconds.
  @Test
  void aLoopThatTheJitMakesFastLateIsUsed() throws InterruptedException {
    Counter counter = new Counter();
    assertTrue(
        isReady(Warmup.Kind.FUSED, _ -> spin(10), _ -> spin(counter.next() < 2000 ? 600 : 2)));
  }

  /// The JIT makes loops anew when what they met has changed.
  @Test
  void aLoopDoesNotWinWhileTheOtherIsMadeAnew() throws InterruptedException {
    Counter counter = new Counter();
    assertFalse(
        isReady(
            Warmup.Kind.FUSED,
            _ -> {
              int run = counter.next();
              spin(run > 2000 && run < 2200 ? 100 : 2);
            },
            _ -> spin(6)));
  }
}
