package dev.javelin.cpu;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.ScalarOp;
import java.util.Arrays;
import java.util.List;

/// Which loops a program takes: finds what is needed at all, and pairs of operations that one loop
/// does at once.
///
/// A comparison and the selection by it (relu, its gradient, clamping) and a product and the sum
/// with it are the pairs worth having: each saves a pass over the block.
final class Fusion {
  private final List<Instr> code;
  private final Loops loops;
  private final boolean[] needed;
  private final int[] uses;

  /// The operands of each operation, after joining.
  private final int[][] args;

  /// For an operation that absorbed another: which; else -1.
  private final int[] absorbed;

  /// @param code the instructions
  /// @param wanted the values that are stored or folded, repeated where several do
  /// @param kind when each value is computed; only operations that run together are joined
  /// @param loops the loops to choose from
  Fusion(List<Instr> code, int[] wanted, int[] kind, Loops loops) {
    this.code = code;
    this.loops = loops;
    int count = code.size();
    needed = new boolean[count];
    uses = new int[count];
    args = new int[count][];
    absorbed = new int[count];
    Arrays.fill(absorbed, -1);
    for (int v : wanted) {
      needed[v] = true;
      uses[v]++;
    }
    // Stored conversions come last and operands precede their users, so one pass from the end sees
    // every use.
    for (int v = count - 1; v >= 0; v--) {
      args[v] = operands(code.get(v));
      if (needed[v]) {
        for (int x : args[v]) {
          needed[x] = true;
          uses[x]++;
        }
      }
    }
    for (int v = count - 1; v >= 0; v--) {
      if (needed[v] && code.get(v) instanceof Instr.Apply apply) {
        join(v, apply, kind);
      }
    }
  }

  /// The values that an instruction reads.
  static int[] operands(Instr instr) {
    return switch (instr) {
      case Instr.Apply apply ->
          switch (apply.op().arity()) {
            case 1 -> new int[] {apply.x()};
            case 2 -> new int[] {apply.x(), apply.y()};
            default -> new int[] {apply.x(), apply.y(), apply.z()};
          };
      case Instr.Cast cast -> new int[] {cast.x()};
      case Instr.Load _, Instr.Iota _, Instr.Const _, Instr.Param _, Instr.Result _ -> new int[0];
    };
  }

  private void join(int v, Instr.Apply apply, int[] kind) {
    if (apply.op() == ScalarOp.SELECT && absorbs(v, apply.x(), kind)) {
      Instr.Apply test = (Instr.Apply) code.get(apply.x());
      DType type = code.get(test.x()).type();
      if (type == DType.FLOAT32 && apply.type() == DType.FLOAT32 && isComparison(test.op())) {
        absorb(v, apply.x(), test.x(), test.y(), apply.y(), apply.z());
      }
    } else if (isJoinable(apply.op()) && apply.type() == DType.FLOAT32) {
      boolean difference = apply.op() == ScalarOp.SUB;
      if (isProduct(apply.y()) && absorbs(v, apply.y(), kind)) {
        int[] factors = args[apply.y()];
        absorb(v, apply.y(), factors[0], factors[1], apply.x());
      } else if (!difference && isProduct(apply.x()) && absorbs(v, apply.x(), kind)) {
        int[] factors = args[apply.x()];
        absorb(v, apply.x(), factors[0], factors[1], apply.y());
      }
    }
    boolean swaps = args[v].length == 3 && absorbed[v] >= 0 || isCommutative(apply.op());
    if (swaps && kind[args[v][0]] < kind[args[v][1]] && kind[args[v][0]] == BlockCompiler.UNIFORM) {
      // Loops are faster where the second factor is the same for all.
      int first = args[v][0];
      args[v][0] = args[v][1];
      args[v][1] = first;
    }
  }

  private static boolean isComparison(ScalarOp op) {
    return op.isPredicate() && op != ScalarOp.NOT;
  }

  private static boolean isJoinable(ScalarOp op) {
    return op == ScalarOp.ADD || op == ScalarOp.SUB;
  }

  private static boolean isCommutative(ScalarOp op) {
    return switch (op) {
      case ADD, MUL, MAX, MIN -> true;
      default -> false;
    };
  }

  private boolean isProduct(int v) {
    return code.get(v) instanceof Instr.Apply apply && apply.op() == ScalarOp.MUL;
  }

  private boolean absorbs(int v, int u, int[] kind) {
    return uses[u] == 1 && kind[u] == kind[v] && code.get(u) instanceof Instr.Apply;
  }

  private void absorb(int v, int u, int... operands) {
    absorbed[v] = u;
    needed[u] = false;
    args[v] = operands;
  }

  /// Whether a value is computed by a step of its own.
  boolean isNeeded(int v) {
    return needed[v];
  }

  /// The value that is computed in a value's step, too; -1 if none is.
  int absorbed(int v) {
    return absorbed[v];
  }

  /// What a value's step reads.
  int[] args(int v) {
    return args[v];
  }

  /// The step that computes a value.
  ///
  /// @param v an operation or a conversion
  /// @param target where the result goes
  /// @param base the place of value 0
  Step step(int v, OpSteps.Target target, int base) {
    OpSteps.Operand[] in = new OpSteps.Operand[args[v].length];
    for (int i = 0; i < in.length; i++) {
      int x = args[v][i];
      in[i] = new OpSteps.Operand(base + x, code.get(x).type().bytes());
    }
    DType type = code.get(args[v][0]).type();
    if (code.get(v) instanceof Instr.Cast cast) {
      return new OpSteps.Unary(target, loops.cast(type, cast.target()), in[0]);
    }
    Instr.Apply apply = (Instr.Apply) code.get(v);
    return switch (in.length) {
      case 1 -> new OpSteps.Unary(target, loops.unary(apply.op(), type), in[0]);
      case 2 -> new OpSteps.Binary(target, loops.binary(apply.op(), type), in[0], in[1]);
      case 3 ->
          new OpSteps.Ternary(
              target,
              switch (apply.op()) {
                case SELECT -> loops.select(apply.type());
                case SUB -> loops.subtractProduct();
                default -> loops.multiplyAdd();
              },
              in[0],
              in[1],
              in[2]);
      default -> {
        ScalarOp test = ((Instr.Apply) code.get(absorbed[v])).op();
        yield new OpSteps.Quaternary(target, loops.compareSelect(test), in[0], in[1], in[2], in[3]);
      }
    };
  }

  /// Roughly what a value costs per element, in units of an addition of floats.
  double cost(int v, Strider view) {
    return switch (code.get(v)) {
      case Instr.Load(_, _, DType stored) ->
          (view.contiguous() ? 0.5 : view.step() == 1 || view.step() == 0 ? 1 : 5)
              + (stored == stored.register() ? 0 : 4);
      case Instr.Iota _ -> 2;
      case Instr.Result _ -> 0.5;
      case Instr.Const _, Instr.Param _ -> 0;
      case Instr.Apply apply -> Loops.cost(apply.op(), code.get(args[v][0]).type());
      case Instr.Cast _ -> 4;
    };
  }
}
