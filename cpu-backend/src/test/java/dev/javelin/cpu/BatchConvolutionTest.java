package dev.javelin.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.javelin.cpu.ConvSpec.Direction;
import dev.javelin.cpu.ConvolutionCases.Order;
import dev.javelin.cpu.ConvolutionCases.Shape;
import dev.javelin.kernels.DType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BatchConvolutionTest {
  /// Windows of all kinds: tall, wide, dilated, with steps longer than the weights, wider than a tile.
  private static final Shape[] MORE = {
    new Shape(10, 12, 12, 20, 5, 5, 1, 0, 1, 1),
    new Shape(2, 9, 9, 13, 3, 3, 2, 1, 1, 1),
    new Shape(2, 8, 7, 3, 2, 3, 4, 1, 1, 1),
    new Shape(5, 9, 9, 2, 3, 3, 2, 2, 2, 1),
    new Shape(3, 16, 15, 7, 7, 7, 2, 3, 1, 1),
    new Shape(1, 5, 5, 4, 3, 3, 1, 4, 1, 1),
    new Shape(17, 3, 4, 1, 1, 3, 1, 1, 3, 1),
    new Shape(2, 3, 4, 3, 1, 1, 1, 0, 1 << 28, 1),
  };

  @BeforeEach
  void available() {
    assumeTrue(Loops.vectorised() && VectorLoops.W >= 4, "there are no vectors");
  }

  private static ConvSpec spec(Direction direction, long n, Shape shape, boolean bias) {
    Activation activation = bias ? Activation.RELU : Activation.NONE;
    return ConvolutionCases.spec(
        direction, n, shape, Order.BATCH_LAST, Order.BATCH_LAST, bias, activation);
  }

  private static void check(Shape shape, long n) {
    for (Direction direction : Direction.values()) {
      ConvSpec s = spec(direction, n, shape, n == 32);
      assertEquals(shape.groups() == 1, BatchConvolution.takes(s));
      if (BatchConvolution.takes(s)) {
        ConvolutionCases.check(s, DType.FLOAT32, BatchConvolution.of(s));
      }
    }
  }

  @Test
  void agreesWithDirectSums() {
    for (Shape shape : ConvolutionCases.SHAPES) {
      check(shape, 32);
    }
    for (Shape shape : MORE) {
      check(shape, 32);
      check(shape, 96);
    }
  }

  /// Arrays inside larger ones: between pixels lie others.
  @Test
  void takesGaps() {
    for (Direction direction : Direction.values()) {
      ConvSpec wide = withGaps(direction, 48);
      assertTrue(BatchConvolution.takes(wide));
      ConvolutionCases.check(wide, DType.FLOAT32, BatchConvolution.of(wide));
      assertFalse(BatchConvolution.takes(withGaps(direction, 1 << 24)));
    }
  }

  /// @param pixel how far the pixels of x lie apart
  private static ConvSpec withGaps(Direction direction, long pixel) {
    Shape shape = new Shape(3, 6, 7, 5, 3, 3, 1, 1, 1, 1);
    ConvSpec s = spec(direction, 32, shape, false);
    return new ConvSpec(
        direction,
        32,
        3,
        6,
        7,
        5,
        3,
        3,
        1,
        1,
        1,
        1,
        1,
        1,
        1,
        new long[] {1, 8 * 8 * pixel, 8 * pixel, pixel},
        s.wStrides(),
        new long[] {1, 6 * 7 * 40, 7 * 40, 40},
        false,
        Activation.NONE);
  }

  @Test
  void leavesTheRestToOthers() {
    Shape shape = new Shape(3, 6, 7, 5, 3, 3, 1, 1, 1, 1);
    assertFalse(BatchConvolution.takes(spec(Direction.FORWARD, 33, shape, false)));
    assertFalse(BatchConvolution.takes(spec(Direction.FORWARD, 0, shape, false)));
    assertFalse(
        BatchConvolution.takes(
            ConvolutionCases.spec(
                Direction.FORWARD,
                32,
                shape,
                Order.CONTIGUOUS,
                Order.BATCH_LAST,
                false,
                Activation.NONE)));
    // Of 4, 8 or 16 lanes alike.
    assertTrue(isPreferred(64, 5, 10));
    assertTrue(isPreferred(64, 1, 5));
    assertEquals(Dnnl.get().isEmpty(), isPreferred(64, 1, 32));
    assertEquals(Dnnl.get().isEmpty(), isPreferred(64, 32, 64));
    assertFalse(isPreferred(63, 5, 10));
    assertFalse(isPreferred(1024, 5, 10));
  }

  private static boolean isPreferred(long n, long c, long o) {
    return BatchConvolution.isPreferred(
        dev.javelin.kernels.Shape.of(n, c, 28, 28), dev.javelin.kernels.Shape.of(o, c, 3, 3));
  }

  @Test
  void dividesEvenly() {
    assertArrayEquals(new int[] {0, 5, 10}, BatchConvolution.divide(10, 6));
    assertArrayEquals(new int[] {0, 4, 8, 13}, BatchConvolution.divide(13, 6));
    assertArrayEquals(new int[] {0, 3}, BatchConvolution.divide(3, 6));
  }
}
