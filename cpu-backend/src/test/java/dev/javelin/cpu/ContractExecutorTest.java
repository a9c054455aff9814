package dev.javelin.cpu;

import static dev.javelin.cpu.BackendCheck.operand;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.cpu.BackendCheck.Layout;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.ProgramBuilder;
import dev.javelin.kernels.ScalarOp;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ContractExecutorTest {
  private static final long[] SIZES = {0, 1, 3, 7, 8, 13, 31, 33, 100};

  private static void check(DType stored, DType output, Finishes finish, View a, View b, View c) {
    DType type = stored.register();
    Shape shape = c.shape();
    List<DType> types = List.of(stored, stored, output, type, type);
    Program program = finish.program(type, shape, shape.rank() - 1, 3, 4, 2, output, c);
    Kernel.Store store = new Kernel.Store(operand(2, c), program.code().size() - 1);
    // Products and sums of the values that the check fills in are exact in float32.
    BackendCheck.of(new Kernel.Contract(types, operand(0, a), operand(1, b), type, program, store))
        .run();
  }

  private static void check(Finishes finish, View a, View b, View c) {
    check(DType.FLOAT32, DType.FLOAT32, finish, a, b, c);
  }

  @Test
  void multipliesMatricesOfOddSizes() {
    for (long m : SIZES) {
      for (long n : SIZES) {
        for (long k : SIZES) {
          check(
              Finishes.PLAIN,
              Layout.CONTIGUOUS.view(m, k),
              Layout.CONTIGUOUS.view(k, n),
              Layout.CONTIGUOUS.view(m, n));
        }
        long k = n;
        check(
            Finishes.BIAS_RELU,
            Layout.CONTIGUOUS.view(m, k),
            Layout.TRANSPOSED.view(k, n),
            Layout.CONTIGUOUS.view(m, n));
        check(
            Finishes.SCALED_RESIDUAL,
            Layout.TRANSPOSED.view(m, k),
            Layout.CONTIGUOUS.view(k, n),
            Layout.TRANSPOSED.view(m, n));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Finishes.class)
  void finishesEveryLayout(Finishes finish) {
    for (Layout a : Layout.values()) {
      for (Layout b : Layout.values()) {
        for (Layout c : Layout.values()) {
          check(finish, a.view(13, 33), b.view(33, 31), c.view(13, 31));
        }
        check(finish, a.view(3, 40, 33), b.view(3, 33, 31), Layout.CONTIGUOUS.view(3, 40, 31));
        check(finish, a.view(1, 8), b.view(8, 1), Layout.SPACED.view(1, 1));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void multipliesEveryType(DType type) {
    DType wide = type.register();
    for (Finishes finish : Finishes.values()) {
      if (finish == Finishes.RELU
          || finish == Finishes.BIAS_RELU
          || type.isFloatingPoint()
          || finish == Finishes.BIAS) {
        check(
            type,
            type,
            finish,
            Layout.CONTIGUOUS.view(7, 33),
            Layout.TRANSPOSED.view(33, 13),
            Layout.CONTIGUOUS.view(7, 13));
        check(
            type,
            wide,
            finish,
            Layout.SPACED.view(2, 7, 3),
            Layout.CONTIGUOUS.view(2, 3, 13),
            Layout.TRANSPOSED.view(2, 7, 13));
      }
    }
    check(
        type,
        wide,
        Finishes.PLAIN,
        Layout.CONTIGUOUS.view(5, 0),
        Layout.CONTIGUOUS.view(0, 4),
        Layout.CONTIGUOUS.view(5, 4));
  }

  @Test
  void rounds16BitResultsOnce() {
    for (DType type : List.of(DType.FLOAT16, DType.BFLOAT16)) {
      View b = Layout.CONTIGUOUS.view(100, 64);
      check(
          type,
          type,
          Finishes.PLAIN,
          Layout.CONTIGUOUS.view(33, 100),
          b,
          Layout.CONTIGUOUS.view(33, 64));
      check(
          type,
          type,
          Finishes.BIAS_RELU,
          Layout.CONTIGUOUS.view(33, 100),
          b,
          Layout.CONTIGUOUS.view(33, 64));
    }
  }

  @Test
  void walksBatches() {
    Shape batch = Shape.of(3, 4, 5, 6);
    for (Finishes finish :
        List.of(Finishes.PLAIN, Finishes.BIAS, Finishes.ACCUMULATE, Finishes.SCALED_RESIDUAL)) {
      // Both whole, one shared, shared along one batch axis each.
      View a = View.contiguous(Shape.of(3, 4, 5, 7));
      View b = View.contiguous(Shape.of(3, 4, 7, 6));
      View c = View.contiguous(batch);
      check(finish, a, b, c);
      check(finish, a, View.contiguous(Shape.of(1, 1, 7, 6)).expand(Shape.of(3, 4, 7, 6)), c);
      check(finish, View.contiguous(Shape.of(1, 1, 5, 7)).expand(Shape.of(3, 4, 5, 7)), b, c);
      check(
          finish,
          View.contiguous(Shape.of(3, 1, 5, 7)).expand(Shape.of(3, 4, 5, 7)),
          View.contiguous(Shape.of(1, 4, 7, 6)).expand(Shape.of(3, 4, 7, 6)),
          c);
      // The heads of an attention: [batch, head, token, width] of [batch, token, head, width].
      View heads = View.contiguous(Shape.of(3, 9, 4, 8)).permute(0, 2, 1, 3);
      check(finish, heads, heads.permute(0, 1, 3, 2), View.contiguous(Shape.of(3, 4, 9, 9)));
      check(finish, View.contiguous(Shape.of(3, 4, 9, 9)), heads, heads);
    }
  }

  @Test
  void walksManyOuterProducts() {
    // Neither batch axis can be merged with the other, so one of them is a loop.
    View a = View.contiguous(Shape.of(12, 20, 16, 24)).permute(1, 0, 2, 3);
    View b = View.contiguous(Shape.of(20, 12, 24, 16));
    check(Finishes.PLAIN, a, b, View.contiguous(Shape.of(20, 12, 16, 16)));
  }

  @Test
  void materialisesRepeatedOperands() {
    View ones = View.contiguous(Shape.of(1, 1)).expand(Shape.of(40, 33));
    check(Finishes.PLAIN, ones, Layout.CONTIGUOUS.view(33, 50), Layout.CONTIGUOUS.view(40, 50));
    check(Finishes.PLAIN, Layout.CONTIGUOUS.view(50, 40), ones, Layout.CONTIGUOUS.view(50, 33));
    View row = View.contiguous(Shape.of(1, 33)).expand(Shape.of(40, 33));
    check(Finishes.BIAS, row, Layout.TRANSPOSED.view(33, 50), Layout.CONTIGUOUS.view(40, 50));
  }

  @Test
  void agreesWhenLarge() {
    check(
        Finishes.BIAS_RELU,
        Layout.CONTIGUOUS.view(64, 100),
        Layout.TRANSPOSED.view(100, 256),
        Layout.CONTIGUOUS.view(64, 256));
    check(
        Finishes.SCALED_RESIDUAL,
        Layout.TRANSPOSED.view(100, 64),
        Layout.CONTIGUOUS.view(64, 256),
        Layout.CONTIGUOUS.view(100, 256));
  }

  /// The output and the residual are different buffers of the kernel, but the launch binds the same
  /// memory to both.
  @Test
  void readsWhatItOverwritesThroughAnotherBuffer() {
    Shape shape = Shape.of(2, 2);
    View view = View.contiguous(shape);
    ProgramBuilder b = new ProgramBuilder();
    int result = b.add(new Instr.Result(0, DType.FLOAT32));
    b.apply(ScalarOp.ADD, result, b.add(new Instr.Load(3, view, DType.FLOAT32)));
    DType f = DType.FLOAT32;
    Kernel kernel =
        new Kernel.Contract(
            List.of(f, f, f, f),
            operand(0, view),
            operand(1, view),
            f,
            b.build(),
            new Kernel.Store(operand(2, view), 2));
    CpuBackend backend = new CpuBackend();
    DeviceBuffer[] buffers = {
      backend.allocate(64), backend.allocate(64), backend.allocate(64), null
    };
    buffers[3] = buffers[2];
    float[][] values = {{1, 2, 3, 4}, {1, 0, 0, 1}, {10, 20, 30, 40}};
    for (int i = 0; i < 3; i++) {
      for (int j = 0; j < 4; j++) {
        Memory.putFloat(((CpuBuffer) buffers[i]).address() + 4L * j, values[i][j]);
      }
    }
    backend.compile(kernel).launch(buffers, new long[4], new long[0]);
    float[] expected = {11, 22, 33, 44};
    for (int j = 0; j < 4; j++) {
      assertEquals(expected[j], Memory.getFloat(((CpuBuffer) buffers[2]).address() + 4L * j));
    }
    for (int i = 0; i < 3; i++) {
      buffers[i].free();
    }
  }

  @Test
  void theLargerOfNotANumberAndZeroIsAsTheProgramSays() {
    Shape shape = Shape.of(1, 20);
    DType f = DType.FLOAT32;
    double[] b = new double[20];
    b[3] = Double.NaN;
    b[5] = -1;
    b[7] = 2;
    for (Finishes finish : List.of(Finishes.RELU, Finishes.BIAS_RELU, Finishes.POSITIVE)) {
      View out = View.contiguous(shape);
      Program program = finish.program(f, shape, 1, 3, 3, 2, f, out);
      Kernel kernel =
          new Kernel.Contract(
              List.of(f, f, f, f),
              operand(0, View.contiguous(Shape.of(1, 1))),
              operand(1, out),
              f,
              program,
              new Kernel.Store(operand(2, out), program.code().size() - 1));
      double[] expected = new double[20];
      expected[3] = finish == Finishes.POSITIVE ? 0 : Double.NaN;
      expected[7] = 2;
      double[][] memory = {{1}, b, new double[20], new double[22]};
      assertArrayEquals(expected, BackendCheck.launch(kernel, 2, memory), finish.name());
    }
  }
}
