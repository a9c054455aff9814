package dev.javelin.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Device;
import dev.javelin.Javelin;
import dev.javelin.Scope;
import dev.javelin.Tensor;
import dev.javelin.backend.OutOfDeviceMemoryException;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import dev.javelin.nn.Functional;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Memory: freed by scopes, by the engine and by the collector; reused; limited.
public abstract class MemoryConformance extends Conformance {
  private static final long MEBIBYTE = 1 << 20;
  private static final long BUDGET = 512 * MEBIBYTE;
  private static final int WIDTH = 256;
  private static final int BATCH = 8;

  /// For subclasses.
  protected MemoryConformance() {}

  /// Gives the device its own budget back.
  @AfterEach
  void restore() {
    device().setMemoryBudget((long) (0.8 * device().totalMemory()));
  }

  private Tensor block(long elements) {
    return Tensor.full(Shape.of(elements), 1, DType.FLOAT32, device());
  }

  /// What is allocated once all that is unreachable has come back.
  private long settled() {
    Device device = device();
    long before = Long.MAX_VALUE;
    for (int i = 0; i < 20; i++) {
      System.gc();
      pause();
      long now = device.memoryAllocated();
      if (now == before) {
        return now;
      }
      before = now;
    }
    return before;
  }

  private static void pause() {
    try {
      Thread.sleep(10);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- scopes ----

  @Test
  void aScopeFreesWhatWasMadeInside() {
    long before = settled();
    try (Scope _ = Scope.open()) {
      Tensor x = block(100_000);
      Tensor y = x.add(1).mul(2);
      assertEquals(4, y.max().item());
      assertTrue(device().memoryAllocated() >= before + 800_000);
    }
    assertEquals(before, device().memoryAllocated());
  }

  @Test
  void whatIsKeptOutlivesTheScope() {
    Tensor kept;
    try (Scope scope = Scope.open()) {
      Tensor x = block(1000).add(1);
      kept = scope.keep(x.narrow(0, 0, 10));
    }
    assertEquals(20, kept.sum().item());
  }

  @Test
  void scopesNest() {
    Tensor inner;
    Tensor outer;
    try (Scope one = Scope.open()) {
      Tensor early = block(10);
      try (Scope two = Scope.open()) {
        inner = two.keep(block(10).add(1));
        outer = two.keep(block(10).add(2));
      }
      one.keep(outer);
      assertEquals(20, inner.sum().item());
      assertEquals(10, early.sum().item());
    }
    assertEquals(30, outer.sum().item());
    Tensor gone = inner;
    assertThrows(IllegalStateException.class, gone::item);
  }

  @Test
  void useAfterTheScopeSaysWhereItWasMadeAndFreed() {
    Tensor x;
    try (Scope _ = Scope.open()) {
      x = block(10).exp();
    }
    for (Runnable use :
        List.<Runnable>of(
            () -> x.add(1),
            () -> x.toFloatArray(),
            () -> x.sum(),
            () -> x.narrow(0, 0, 1),
            () -> x.add_(1))) {
      ErrorConformance.fails(
          IllegalStateException.class,
          use,
          "float32 [10]",
          "made by exp",
          "used after it was freed",
          "scope opened at",
          "closed at",
          ".java:",
          "scope.keep");
    }
  }

  @Test
  void aScopeIsClosedByItsThreadAndInOrder() throws InterruptedException {
    Scope one = Scope.open();
    Scope two = Scope.open();
    ErrorConformance.fails(
        IllegalStateException.class, one::close, "scope opened at", "after the scopes inside");
    List<Throwable> failures = new ArrayList<>();
    Thread thread =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    two.close();
                  } catch (IllegalStateException e) {
                    failures.add(e);
                  }
                });
    thread.join();
    assertEquals(1, failures.size());
    two.close();
    two.close();
    one.close();
  }

  @Test
  void gradientsOutliveTheScope() {
    Tensor w = block(10).requiresGrad_(true);
    try (Scope _ = Scope.open()) {
      w.mul(3).sum().backward();
    }
    assertEquals(30, w.grad().sum().item());
    try (Scope _ = Scope.open()) {
      w.mul(2).sum().backward();
    }
    assertEquals(50, w.grad().sum().item());
  }

  @Test
  void aGradientSetToNullBelongsToTheScopeAgain() {
    Tensor w = block(10).requiresGrad_(true);
    Tensor read;
    Tensor kept;
    try (Scope scope = Scope.open()) {
      w.mul(3).sum().backward();
      read = w.grad();
      w.setGrad(null);
      w.mul(3).sum().backward();
      kept = scope.keep(w.grad());
      w.setGrad(null);
    }
    assertEquals(30, kept.sum().item());
    assertThrows(IllegalStateException.class, read::sum);
    w.mul(2).sum().backward();
    Tensor older = w.grad();
    try (Scope _ = Scope.open()) {
      w.setGrad(null);
    }
    assertEquals(20, older.sum().item());
  }

  @Test
  void anExceptionClosesTheScope() {
    long before = settled();
    assertThrows(
        IllegalArgumentException.class,
        () -> {
          try (Scope _ = Scope.open()) {
            block(1000).mm(block(1000));
          }
        });
    assertEquals(before, device().memoryAllocated());
  }

  // ---- statistics and reuse ----

  @Test
  void freedMemoryIsReused() {
    device().emptyCache();
    settled();
    device().emptyCache();
    try (Scope _ = Scope.open()) {
      block(100_000);
    }
    long cached = device().memoryCached();
    assertTrue(cached >= 400_000);
    for (int i = 0; i < 100; i++) {
      try (Scope _ = Scope.open()) {
        block(100_000);
      }
    }
    assertEquals(cached, device().memoryCached());
    device().emptyCache();
    assertEquals(0, device().memoryCached());
  }

  @Test
  void thePeakIsMeasured() {
    settled();
    device().resetPeakMemory();
    long before = device().memoryAllocated();
    try (Scope _ = Scope.open()) {
      block(1_000_000);
    }
    assertTrue(device().maxMemoryAllocated() >= before + 4_000_000);
    device().resetPeakMemory();
    assertTrue(device().maxMemoryAllocated() < before + 4_000_000);
    assertTrue(device().memorySummary().contains(device().name()));
  }

  /// Weights of all queries for all keys would be many times what attention may take.
  @Test
  void attentionHoldsNoMatrixOfWeights() {
    long n = isThorough() ? 2048 : 256;
    settled();
    try (Scope _ = Scope.open()) {
      Tensor[] in = new Tensor[3];
      for (int i = 0; i < in.length; i++) {
        in[i] = Tensor.full(Shape.of(1, n, 4), i, DType.FLOAT32, device()).requiresGrad_(true);
      }
      long before = device().memoryAllocated();
      device().resetPeakMemory();
      Functional.scaledDotProductAttention(in[0], in[1], in[2], null, 0, true).sum().backward();
      assertEquals(4.0 * n, in[2].grad().sum().item(), 1e-3 * n);
      long needed = device().maxMemoryAllocated() - before;
      assertTrue(needed < n * n, "needed " + needed);
    }
  }

  @Test
  void unreachableTensorsComeBack() {
    long before = settled();
    for (int i = 0; i < 10; i++) {
      block(100_000);
    }
    assertEquals(before, settled());
  }

  @Test
  void backwardFreesWhatOnlyTheEngineSaw() {
    try (Scope _ = Scope.open()) {
      Tensor w = block(1000).requiresGrad_(true);
      Tensor y = w;
      for (int i = 0; i < 10; i++) {
        y = y.mul(2);
      }
      long forward = device().memoryAllocated();
      y.sum().backward();
      long grown = device().memoryAllocated() - forward;
      assertTrue(grown <= 2 * 4096 + 1024, "backward left " + grown + " bytes");
    }
  }

  // ---- limits ----

  /// Two layers, trained by hand: the sizes are such that all steps together allocate many times the budget.
  private double train(int steps, boolean scoped) {
    Tensor x = random(1, BATCH, WIDTH);
    Tensor y = random(2, BATCH, WIDTH);
    Tensor w1 = random(3, WIDTH, WIDTH).mul(0.05).requiresGrad_(true);
    Tensor w2 = random(4, WIDTH, WIDTH).mul(0.05).requiresGrad_(true);
    double last = 0;
    for (int step = 0; step < steps; step++) {
      Scope scope = scoped ? Scope.open() : null;
      Tensor loss = x.mm(w1).relu().mm(w2).sub(y).square().mean();
      loss.backward();
      for (Tensor w : List.of(w1, w2)) {
        Javelin.noGrad(() -> w.sub_(w.grad().mul(0.01)));
        w.setGrad(null);
      }
      if (step % 500 == 0 || step == steps - 1) {
        last = loss.item();
      }
      if (scope != null) {
        scope.close();
      }
    }
    return last;
  }

  private int steps() {
    return isLong() ? 20_000 : 3;
  }

  @Test
  void trainingWithoutAScopeStaysWithinTheBudget() {
    settled();
    device().setMemoryBudget(BUDGET);
    device().resetPeakMemory();
    double loss = train(steps(), false);
    assertTrue(Double.isFinite(loss), "loss " + loss);
    assertTrue(device().maxMemoryAllocated() <= BUDGET, device().memorySummary());
    assertTrue(
        device().memoryAllocated() + device().memoryCached() <= BUDGET, device().memorySummary());
  }

  @Test
  void trainingInScopesAsksForNoCollection() {
    settled();
    device().setMemoryBudget(BUDGET);
    long before = device().collections();
    device().resetPeakMemory();
    long allocated = device().memoryAllocated();
    train(isLong() ? 2000 : 3, true);
    assertEquals(before, device().collections());
    long needed = device().maxMemoryAllocated() - allocated;
    assertTrue(needed < 8 * MEBIBYTE, "needed " + needed);
  }

  @Test
  void outOfMemorySaysWhatToDoAndIsSurvived() {
    settled();
    long budget = device().memoryAllocated() + 2 * MEBIBYTE;
    device().emptyCache();
    device().setMemoryBudget(budget);
    Tensor small = block(10);
    OutOfDeviceMemoryException e =
        assertThrows(OutOfDeviceMemoryException.class, () -> block(1_000_000));
    for (String part :
        List.of(
            "out of memory on " + device().name(),
            "3.8 MiB",
            "in use",
            "cached",
            "Scope",
            "batch")) {
      assertTrue(e.getMessage().contains(part), part + " in: " + e.getMessage());
    }
    assertEquals(10, small.sum().item());
    assertEquals(20, small.add(1).sum().item());
    device().setMemoryBudget((long) (0.8 * device().totalMemory()));
    assertEquals(1_000_000, block(1_000_000).sum().item());
  }

  @Test
  void garbageIsCollectedBeforeMemoryRunsOut() {
    settled();
    device().emptyCache();
    device().setMemoryBudget(device().memoryAllocated() + 16 * MEBIBYTE);
    for (int i = 0; i < 50; i++) {
      block(500_000);
    }
    assertEquals(500_000, block(500_000).sum().item());
  }

  @Test
  void aBudgetIsAboveZero() {
    ErrorConformance.fails(
        IllegalArgumentException.class,
        () -> device().setMemoryBudget(0),
        "setMemoryBudget",
        "above 0");
  }
}
