package dev.javelin.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.javelin.cpu.ConvSpec.Direction;
import dev.javelin.cpu.ConvolutionCases.Order;
import dev.javelin.cpu.ConvolutionCases.Shape;
import dev.javelin.kernels.DType;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JavaConvolutionTest {
  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void agreesWithDirectSums(DType type) {
    for (ConvSpec spec : ConvolutionCases.all()) {
      ConvolutionCases.check(spec, type, JavaConvolution.of(spec, type));
    }
  }

  @Test
  void agreesWithoutVectors() {
    for (ConvSpec spec : ConvolutionCases.all()) {
      ConvolutionCases.check(spec, DType.FLOAT32, JavaConvolution.scalar(spec, DType.FLOAT32));
    }
  }

  @Test
  void largeImagesInSeveralChunks() {
    // The patches of one image are more than the room for them.
    var shape = new Shape(32, 40, 40, 3, 3, 3, 1, 1, 1, 1);
    for (Direction direction : Direction.values()) {
      for (Order order : new Order[] {Order.CONTIGUOUS, Order.CHANNELS_LAST}) {
        ConvSpec s =
            ConvolutionCases.spec(direction, 2, shape, order, order, true, Activation.NONE);
        ConvolutionCases.check(s, DType.FLOAT32, JavaConvolution.of(s, DType.FLOAT32));
      }
    }
  }

  @Test
  void nothingInNothingOut() {
    var shape = new Shape(3, 5, 5, 4, 3, 3, 1, 1, 1, 1);
    for (Direction direction : Direction.values()) {
      ConvSpec s =
          ConvolutionCases.spec(
              direction, 0, shape, Order.CONTIGUOUS, Order.CONTIGUOUS, false, Activation.NONE);
      ConvolutionCases.check(s, DType.FLOAT32, JavaConvolution.of(s, DType.FLOAT32));
    }
    // The gradient of the weights over no images is zero.
    ConvSpec s =
        ConvolutionCases.spec(
            Direction.BACKWARD_WEIGHTS,
            0,
            shape,
            Order.CONTIGUOUS,
            Order.CONTIGUOUS,
            false,
            Activation.NONE);
    try (var arena = Arena.ofConfined()) {
      long w = arena.allocate(4 * 4 * 3 * 9).address();
      Memory.putFloat(w + 40, 7);
      JavaConvolution.of(s, DType.FLOAT32).run(0, w, 0, 0);
      assertEquals(0, Memory.getFloat(w + 40));
    }
  }

  @Test
  void integers() {
    var shape = new Shape(3, 7, 6, 4, 3, 3, 1, 1, 1, 1);
    ConvSpec s =
        ConvolutionCases.spec(
            Direction.FORWARD,
            2,
            shape,
            Order.CONTIGUOUS,
            Order.CHANNELS_LAST,
            true,
            Activation.RELU);
    ConvolutionCases.check(s, DType.INT64, JavaConvolution.of(s, DType.INT64));
    ConvolutionCases.check(s, DType.INT32, JavaConvolution.of(s, DType.INT32));
  }
}
