package dev.javelin.cpu;

import static dev.javelin.cpu.BackendCheck.operand;

import dev.javelin.cpu.BackendCheck.Layout;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Kernel.Direction;
import dev.javelin.kernels.Kernel.Window;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ConvolveExecutorTest {
  private static final Window PLAIN = new Window(3, 3, 1, 1, 0, 0, 1, 1, 1);

  private static void check(
      DType stored,
      Direction direction,
      Finishes finish,
      Window g,
      long o,
      View x,
      Layout wLayout,
      Layout yLayout) {
    Shape s = x.shape();
    View w = wLayout.view(o, s.size(1) / g.groups(), g.kernelH(), g.kernelW());
    View y = yLayout.view(s.size(0), o, g.outHeight(s.size(2)), g.outWidth(s.size(3)));
    check(stored, direction, finish, g, x, w, y);
  }

  private static void check(
      DType stored, Direction direction, Finishes finish, Window g, View x, View w, View y) {
    DType type = stored.register();
    View target =
        switch (direction) {
          case FORWARD -> y;
          case BACKWARD_DATA -> x;
          case BACKWARD_WEIGHTS -> w;
        };
    int out =
        switch (direction) {
          case FORWARD -> 2;
          case BACKWARD_DATA -> 0;
          case BACKWARD_WEIGHTS -> 1;
        };
    Program program = finish.program(type, target.shape(), 1, 3, 4, out, stored, target);
    BackendCheck.of(
            new Kernel.Convolve(
                List.of(stored, stored, stored, type, type),
                direction,
                g,
                operand(0, x),
                operand(1, w),
                operand(2, y),
                type,
                program,
                program.code().size() - 1))
        .within(1e-4)
        .run();
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void agreesInEveryLayout(Direction direction) {
    for (Layout x : Layout.values()) {
      for (Layout y : Layout.values()) {
        check(
            DType.FLOAT32,
            direction,
            Finishes.PLAIN,
            PLAIN,
            5,
            x.view(2, 3, 7, 8),
            Layout.CONTIGUOUS,
            y);
        check(
            DType.FLOAT32,
            direction,
            Finishes.PLAIN,
            PLAIN,
            5,
            x.view(2, 3, 7, 8),
            Layout.CHANNELS_LAST,
            y);
      }
      check(
          DType.FLOAT32,
          direction,
          Finishes.PLAIN,
          PLAIN,
          16,
          x.view(2, 16, 7, 8),
          Layout.SPACED,
          x);
      check(
          DType.FLOAT32,
          direction,
          Finishes.PLAIN,
          PLAIN,
          16,
          x.view(2, 16, 7, 8),
          Layout.BACKWARDS,
          x);
    }
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void takesEveryGeometry(Direction direction) {
    List<Window> windows =
        List.of(
            new Window(3, 3, 1, 1, 1, 1, 1, 1, 1),
            new Window(5, 5, 1, 1, 0, 0, 1, 1, 1),
            new Window(1, 1, 1, 1, 0, 0, 1, 1, 1),
            new Window(3, 2, 2, 3, 1, 0, 1, 1, 1),
            new Window(3, 3, 1, 1, 2, 2, 2, 2, 1),
            new Window(2, 3, 3, 2, 2, 1, 2, 3, 1),
            new Window(3, 3, 1, 1, 1, 1, 1, 1, 2),
            new Window(3, 3, 2, 1, 1, 1, 1, 1, 4));
    for (Window window : windows) {
      for (Layout layout : List.of(Layout.CONTIGUOUS, Layout.CHANNELS_LAST)) {
        check(
            DType.FLOAT32,
            direction,
            Finishes.PLAIN,
            window,
            8,
            layout.view(2, 4, 9, 11),
            Layout.CONTIGUOUS,
            layout);
        check(
            DType.FLOAT32,
            direction,
            Finishes.PLAIN,
            window,
            16,
            layout.view(1, 16, 13, 9),
            Layout.CONTIGUOUS,
            layout);
      }
    }
    for (long n : new long[] {0, 1, 3}) {
      for (long c : new long[] {0, 1, 3, 33}) {
        for (long o : new long[] {0, 1, 7}) {
          check(
              DType.FLOAT32,
              direction,
              Finishes.PLAIN,
              PLAIN,
              o,
              Layout.CONTIGUOUS.view(n, c, 5, 4),
              Layout.CONTIGUOUS,
              Layout.CHANNELS_LAST);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Finishes.class)
  void finishes(Finishes finish) {
    for (Direction direction : Direction.values()) {
      for (Layout layout : List.of(Layout.CONTIGUOUS, Layout.CHANNELS_LAST, Layout.SPACED)) {
        check(
            DType.FLOAT32,
            direction,
            finish,
            PLAIN,
            6,
            layout.view(2, 4, 7, 8),
            Layout.CONTIGUOUS,
            layout);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"FLOAT16", "BFLOAT16", "FLOAT64", "INT32", "INT64", "INT8"})
  void takesEveryType(DType type) {
    for (Direction direction : Direction.values()) {
      for (Layout layout : List.of(Layout.CONTIGUOUS, Layout.CHANNELS_LAST)) {
        check(
            type,
            direction,
            Finishes.PLAIN,
            PLAIN,
            4,
            layout.view(2, 3, 6, 5),
            Layout.CONTIGUOUS,
            layout);
        if (type.isFloatingPoint()) {
          check(
              type,
              direction,
              Finishes.BIAS_RELU,
              PLAIN,
              4,
              layout.view(2, 3, 6, 5),
              Layout.CONTIGUOUS,
              layout);
        }
      }
    }
  }

  /// The gradient of a sum is one number, repeated.
  @Test
  void takesRepeatedGradients() {
    View x = View.contiguous(Shape.of(2, 3, 7, 8));
    View w = View.contiguous(Shape.of(4, 3, 3, 3));
    View y = View.contiguous(Shape.of(1, 1, 1, 1)).expand(Shape.of(2, 4, 5, 6));
    check(DType.FLOAT32, Direction.BACKWARD_DATA, Finishes.PLAIN, PLAIN, x, w, y);
    check(DType.FLOAT32, Direction.BACKWARD_WEIGHTS, Finishes.PLAIN, PLAIN, x, w, y);
  }
}
