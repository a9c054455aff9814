package dev.javelin.opencl;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.ProgramBuilder;
import dev.javelin.kernels.ScalarOp;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Matrix products and convolutions against the interpreter.
@EnabledIf("dev.javelin.opencl.Cases#areToRun")
final class ProductKernelsTest {
  private final SplittableRandom random = new SplittableRandom(42);

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"INT8", "INT32", "INT64", "FLOAT16", "BFLOAT16", "FLOAT64"})
  void productsOfEveryType(DType type) {
    product(type, 33, 70, 17);
  }

  @Test
  void productsOfEveryShape() {
    product(DType.FLOAT32, 1, 40, 31);
    product(DType.FLOAT32, 64, 3, 5);
    product(DType.FLOAT32, 130, 70, 300);
  }

  private void product(DType type, long m, long n, long k) {
    View a = Views.any(random, 2, m, k);
    View b = Views.any(random, 2, k, n);
    contract(type, a, b, Views.any(random, 2, m, n), true);
  }

  /// On GPUs runs of neighbours are loaded at once, along sums and across them, where all of them are aligned.
  @Test
  void runsOfNeighbours() {
    for (long k : new long[] {68, 66}) {
      for (long offset : new long[] {0, 1}) {
        long m = k + 4;
        View a = View.of(Shape.of(70, k), new long[] {k, 1}, offset);
        View b = View.of(Shape.of(k, m), new long[] {1, k}, 4);
        View out = View.contiguous(Shape.of(70, m));
        contract(DType.FLOAT32, a, b, out, false);
        View across = View.of(Shape.of(m, k), new long[] {1, m}, offset);
        View columns = View.of(Shape.of(k, 70), new long[] {70, 1}, 0);
        contract(DType.FLOAT32, across, columns, View.contiguous(Shape.of(m, 70)), false);
      }
    }
  }

  @Test
  void manyRowsByOneMatrix() {
    View b = Views.repeated(Views.any(random, 3, 20, 50), 0);
    View out = View.contiguous(Shape.of(3, 30, 50));
    contract(DType.FLOAT32, View.contiguous(Shape.of(3, 30, 20)), b, out, true);
    contract(DType.FLOAT32, Views.any(random, 3, 30, 20), b, out, false);
  }

  @Test
  void longSumsInParts() {
    View a = View.contiguous(Shape.of(3000, 7)).permute(1, 0);
    View b = View.contiguous(Shape.of(3000, 9));
    contract(DType.FLOAT32, a, b, View.contiguous(Shape.of(7, 9)), true);
    contract(DType.INT64, a, b, View.contiguous(Shape.of(7, 9)), true);
  }

  @Test
  void nothingToAddAndNothingToDo() {
    View none = View.contiguous(Shape.of(4, 0));
    contract(DType.FLOAT32, none, none.permute(1, 0), View.contiguous(Shape.of(4, 4)), true);
    contract(
        DType.FLOAT32,
        none.permute(1, 0),
        View.contiguous(Shape.of(4, 3)),
        View.contiguous(Shape.of(0, 3)),
        false);
  }

  private static void contract(DType type, View a, View b, View out, boolean epilogue) {
    DType register = type.register();
    Shape shape = out.shape();
    ProgramBuilder finish = new ProgramBuilder();
    int value = finish.add(new Instr.Result(0, register));
    if (epilogue) {
      // A bias for each column, and what was there.
      long[] strides = new long[shape.rank()];
      strides[shape.rank() - 1] = 1;
      int bias = finish.add(new Instr.Load(3, View.of(shape, strides, 1), type));
      value = finish.apply(ScalarOp.ADD, value, bias);
      value = finish.apply(ScalarOp.MAX, value, finish.add(new Instr.Load(2, out, type)));
    }
    Kernel kernel =
        new Kernel.Contract(
            epilogue ? List.of(type, type, type, type) : List.of(type, type, type),
            new Kernel.Operand(0, a),
            new Kernel.Operand(1, b),
            register,
            finish.build(),
            new Kernel.Store(new Kernel.Operand(2, out), value));
    check(kernel, type);
  }

  @ParameterizedTest
  @EnumSource(Kernel.Direction.class)
  void convolutions(Kernel.Direction direction) {
    Kernel.Window plain = new Kernel.Window(3, 3, 1, 1, 1, 1, 1, 1, 1);
    Kernel.Window wild = new Kernel.Window(3, 2, 2, 3, 2, 1, 1, 2, 2);
    convolve(direction, DType.FLOAT32, plain, true);
    convolve(direction, DType.FLOAT32, wild, false);
    convolve(direction, DType.BFLOAT16, plain, false);
    convolve(direction, DType.INT32, wild, true);
  }

  private void convolve(
      Kernel.Direction direction, DType type, Kernel.Window window, boolean contiguous) {
    long groups = window.groups();
    long[] x = {3, 2 * groups, 11, 20};
    long[] w = {9 * groups, 2, window.kernelH(), window.kernelW()};
    long[] y = {3, 9 * groups, window.outHeight(11), window.outWidth(20)};
    View atX = contiguous ? View.contiguous(Shape.of(x)) : Views.any(random, x);
    View atW = contiguous ? View.contiguous(Shape.of(w)) : Views.any(random, w);
    View atY = contiguous ? View.contiguous(Shape.of(y)) : Views.any(random, y);
    View target =
        switch (direction) {
          case FORWARD -> atY;
          case BACKWARD_DATA -> atX;
          case BACKWARD_WEIGHTS -> atW;
        };
    ProgramBuilder finish = new ProgramBuilder();
    View bias = View.of(target.shape(), new long[] {0, 1, 0, 0}, 0);
    int value =
        finish.apply(
            ScalarOp.ADD,
            finish.add(new Instr.Result(0, type.register())),
            finish.add(new Instr.Load(3, bias, type)));
    Program program = finish.build();
    check(
        new Kernel.Convolve(
            List.of(type, type, type, type),
            direction,
            window,
            new Kernel.Operand(0, atX),
            new Kernel.Operand(1, atW),
            new Kernel.Operand(2, atY),
            type.register(),
            program,
            value),
        type);
  }

  private static void check(Kernel kernel, DType type) {
    double tolerance =
        switch (type) {
          case FLOAT16 -> 1e-3;
          case BFLOAT16 -> 1e-2;
          case FLOAT32 -> 1e-4;
          case FLOAT64 -> 1e-13;
          case BOOL, UINT8, INT8, INT16, INT32, INT64 -> 0;
        };
    KernelCheck.of(kernel)
        .filledWith(
            (buffer, i, numbers) ->
                type.isFloatingPoint() ? numbers.nextDouble(-1, 1) : numbers.nextInt(-100, 100))
        .within(tolerance)
        .run();
  }
}
