package dev.javelin.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.javelin.kernels.Kernel.Fold;
import dev.javelin.kernels.Kernel.FoldOp;
import dev.javelin.kernels.Kernel.Operand;
import dev.javelin.kernels.Kernel.Store;
import dev.javelin.kernels.Kernel.Window;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Kernels small enough to compute by hand.
class InterpreterTest {
  private static final DType F = DType.FLOAT32;
  private static final DType I = DType.INT32;
  private static final DType L = DType.INT64;
  private static final double NAN = Double.NaN;
  private static final double INFINITY = Double.POSITIVE_INFINITY;

  private static double[] run(Kernel kernel, int result, double[][] values, long... params) {
    List<DType> types = kernel.buffers();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment[] memory = new MemorySegment[values.length];
      for (int b = 0; b < values.length; b++) {
        memory[b] = arena.allocate(8L * Math.max(1, values[b].length), 8);
        for (int i = 0; i < values[b].length; i++) {
          Numbers.setDouble(types.get(b), memory[b], i, values[b][i]);
        }
      }
      Interpreter.run(kernel, memory, params);
      double[] out = new double[values[result].length];
      for (int i = 0; i < out.length; i++) {
        out[i] = Numbers.getDouble(types.get(result), memory[result], i);
      }
      return out;
    }
  }

  private static View view(long... sizes) {
    return View.contiguous(Shape.of(sizes));
  }

  private static Operand at(int buffer, long... sizes) {
    return new Operand(buffer, view(sizes));
  }

  @Test
  void mapsWithParametersPositionsAndConversions() {
    ProgramBuilder b = new ProgramBuilder();
    int x = b.add(new Instr.Load(0, view(2, 2), F));
    int scaled = b.apply(ScalarOp.MUL, x, b.add(new Instr.Param(0, F)));
    int place = b.cast(F, b.add(new Instr.Iota(view(2, 2))));
    int sum = b.apply(ScalarOp.ADD, scaled, place);
    int big = b.apply(ScalarOp.GT, sum, b.constant(F, 10));
    Kernel kernel =
        new Kernel.Map(
            List.of(F, F, DType.BOOL),
            List.of(
                new Kernel.Part(
                    Shape.of(2, 2),
                    b.build(),
                    List.of(new Store(at(1, 2, 2), sum), new Store(at(2, 2, 2), big)))));
    double[][] memory = {{1, 2, 3, 4}, new double[4], new double[4]};
    long three = Double.doubleToRawLongBits(3);
    assertArrayEquals(new double[] {3, 7, 11, 15}, run(kernel, 1, memory, three));
    assertArrayEquals(new double[] {0, 0, 1, 1}, run(kernel, 2, memory, three));
  }

  private static Kernel reduce(FoldOp op, DType type, long outer, long inner) {
    ProgramBuilder body = new ProgramBuilder();
    int x = body.add(new Instr.Load(0, view(outer, inner), type));
    boolean arg = op == FoldOp.ARGMAX || op == FoldOp.ARGMIN;
    DType result = arg ? L : type.register();
    return new Kernel.Reduce(
        List.of(type, result),
        Shape.of(outer),
        Shape.of(inner),
        body.build(),
        List.of(new Fold(op, x, result)),
        Program.result(result),
        List.of(new Store(at(1, outer), 0)));
  }

  @Test
  void folds() {
    double[][] memory = {{3, -1, 3, 0, NAN, 5}, {9, 9}};
    assertArrayEquals(new double[] {5, NAN}, run(reduce(FoldOp.SUM, F, 2, 3), 1, memory));
    assertArrayEquals(new double[] {-9, NAN}, run(reduce(FoldOp.PROD, F, 2, 3), 1, memory));
    assertArrayEquals(new double[] {3, NAN}, run(reduce(FoldOp.MAX, F, 2, 3), 1, memory));
    assertArrayEquals(new double[] {-1, NAN}, run(reduce(FoldOp.MIN, F, 2, 3), 1, memory));
    assertArrayEquals(new double[] {0, 1}, run(reduce(FoldOp.ARGMAX, F, 2, 3), 1, memory));
    assertArrayEquals(new double[] {1, 1}, run(reduce(FoldOp.ARGMIN, F, 2, 3), 1, memory));
    double[][] whole = {{3, -1, 3, 0, 7, 7}, {9, 9}};
    assertArrayEquals(new double[] {5, 14}, run(reduce(FoldOp.SUM, I, 2, 3), 1, whole));
    assertArrayEquals(new double[] {0, 1}, run(reduce(FoldOp.ARGMAX, I, 2, 3), 1, whole));
    assertArrayEquals(new double[] {1, 0}, run(reduce(FoldOp.ARGMIN, L, 2, 3), 1, whole));
  }

  @Test
  void foldsNothing() {
    double[][] memory = {{}, {9, 9}};
    assertArrayEquals(new double[] {0, 0}, run(reduce(FoldOp.SUM, F, 2, 0), 1, memory));
    assertArrayEquals(new double[] {1, 1}, run(reduce(FoldOp.PROD, F, 2, 0), 1, memory));
    assertArrayEquals(
        new double[] {-INFINITY, -INFINITY}, run(reduce(FoldOp.MAX, F, 2, 0), 1, memory));
    assertArrayEquals(
        new double[] {INFINITY, INFINITY}, run(reduce(FoldOp.MIN, F, 2, 0), 1, memory));
    assertArrayEquals(
        new double[] {Integer.MIN_VALUE, Integer.MIN_VALUE},
        run(reduce(FoldOp.MAX, I, 2, 0), 1, memory));
    assertArrayEquals(
        new double[] {Long.MAX_VALUE, Long.MAX_VALUE}, run(reduce(FoldOp.MIN, L, 2, 0), 1, memory));
  }

  /// Softmax: the largest, then the sum of exponentials that needs it, then the quotients.
  @Test
  void runsRowsThroughSeveralFolds() {
    ProgramBuilder b = new ProgramBuilder();
    int x = b.add(new Instr.Load(0, view(1, 2), F));
    int max = b.add(new Instr.Result(0, F));
    int exp = b.apply(ScalarOp.EXP, b.apply(ScalarOp.SUB, x, max));
    int y = b.apply(ScalarOp.DIV, exp, b.add(new Instr.Result(1, F)));
    ProgramBuilder finish = new ProgramBuilder();
    finish.apply(
        ScalarOp.ADD, finish.add(new Instr.Result(0, F)), finish.add(new Instr.Result(1, F)));
    Kernel kernel =
        new Kernel.RowWise(
            List.of(F, F, F),
            Shape.of(1),
            Shape.of(2),
            b.build(),
            List.of(new Fold(FoldOp.MAX, x, F), new Fold(FoldOp.SUM, exp, F)),
            List.of(new Store(at(1, 1, 2), y)),
            finish.build(),
            List.of(new Store(at(2, 1), 2)));
    double[][] memory = {{Math.log(1), Math.log(3)}, {0, 0}, {0}};
    double[] softmax = run(kernel, 1, memory);
    assertEquals(0.25, softmax[0], 1e-7);
    assertEquals(0.75, softmax[1], 1e-7);
    assertEquals(Math.log(3) + 4 / 3.0, run(kernel, 2, memory)[0], 1e-6);
  }

  @Test
  void multipliesMatrices() {
    ProgramBuilder finish = new ProgramBuilder();
    int sum =
        finish.apply(
            ScalarOp.ADD,
            finish.add(new Instr.Result(0, F)),
            finish.add(new Instr.Load(2, View.of(Shape.of(2, 2), new long[] {0, 1}, 0), F)));
    Kernel kernel =
        new Kernel.Contract(
            List.of(F, F, F, F),
            at(0, 2, 3),
            at(1, 3, 2),
            F,
            finish.build(),
            new Store(at(3, 2, 2), sum));
    double[][] memory = {{1, 2, 3, 4, 5, 6}, {1, 0, 0, 1, 1, 1}, {100, 200}, new double[4]};
    assertArrayEquals(new double[] {104, 205, 110, 211}, run(kernel, 3, memory));
  }

  private static Kernel convolve(Kernel.Direction direction) {
    Window window = new Window(2, 2, 1, 1, 0, 0, 1, 1, 1);
    return new Kernel.Convolve(
        List.of(F, F, F),
        direction,
        window,
        at(0, 1, 1, 3, 3),
        at(1, 1, 1, 2, 2),
        at(2, 1, 1, 2, 2),
        F,
        Program.result(F),
        0);
  }

  @Test
  void convolves() {
    double[][] memory = {{1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 0, 0, -1}, {1, 2, 3, 4}};
    assertArrayEquals(
        new double[] {-4, -4, -4, -4}, run(convolve(Kernel.Direction.FORWARD), 2, memory));
    assertArrayEquals(
        new double[] {1, 2, 0, 3, 3, -2, 0, -3, -4},
        run(convolve(Kernel.Direction.BACKWARD_DATA), 0, memory));
    assertArrayEquals(
        new double[] {37, 47, 67, 77}, run(convolve(Kernel.Direction.BACKWARD_WEIGHTS), 1, memory));
  }

  @Test
  void convolvesWithStridePaddingDilationAndGroups() {
    Window window = new Window(1, 2, 1, 2, 0, 1, 1, 2, 2);
    Kernel kernel =
        new Kernel.Convolve(
            List.of(F, F, F),
            Kernel.Direction.FORWARD,
            window,
            at(0, 1, 2, 1, 3),
            at(1, 2, 1, 1, 2),
            at(2, 1, 2, 1, 2),
            F,
            Program.result(F),
            0);
    // Columns -1, 1 and 1, 3 of each group's channel.
    double[][] memory = {{1, 2, 3, 10, 20, 30}, {5, 7, 1, 2}, new double[4]};
    assertArrayEquals(new double[] {14, 10, 40, 20}, run(kernel, 2, memory));
  }

  private static Kernel pool(Kernel.PoolOp op) {
    Window window = new Window(2, 2, 1, 1, 0, 0, 1, 1, 1);
    return Kernel.Pool.of(
        List.of(F, F, I), op, window, at(0, 1, 1, 2, 3), at(1, 1, 1, 1, 2), at(2, 1, 1, 1, 2));
  }

  @Test
  void pools() {
    double[][] memory = {{1, 7, 3, 4, 7, 7}, {10, 20}, {1, 1}};
    assertArrayEquals(new double[] {7, 7}, run(pool(Kernel.PoolOp.MAX), 1, memory));
    assertArrayEquals(new double[] {1, 1}, run(pool(Kernel.PoolOp.MAX), 2, memory));
    assertArrayEquals(
        new double[] {0, 30, 0, 0, 0, 0}, run(pool(Kernel.PoolOp.MAX_BACKWARD), 0, memory));
    assertArrayEquals(new double[] {4.75, 6}, run(pool(Kernel.PoolOp.AVERAGE), 1, memory));
    assertArrayEquals(
        new double[] {2.5, 7.5, 5, 2.5, 7.5, 5},
        run(pool(Kernel.PoolOp.AVERAGE_BACKWARD), 0, memory));
    double[][] nan = {{1, NAN, 3, NAN, 7, -INFINITY}, {0, 0}, {0, 0}};
    assertArrayEquals(new double[] {1, 1}, run(pool(Kernel.PoolOp.MAX), 2, nan));
  }

  @Test
  void gathersAndScatters() {
    View row = View.of(Shape.of(3, 2), new long[] {0, 1}, 0);
    View index = View.of(Shape.of(3, 2), new long[] {1, 0}, 0);
    Kernel gather =
        new Kernel.Gather(
            List.of(F, L, F),
            Shape.of(3, 2),
            new Operand(0, row),
            2,
            2,
            new Operand(1, index),
            at(2, 3, 2));
    double[][] memory = {{1, 2, 3, 4}, {1, 0, 1}, new double[6]};
    assertArrayEquals(new double[] {3, 4, 1, 2, 3, 4}, run(gather, 2, memory));
    for (boolean add : new boolean[] {true, false}) {
      Kernel scatter =
          new Kernel.Scatter(
              List.of(F, L, F),
              Shape.of(3, 2),
              at(0, 3, 2),
              new Operand(1, index),
              new Operand(2, row),
              2,
              2,
              add);
      double[][] back = {{1, 2, 3, 4, 5, 6}, {1, 0, 1}, {10, 20, 30, 40}};
      assertArrayEquals(
          add ? new double[] {13, 24, 36, 48} : new double[] {3, 4, 5, 6}, run(scatter, 2, back));
    }
    memory[1][2] = 2;
    var error = assertThrows(IndexOutOfBoundsException.class, () -> run(gather, 2, memory));
    assertEquals("index 2 is out of bounds for a dimension of size 2", error.getMessage());
  }

  @Test
  void drawsRandomNumbers() {
    double[] words =
        run(
            new Kernel.Random(List.of(L), Kernel.Distribution.WORDS, at(0, 5)),
            0,
            new double[][] {new double[5]},
            0,
            0);
    assertArrayEquals(
        new double[] {0x6627e8d5L, 0xe169c58dL, 0xbc57ac4cL, 0x9b00dbd8L},
        new double[] {words[0], words[1], words[2], words[3]});
    int[] next = new int[4];
    Philox.block(0, 1, 0, next);
    assertEquals(Integer.toUnsignedLong(next[0]), (long) words[4]);
    double[] normal =
        run(
            new Kernel.Random(List.of(F), Kernel.Distribution.NORMAL, at(0, 2)),
            0,
            new double[][] {new double[2]},
            0,
            0);
    double u = Philox.uniform(0x6627e8d5);
    double v = Philox.uniform(0xe169c58d);
    double radius = Math.sqrt(-2 * Math.log(1 - u));
    assertEquals(radius * Math.cos(2 * Math.PI * v), normal[0], 1e-7);
    assertEquals(radius * Math.sin(2 * Math.PI * v), normal[1], 1e-7);
    double[] wide =
        run(
            new Kernel.Random(List.of(DType.FLOAT64), Kernel.Distribution.UNIFORM, at(0, 3)),
            0,
            new double[][] {new double[3]},
            0,
            0);
    assertEquals(Philox.uniform(0x6627e8d5, 0xe169c58d), wide[0]);
    assertEquals(Philox.uniform(0xbc57ac4c, 0x9b00dbd8), wide[1]);
    assertEquals(Philox.uniform(next[0], next[1]), wide[2]);
  }

  @Test
  void copies() {
    Kernel kernel =
        new Kernel.Copy(
            List.of(I, I),
            new Operand(0, View.of(Shape.of(2, 3), new long[] {1, 2}, 0)),
            at(1, 2, 3));
    assertArrayEquals(
        new double[] {1, 3, 5, 2, 4, 6},
        run(kernel, 1, new double[][] {{1, 2, 3, 4, 5, 6}, new double[6]}));
  }

  @Test
  void roundsOnlyWhereItStores() {
    // 1 + 2^-12 is no float16, but twice the difference to 1 is.
    ProgramBuilder b = new ProgramBuilder();
    int x = b.add(new Instr.Load(0, ONE, F));
    int sum = b.apply(ScalarOp.ADD, x, b.constant(F, 1));
    int rounded = b.cast(DType.FLOAT16, sum);
    int kept = b.apply(ScalarOp.SUB, sum, b.constant(F, 1));
    int lost = b.apply(ScalarOp.SUB, rounded, b.constant(F, 1));
    Operand out = new Operand(1, ONE);
    Operand other = new Operand(2, ONE);
    Kernel kernel =
        new Kernel.Map(
            List.of(F, DType.FLOAT16, F),
            List.of(
                new Kernel.Part(
                    Shape.SCALAR,
                    b.build(),
                    List.of(new Store(out, kept), new Store(other, lost)))));
    double[][] memory = {{0x1p-12}, {0}, {9}};
    assertArrayEquals(new double[] {0x1p-12}, run(kernel, 1, memory));
    assertArrayEquals(new double[] {0}, run(kernel, 2, memory));
  }

  private static final View ONE = View.contiguous(Shape.SCALAR);
}
