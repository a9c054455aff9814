package dev.javelin.cpu;

import dev.javelin.backend.Executable;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Kernel.Fold;
import dev.javelin.kernels.Kernel.FoldOp;
import dev.javelin.kernels.Kernel.Operand;
import dev.javelin.kernels.Kernel.Part;
import dev.javelin.kernels.Kernel.Store;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.ProgramBuilder;
import dev.javelin.kernels.ScalarOp;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.List;

/// What attention does with a block of scores between its products: kernels like any other, on scratch memory.
final class AttentionKernels {
  private AttentionKernels() {}

  static View matrix(long m, long n, long row, long column) {
    return View.of(Shape.of(m, n), new long[] {row, column}, 0);
  }

  private static View vector(long m, long stride) {
    return View.of(Shape.of(m), new long[] {stride}, 0);
  }

  private static int load(ProgramBuilder code, int buffer, View view, DType type) {
    return code.add(new Instr.Load(buffer, view, type));
  }

  /// The maximum, or 0 for a row that sees nothing, so that its exponentials are 0 and not NaN.
  private static int base(ProgramBuilder code, DType type, int largest) {
    int none = code.constant(type, Double.NEGATIVE_INFINITY);
    int isNone = code.apply(ScalarOp.EQ, largest, none);
    return code.apply(ScalarOp.SELECT, isNone, code.constant(type, 0), largest);
  }

  /// A step of the online softmax (Milakov and Gimelshein, arXiv 1805.02867). Buffers: scores `[m, n]`, which become exponentials;
  /// the largest score before `[m]` and from now on `[m]`; the sum of exponentials `[m]`; by what earlier ones shrink `[m]`.
  static Executable softmax(DType type, long m, long n) {
    View block = matrix(m, n, n, 1);
    ProgramBuilder code = new ProgramBuilder();
    int score = load(code, 0, block, type);
    int largest =
        code.apply(
            ScalarOp.MAX,
            code.add(new Instr.Result(0, type)),
            load(code, 1, matrix(m, n, 1, 0), type));
    int e = code.apply(ScalarOp.EXP, code.apply(ScalarOp.SUB, score, base(code, type, largest)));
    ProgramBuilder end = new ProgramBuilder();
    int before = load(end, 1, vector(m, 1), type);
    int after = end.apply(ScalarOp.MAX, end.add(new Instr.Result(0, type)), before);
    int shrink = end.apply(ScalarOp.EXP, end.apply(ScalarOp.SUB, before, base(end, type, after)));
    int sum =
        end.apply(
            ScalarOp.ADD,
            end.apply(ScalarOp.MUL, load(end, 3, vector(m, 1), type), shrink),
            end.add(new Instr.Result(1, type)));
    return BlockExecutor.of(
        new Kernel.RowWise(
            List.of(type, type, type, type, type),
            Shape.of(m),
            Shape.of(n),
            code.build(),
            List.of(new Fold(FoldOp.MAX, score, type), new Fold(FoldOp.SUM, e, type)),
            List.of(new Store(new Operand(0, block), e)),
            end.build(),
            List.of(
                new Store(new Operand(2, vector(m, 1)), after),
                new Store(new Operand(3, vector(m, 1)), sum),
                new Store(new Operand(4, vector(m, 1)), shrink))));
  }

  /// Multiplies each row of buffer 0 `[m, width]`, which lie side by side, by an element of buffer 1 `[m]`; buffer 2 takes the result.
  ///
  /// @param target where the rows go
  /// @param stored the dtype they have there
  static Executable rescale(DType type, View target, DType stored) {
    long m = target.shape().size(0);
    long width = target.shape().size(1);
    ProgramBuilder code = new ProgramBuilder();
    int value =
        code.apply(
            ScalarOp.MUL,
            load(code, 0, matrix(m, width, width, 1), type),
            load(code, 1, matrix(m, width, 1, 0), type));
    return map(
        List.of(type, type, stored), part(target, code, new Store(new Operand(2, target), value)));
  }

  /// What is left to do once a row. Buffers: largest scores `[m]`; sums of exponentials `[m]`; by what to multiply sums of values `[m]`; the
  /// logarithms.
  ///
  /// @param lse from one logarithm to the next
  static Executable finish(DType type, long m, long lse) {
    ProgramBuilder code = new ProgramBuilder();
    int total = load(code, 1, vector(m, 1), type);
    int isNone = code.apply(ScalarOp.EQ, total, code.constant(type, 0));
    int inverse =
        code.apply(
            ScalarOp.SELECT,
            isNone,
            code.constant(type, 0),
            code.apply(ScalarOp.DIV, code.constant(type, 1), total));
    int log =
        code.apply(
            ScalarOp.ADD, load(code, 0, vector(m, 1), type), code.apply(ScalarOp.LOG, total));
    int result =
        code.apply(ScalarOp.SELECT, isNone, code.constant(type, Double.POSITIVE_INFINITY), log);
    return map(
        List.of(type, type, type, type),
        part(
            vector(m, 1),
            code,
            new Store(new Operand(2, vector(m, 1)), inverse),
            new Store(new Operand(3, vector(m, lse)), result)));
  }

  /// The weights again, and their slopes. Buffers: scores `[m, n]`, which become weights; the product of gradient and values
  /// `[m, n]`, which becomes slopes of the scores; the logarithms of sums; the deltas.
  ///
  /// @param lse from one logarithm to the next
  /// @param delta from one delta to the next
  static Executable slopes(DType type, long m, long n, long lse, long delta) {
    View block = matrix(m, n, n, 1);
    ProgramBuilder code = new ProgramBuilder();
    int p =
        code.apply(
            ScalarOp.EXP,
            code.apply(
                ScalarOp.SUB,
                load(code, 0, block, type),
                load(code, 2, matrix(m, n, lse, 0), type)));
    int slope =
        code.apply(
            ScalarOp.MUL,
            p,
            code.apply(
                ScalarOp.SUB,
                load(code, 1, block, type),
                load(code, 3, matrix(m, n, delta, 0), type)));
    return map(
        List.of(type, type, type, type),
        part(
            block,
            code,
            new Store(new Operand(0, block), p),
            new Store(new Operand(1, block), slope)));
  }

  /// Rounds rows `[m, width]` of buffer 0 to where they belong in buffer 1.
  static Executable put(DType type, View target, DType stored) {
    long width = target.shape().size(1);
    ProgramBuilder code = new ProgramBuilder();
    int value = load(code, 0, matrix(target.shape().size(0), width, width, 1), type);
    return map(List.of(type, stored), part(target, code, new Store(new Operand(1, target), value)));
  }

  /// Adds arrays that lie one after the other in buffer 0, each of the target's shape, and multiplies the sums.
  static Executable sum(DType type, int arrays, double factor, View target, DType stored) {
    ProgramBuilder code = new ProgramBuilder();
    long[] strides = View.contiguous(target.shape()).strides();
    int sum = -1;
    for (int i = 0; i < arrays; i++) {
      View view = View.of(target.shape(), strides, i * target.shape().numel());
      int next = load(code, 0, view, type);
      sum = i == 0 ? next : code.apply(ScalarOp.ADD, sum, next);
    }
    int value = code.apply(ScalarOp.MUL, sum, code.constant(type, factor));
    return map(List.of(type, stored), part(target, code, new Store(new Operand(1, target), value)));
  }

  private static Part part(View space, ProgramBuilder code, Store... stores) {
    Program program = code.build();
    return new Part(space.shape(), program, List.of(stores));
  }

  private static Executable map(List<DType> buffers, Part... parts) {
    return BlockExecutor.of(new Kernel.Map(buffers, List.of(parts)));
  }
}
