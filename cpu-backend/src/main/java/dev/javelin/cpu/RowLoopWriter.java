package dev.javelin.cpu;

import static java.lang.constant.ConstantDescs.CD_double;
import static java.lang.constant.ConstantDescs.CD_float;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.List;
import java.util.Locale;

/// Writes the class of a [Loop] over rows: all folds and all operations of a [RowShape], with what is
/// the same for a row, and the sums so far, in registers of the processor.
///
/// What is left of a row behind the whole vectors is copied to rooms of a vector each and computed there.
/// Every sum is that of [VectorFolds], to the last bit.
///
/// The arguments: the address of room for two vectors; that of the rooms for the rest; for each input its
/// address and, unless there is one number for all, the bytes from row to row; for each fold where its
/// results go; for each output its address and the bytes from row to row; for each kept value the address
/// of a row and a vector.
final class RowLoopWriter {
  /// The size of a room for the rest of a row, at least a vector.
  static final long REST_ROOM = 64;

  private static final ClassDesc MEMORY = ClassDesc.of(Memory.class.getName());
  private static final ClassDesc FOLDS = ClassDesc.of(VectorFolds.class.getName());
  private static final ClassDesc ELEMENTS = ClassDesc.of(Elements.class.getName());

  /// How many sums there are of each fold: additions wait for the one before.
  private static final int PARTS = 4;

  private static final long BYTES = VectorLoops.BYTES;

  private final RowShape shape;
  private final RowPhases phases;

  /// The bytes of a row that are whole vectors, and the others.
  private final long whole;

  private final long rest;

  // The numbers of local variables.
  private final Locals locals = new Locals();
  private final int room = locals.take(2);
  private final int rests = locals.take(2);
  private final int at = locals.take(2);
  private final int address = locals.take(2);
  private final int result = locals.take(1);

  /// The local variables of the values.
  private final int[] values;

  private final int[] addresses;
  private final int[] steps;
  private final int[] results;
  private final int[] targets;
  private final int[] targetSteps;
  private final int[] memory;

  /// The local variables of the sums of each fold.
  private final int[][] sums;

  private final FunctionCopier copier;

  private RowLoopWriter(RowShape shape, RowPhases phases, CodeBuilder code) {
    this.shape = shape;
    this.phases = phases;
    this.whole = shape.length() / VectorLoops.W * BYTES;
    this.rest = 4L * shape.length() - whole;
    this.values = locals.take(shape.values(), 1);
    this.addresses = locals.take(shape.inputs().size(), 2);
    this.steps = locals.take(shape.inputs().size(), 2);
    this.results = locals.take(shape.folds().size(), 2);
    this.targets = locals.take(shape.outputs().size(), 2);
    this.targetSteps = locals.take(shape.outputs().size(), 2);
    this.memory = locals.take(phases.kept().size(), 2);
    this.sums = new int[shape.folds().size()][];
    for (int f = 0; f < sums.length; f++) {
      sums[f] = locals.take(PARTS, 1);
    }
    List<String> functions =
        shape.operations().stream().map(LoopShape.Operation::function).toList();
    this.copier = new FunctionCopier(code, functions, room, locals.free());
  }

  /// Writes and loads the class of a loop.
  static Loop write(RowShape shape) {
    RowPhases phases = new RowPhases(shape);
    return VectorCode.load(
        VectorCode.bytes(code -> new RowLoopWriter(shape, phases, code).body(code)));
  }

  /// How many rooms for rests a loop has.
  static int rests(RowShape shape) {
    return shape.inputs().size() + shape.folds().size() + shape.outputs().size();
  }

  private void body(CodeBuilder code) {
    begin(code);
    Label next = code.newBoundLabel();
    Label end = code.newLabel();
    code.iload(VectorCode.COUNT).ifle(end);
    beginRow(code);
    for (int p = 0; p < phases.count(); p++) {
      for (int v : phases.perRow(p)) {
        compute(v);
      }
      walk(code, p);
    }
    advance(code, addresses, steps);
    advance(code, targets, targetSteps);
    for (int result : results) {
      code.lload(result).loadConstant(4L).ladd().lstore(result);
    }
    code.iinc(VectorCode.COUNT, -1).goto_(next);
    code.labelBinding(end).return_();
  }

  private void begin(CodeBuilder code) {
    int argument = 0;
    argument(code, argument++, room);
    argument(code, argument++, rests);
    for (int i = 0; i < addresses.length; i++) {
      argument(code, argument++, addresses[i]);
      if (shape.inputs().get(i) == RowShape.Input.ALL) {
        code.lconst_0().lstore(steps[i]);
        code.lload(addresses[i]).lstore(address);
        copier.inline("load", List.of(address), values[i]);
      } else {
        argument(code, argument++, steps[i]);
      }
    }
    for (int result : results) {
      argument(code, argument++, result);
    }
    for (int i = 0; i < targets.length; i++) {
      argument(code, argument++, targets[i]);
      argument(code, argument++, targetSteps[i]);
    }
    for (int kept : memory) {
      argument(code, argument++, kept);
    }
  }

  private static void argument(CodeBuilder code, int number, int local) {
    code.aload(VectorCode.ARGUMENTS).loadConstant(number).laload().lstore(local);
  }

  private static void advance(CodeBuilder code, int[] addresses, int[] steps) {
    for (int i = 0; i < addresses.length; i++) {
      code.lload(addresses[i]).lload(steps[i]).ladd().lstore(addresses[i]);
    }
  }

  private void beginRow(CodeBuilder code) {
    for (int i = 0; i < addresses.length; i++) {
      switch (shape.inputs().get(i)) {
        case ROW -> {
          code.lload(addresses[i]).lstore(address);
          copier.inline("spread", List.of(address), values[i]);
        }
        case ELEMENTS -> {
          if (rest > 0) {
            code.lload(addresses[i]).loadConstant(whole).ladd().loadConstant(4L);
            restRoom(code, i);
            copyRest(code);
          }
        }
        case ALL -> {}
      }
    }
  }

  /// Puts the address of a room for a rest on the stack.
  private void restRoom(CodeBuilder code, int number) {
    code.lload(rests).loadConstant(REST_ROOM * number).ladd();
  }

  /// Copies the rest of a row. On the stack: from where, the bytes between its numbers, and to where.
  private void copyRest(CodeBuilder code) {
    code.loadConstant(4L)
        .loadConstant(rest / 4)
        .loadConstant(4)
        .invokestatic(
            ELEMENTS,
            "copyLine",
            MethodTypeDesc.of(CD_void, CD_long, CD_long, CD_long, CD_long, CD_long, CD_int));
  }

  private int restOfOutput(int output) {
    return shape.inputs().size() + output;
  }

  private int restOfFold(int fold) {
    return shape.inputs().size() + shape.outputs().size() + fold;
  }

  private void walk(CodeBuilder code, int p) {
    List<Integer> folds = phases.folds(p);
    for (int f : folds) {
      String start =
          switch (shape.folds().get(f).op()) {
            case SUM -> "zero";
            case MAX -> "lowest";
            default -> "highest";
          };
      for (int sum : sums[f]) {
        copier.inline(start, List.of(), sum);
      }
    }
    code.lconst_0().lstore(at);
    Label next = code.newBoundLabel();
    Label end = code.newLabel();
    code.lload(at).loadConstant(whole).lcmp().ifge(end);
    elements(code, p, false);
    for (int f : folds) {
      add(code, shape.folds().get(f), sums[f]);
    }
    code.lload(at).loadConstant(BYTES).ladd().lstore(at).goto_(next);
    code.labelBinding(end);
    if (rest > 0) {
      elements(code, p, true);
    }
    for (int f : folds) {
      finish(code, f, sums[f]);
    }
  }

  /// One vector of elements of a walk: the one at `at`, or the rest of the row, which comes after it.
  private void elements(CodeBuilder code, int p, boolean isRest) {
    for (int v : phases.steps(p)) {
      if (phases.isReloaded(v, p)) {
        code.lload(memory[phases.kept().indexOf(v)]).lload(at).ladd().lstore(address);
        copier.inline("load", List.of(address), values[v]);
      } else if (v < addresses.length) {
        place(code, isRest, v, addresses[v]);
        copier.inline("load", List.of(address), values[v]);
      } else {
        compute(v);
        if (phases.kept().contains(v)) {
          code.lload(memory[phases.kept().indexOf(v)]).lload(at).ladd().lstore(address);
          copier.inline("store", List.of(values[v], address), -1);
        }
      }
    }
    if (isRest) {
      for (int f : phases.folds(p)) {
        restRoom(code, restOfFold(f));
        code.lstore(address);
        copier.inline("store", List.of(values[shape.folds().get(f).value()], address), -1);
      }
    }
    if (p < phases.count() - 1) {
      return;
    }
    // The memory that is written may be memory that is read, at the same element.
    for (int i = 0; i < targets.length; i++) {
      place(code, isRest, restOfOutput(i), targets[i]);
      copier.inline("store", List.of(values[shape.outputs().get(i)], address), -1);
      if (isRest) {
        restRoom(code, restOfOutput(i));
        code.loadConstant(4L).lload(targets[i]).loadConstant(whole).ladd();
        copyRest(code);
      }
    }
  }

  private void place(CodeBuilder code, boolean isRest, int restRoom, int start) {
    if (isRest) {
      restRoom(code, restRoom);
    } else {
      code.lload(start).lload(at).ladd();
    }
    code.lstore(address);
  }

  private void compute(int v) {
    LoopShape.Operation operation = shape.operationOf(v);
    List<Integer> operands = operation.operands().stream().map(x -> values[x]).toList();
    copier.inline(operation.function(), operands, values[v]);
  }

  private static String function(RowShape.Fold fold) {
    return switch (fold.op()) {
      case SUM -> "add";
      case MAX -> "max";
      default -> "min";
    };
  }

  /// Adds a vector to the sum that has waited longest.
  private void add(CodeBuilder code, RowShape.Fold fold, int[] sums) {
    copier.inline(function(fold), List.of(sums[0], values[fold.value()]), result);
    for (int i = 1; i < PARTS; i++) {
      code.aload(sums[i]).astore(sums[i - 1]);
    }
    code.aload(result).astore(sums[PARTS - 1]);
  }

  /// Adds up the sums of a fold, writes the result, and spreads it for the next walks.
  private void finish(CodeBuilder code, int f, int[] sums) {
    RowShape.Fold fold = shape.folds().get(f);
    // Where the first sum is by now.
    int first = (int) (PARTS - whole / BYTES % PARTS);
    for (int half = 0; half < PARTS; half += 2) {
      int left = sums[(first + half) % PARTS];
      copier.inline(function(fold), List.of(left, sums[(first + half + 1) % PARTS]), left);
    }
    int total = sums[first % PARTS];
    copier.inline(function(fold), List.of(total, sums[(first + 2) % PARTS]), total);
    copier.inline("store", List.of(total, room), -1);
    String name = fold.op().name().toLowerCase(Locale.ROOT);
    code.lload(results[f]);
    // As every sum begins: a sum of negative zeros is zero.
    code.loadConstant(RowFold.identity(fold.op())).lload(room);
    restRoom(code, restOfFold(f));
    code.dup2().loadConstant(rest).ladd();
    code.invokestatic(FOLDS, name, MethodTypeDesc.of(CD_double, CD_long, CD_long, CD_long));
    switch (fold.op()) {
      case SUM -> code.dadd();
      default ->
          code.invokestatic(
              ClassDesc.of(Math.class.getName()),
              name,
              MethodTypeDesc.of(CD_double, CD_double, CD_double));
    }
    code.d2f();
    code.invokestatic(MEMORY, "putFloat", MethodTypeDesc.of(CD_void, CD_long, CD_float));
    code.lload(results[f]).lstore(address);
    copier.inline("spread", List.of(address), values[shape.result(f)]);
  }
}
