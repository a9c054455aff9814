package dev.javelin.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.javelin.cpu.ConvSpec.Direction;
import dev.javelin.cpu.ConvolutionCases.Order;
import dev.javelin.cpu.ConvolutionCases.Shape;
import dev.javelin.kernels.DType;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DnnlConvolutionTest {
  private Dnnl dnnl;

  @BeforeEach
  void available() {
    assumeTrue(Dnnl.get().isPresent(), Dnnl.unavailableReason());
    dnnl = Dnnl.get().get();
  }

  @Test
  void agreesWithDirectSums() {
    int taken = 0;
    for (ConvSpec spec : ConvolutionCases.all()) {
      Optional<Conv> conv = dnnl.convolution(spec);
      if (conv.isPresent()) {
        taken++;
        ConvolutionCases.check(spec, DType.FLOAT32, conv.get());
      }
    }
    assertTrue(taken > ConvolutionCases.all().size() / 2, taken + " taken");
  }

  @Test
  void takesWhatLayersNeed() {
    var shape = new Shape(32, 9, 9, 64, 3, 3, 1, 1, 1, 1);
    for (Direction direction : Direction.values()) {
      for (Order order : new Order[] {Order.CONTIGUOUS, Order.CHANNELS_LAST}) {
        ConvSpec s =
            ConvolutionCases.spec(direction, 5, shape, order, order, true, Activation.RELU);
        Conv conv = dnnl.convolution(s).orElseThrow();
        ConvolutionCases.check(s, DType.FLOAT32, conv);
        String implementation = ((DnnlConvolution) conv).implementation();
        assertFalse(implementation.startsWith("ref"), implementation);
      }
    }
  }

  @Test
  void manyImagesOfEachKind() {
    var shape = new Shape(10, 12, 12, 20, 5, 5, 1, 0, 1, 1);
    for (Direction direction : Direction.values()) {
      ConvSpec s =
          ConvolutionCases.spec(
              direction,
              37,
              shape,
              Order.CHANNELS_LAST,
              Order.CHANNELS_LAST,
              true,
              Activation.NONE);
      ConvolutionCases.check(s, DType.FLOAT32, dnnl.convolution(s).orElseThrow());
    }
  }

  @Test
  void fewImagesOfMuchWork() {
    // Divided over rows or channels.
    Shape[] shapes = {
      new Shape(3, 40, 44, 20, 5, 5, 2, 2, 1, 1),
      new Shape(50, 7, 8, 70, 3, 3, 1, 1, 1, 1),
      new Shape(40, 10, 9, 33, 3, 3, 1, 0, 2, 1),
    };
    for (Shape shape : shapes) {
      for (Direction direction : Direction.values()) {
        for (Order order : new Order[] {Order.CONTIGUOUS, Order.CHANNELS_LAST}) {
          for (long n : new long[] {1, 3}) {
            ConvSpec s =
                ConvolutionCases.spec(direction, n, shape, order, order, true, Activation.RELU);
            ConvolutionCases.check(s, DType.FLOAT32, dnnl.convolution(s).orElseThrow());
          }
        }
      }
    }
  }

  @Test
  void largeWeightsAreCopiedInPieces() {
    var shape = new Shape(64, 8, 8, 130, 2, 2, 1, 0, 1, 1);
    for (Direction direction : Direction.values()) {
      for (long n : new long[] {2, 8}) {
        ConvSpec s =
            ConvolutionCases.spec(
                direction,
                n,
                shape,
                Order.CHANNELS_LAST,
                Order.CHANNELS_LAST,
                true,
                Activation.NONE);
        ConvolutionCases.check(s, DType.FLOAT32, dnnl.convolution(s).orElseThrow());
      }
    }
  }

  @Test
  void equalSpecsShareOneConvolution() {
    var shape = ConvolutionCases.SHAPES[1];
    for (Direction direction : Direction.values()) {
      Conv first =
          dnnl.convolution(
                  ConvolutionCases.spec(
                      direction,
                      2,
                      shape,
                      Order.CONTIGUOUS,
                      Order.CONTIGUOUS,
                      false,
                      Activation.NONE))
              .orElseThrow();
      Conv second =
          dnnl.convolution(
                  ConvolutionCases.spec(
                      direction,
                      2,
                      shape,
                      Order.CONTIGUOUS,
                      Order.CONTIGUOUS,
                      false,
                      Activation.NONE))
              .orElseThrow();
      assertSame(first, second);
    }
  }

  @Test
  void theSameBitsEachTimeAndOnSeveralThreads() throws InterruptedException {
    var shape = new Shape(16, 14, 14, 32, 3, 3, 1, 1, 1, 1);
    ConvSpec s =
        ConvolutionCases.spec(
            Direction.BACKWARD_WEIGHTS,
            32,
            shape,
            Order.CHANNELS_LAST,
            Order.CHANNELS_LAST,
            false,
            Activation.NONE);
    try (var arena = Arena.ofShared()) {
      long x = MatmulCases.values(arena, new SplittableRandom(1), DType.FLOAT32, 32 * 16 * 14 * 14);
      long y = MatmulCases.values(arena, new SplittableRandom(2), DType.FLOAT32, 32 * 32 * 14 * 14);
      int size = 32 * 16 * 9;
      long w = arena.allocate(4L * size).address();
      Conv conv = dnnl.convolution(s).orElseThrow();
      conv.run(x, w, 0, y);
      var failure = new AtomicReference<AssertionError>();
      Thread[] users = new Thread[3];
      for (int u = 0; u < users.length; u++) {
        long mine = arena.allocate(4L * size).address();
        users[u] =
            Thread.ofPlatform()
                .start(
                    () -> {
                      try {
                        for (int round = 0; round < 30; round++) {
                          conv.run(x, mine, 0, y);
                          for (long i = 0; i < size; i++) {
                            assertEquals(Memory.getInt(w + 4 * i), Memory.getInt(mine + 4 * i));
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

  @Test
  void reluKeepsNotANumber() {
    var shape = new Shape(4, 6, 6, 16, 3, 3, 1, 0, 1, 1);
    ConvSpec s =
        ConvolutionCases.spec(
            Direction.FORWARD,
            2,
            shape,
            Order.CHANNELS_LAST,
            Order.CHANNELS_LAST,
            false,
            Activation.RELU);
    try (var arena = Arena.ofConfined()) {
      long x = MatmulCases.values(arena, new SplittableRandom(1), DType.FLOAT32, 2 * 4 * 36);
      long w = MatmulCases.values(arena, new SplittableRandom(2), DType.FLOAT32, 16 * 4 * 9);
      long y = MatmulCases.values(arena, new SplittableRandom(3), DType.FLOAT32, 2 * 16 * 16);
      Memory.putFloat(x, Float.NaN);
      dnnl.convolution(s).orElseThrow().run(x, w, 0, y);
      assertTrue(Float.isNaN(Memory.getFloat(y)));
      assertTrue(Memory.getFloat(y + 4 * 16 * 16) >= 0);
    }
  }
}
