package dev.javelin.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.javelin.cpu.MatmulCases.Order;
import dev.javelin.cpu.MatmulSpec.Bias;
import dev.javelin.kernels.DType;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DnnlMatmulTest {
  private Dnnl dnnl;

  @BeforeEach
  void available() {
    assumeTrue(Dnnl.get().isPresent(), Dnnl.unavailableReason());
    dnnl = Dnnl.get().get();
  }

  @Test
  void fewLongRowsAreLeftToJava() {
    assumeTrue(Loops.vectorised(), "there is no Vector API");
    assertEquals(JavaMatmul.class, linear(1, 256, 784));
    assertEquals(JavaMatmul.class, linear(4, 512, 512));
    assertEquals(JavaMatmul.class, linear(1, 10, 128));
    assertEquals(DnnlMatmul.class, linear(5, 512, 512));
    assertEquals(DnnlMatmul.class, linear(1, 4096, 16));
    assertEquals(DnnlMatmul.class, linear(1, 1024, 128));
  }

  private Class<?> linear(long samples, long outputs, long inputs) {
    MatmulSpec spec = MatmulSpec.contiguous(samples, outputs, inputs, false, true);
    return dnnl.matmul(spec).orElseThrow().getClass();
  }

  @Test
  void agreesWithDoubleSums() {
    int taken = 0;
    for (MatmulSpec spec : MatmulCases.all()) {
      var matmul = dnnl.matmul(spec);
      if (matmul.isPresent()) {
        taken++;
        MatmulCases.check(spec, DType.FLOAT32, matmul.get());
      }
    }
    assertTrue(taken > MatmulCases.all().size() / 3, taken + " taken");
  }

  @Test
  void takesWhatLayersNeed() {
    for (boolean a : new boolean[] {false, true}) {
      for (boolean b : new boolean[] {false, true}) {
        var spec = MatmulSpec.contiguous(65, 130, 97, a, b);
        Matmul matmul = dnnl.matmul(spec).orElseThrow();
        assertTrue(matmul instanceof DnnlMatmul);
        MatmulCases.check(spec, DType.FLOAT32, matmul);
      }
    }
  }

  @Test
  void largeProductsInTiles() {
    for (Order b : new Order[] {Order.ROWS, Order.COLUMNS}) {
      for (Activation activation : Activation.values()) {
        MatmulSpec s = MatmulCases.spec(1, 129, 250, 200, Order.ROWS, b, Bias.NONE, activation);
        MatmulCases.check(s, DType.FLOAT32, dnnl.matmul(s).orElseThrow());
      }
    }
  }

  @Test
  void batches() {
    for (long batch : new long[] {2, 5, 64}) {
      for (Order b : new Order[] {Order.ROWS, Order.COLUMNS}) {
        MatmulSpec s =
            MatmulCases.spec(batch, 40, 50, 30, Order.ROWS, b, Bias.NONE, Activation.NONE);
        MatmulCases.check(s, DType.FLOAT32, dnnl.matmul(s).orElseThrow());
        MatmulSpec one = JavaMatmulTest.batches(s, 0, s.bBatch());
        MatmulCases.check(one, DType.FLOAT32, dnnl.matmul(one).orElseThrow());
        MatmulSpec other = JavaMatmulTest.batches(s, s.aBatch(), 0);
        MatmulCases.check(other, DType.FLOAT32, dnnl.matmul(other).orElseThrow());
        MatmulSpec both = JavaMatmulTest.batches(s, 0, 0);
        MatmulCases.check(both, DType.FLOAT32, dnnl.matmul(both).orElseThrow());
      }
    }
  }

  @Test
  void headsThatLieSideBySide() {
    // q k^T of an attention: [time, heads, features] seen as [heads, time, features].
    long heads = 6;
    long time = 50;
    long features = 16;
    MatmulSpec s =
        new MatmulSpec(
            heads,
            time,
            time,
            features,
            features,
            heads * features,
            1,
            features,
            1,
            heads * features,
            time * time,
            time,
            Bias.NONE,
            Activation.NONE);
    MatmulCases.check(s, DType.FLOAT32, dnnl.matmul(s).orElseThrow());
    // The product with v goes back between the heads.
    MatmulSpec back =
        new MatmulSpec(
            heads,
            time,
            features,
            time,
            time * time,
            time,
            1,
            features,
            heads * features,
            1,
            features,
            heads * features,
            Bias.NONE,
            Activation.NONE);
    MatmulCases.check(back, DType.FLOAT32, dnnl.matmul(back).orElseThrow());
  }

  @Test
  void refusesWhatItCannotRead() {
    MatmulSpec s =
        MatmulCases.spec(1, 40, 50, 30, Order.EVERY_OTHER, Order.ROWS, Bias.NONE, Activation.NONE);
    assertTrue(dnnl.matmul(s).isEmpty());
    // A row seen as a matrix, as expand makes it.
    MatmulSpec expanded =
        new MatmulSpec(1, 40, 50, 30, 0, 0, 1, 0, 50, 1, 0, 50, Bias.NONE, Activation.NONE);
    assertTrue(dnnl.matmul(expanded).isEmpty());
  }

  @Test
  void equalSpecsShareOneProduct() {
    MatmulSpec s = MatmulSpec.contiguous(33, 44, 55, false, true);
    assertSame(dnnl.matmul(s).orElseThrow(), dnnl.matmul(s).orElseThrow());
  }

  @Test
  void manyShapesAreForgottenAgain() {
    for (long k = 1; k < 700; k++) {
      assertTrue(dnnl.matmul(MatmulSpec.contiguous(16, 16, k, false, false)).isPresent());
    }
    MatmulSpec s = MatmulSpec.contiguous(16, 16, 1, false, false);
    MatmulCases.check(s, DType.FLOAT32, dnnl.matmul(s).orElseThrow());
  }

  @Test
  void theSameBitsEachTimeAndOnSeveralThreads() throws InterruptedException {
    List<MatmulSpec> specs = new ArrayList<>();
    for (boolean t : new boolean[] {false, true}) {
      specs.add(MatmulSpec.contiguous(100, 333, 777, false, t));
    }
    for (MatmulSpec s : specs) {
      try (var arena = Arena.ofShared()) {
        long a = MatmulCases.values(arena, new SplittableRandom(1), DType.FLOAT32, 100 * 777);
        long b = MatmulCases.values(arena, new SplittableRandom(2), DType.FLOAT32, 777 * 333);
        long c = arena.allocate(4 * 100 * 333).address();
        Matmul matmul = dnnl.matmul(s).orElseThrow();
        matmul.run(a, b, 0, c);
        var failure = new AtomicReference<AssertionError>();
        Thread[] users = new Thread[3];
        for (int u = 0; u < users.length; u++) {
          long mine = arena.allocate(4 * 100 * 333).address();
          users[u] =
              Thread.ofPlatform()
                  .start(
                      () -> {
                        try {
                          for (int round = 0; round < 20; round++) {
                            matmul.run(a, b, 0, mine);
                            for (long i = 0; i < 100 * 333; i++) {
                              assertEquals(Memory.getInt(c + 4 * i), Memory.getInt(mine + 4 * i));
                            }
                          }
                        } catch (AssertionError e) {
                          failure.set(e);
                        }
                      });
        }
        for (Thread user : users) {
          user.join();
        }
        if (failure.get() != null) {
          throw failure.get();
        }
      }
    }
  }

  @Test
  void reluKeepsNotANumber() {
    MatmulSpec s =
        MatmulCases.spec(1, 50, 37, 20, Order.ROWS, Order.COLUMNS, Bias.NONE, Activation.RELU);
    try (var arena = Arena.ofConfined()) {
      long a = MatmulCases.values(arena, new SplittableRandom(1), DType.FLOAT32, 50 * 20);
      long b = MatmulCases.values(arena, new SplittableRandom(2), DType.FLOAT32, 20 * 37);
      long c = MatmulCases.values(arena, new SplittableRandom(3), DType.FLOAT32, 50 * 38);
      Memory.putFloat(a, Float.NaN);
      dnnl.matmul(s).orElseThrow().run(a, b, 0, c);
      for (long j = 0; j < 37; j++) {
        assertTrue(Float.isNaN(Memory.getFloat(c + 4 * j)));
        assertFalse(Float.isNaN(Memory.getFloat(c + 4 * (38 + j))));
      }
    }
  }
}
