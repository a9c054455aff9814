package dev.javelin.cpu;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.View;
import java.util.ArrayList;
import java.util.List;

/// Finds out whether [RowLoopWriter] can write the rows of a kernel, and what they read and write where:
/// float32 all through, rows that lie at equal distances, their elements side by side.
final class RowFinder {
  /// The shortest row that is worth it, in elements.
  private static final int SHORTEST = 64;

  /// How many calls of the Vector API a loop may have, with those for the rest of a row: beyond, the JIT
  /// inlines no longer all of them.
  private static final int MOST_CALLS = 120;

  /// What an operand of a row is, and where.
  ///
  /// @param kind a number for each element, for each row or for all
  /// @param buffer the number of the buffer; -1 for a value that is computed once
  /// @param offset the first element in the buffer, or the place of the value
  /// @param step the elements from row to row
  record Operand(RowShape.Input kind, int buffer, long offset, long step) {}

  /// Rows that can be written.
  ///
  /// @param shape what they compute
  /// @param inputs where the shape's inputs lie
  /// @param outputs where its outputs go
  /// @param sample rows for a warm-up
  record Rows(RowShape shape, List<Operand> inputs, List<Operand> outputs, RowSample sample) {}

  private final Kernel.RowWise kernel;
  private final List<Instr> code;
  private final int[] order;
  private final BlockCompiler compiler;
  private final BlockPlan plan;
  private final long rows;
  private final long length;

  /// The positions in the program of what the inputs and operations are.
  private final List<Integer> inputs = new ArrayList<>();

  private final List<Operand> operands = new ArrayList<>();
  private final List<Integer> operations = new ArrayList<>();
  private boolean fails;

  private RowFinder(Kernel.RowWise kernel, int[] order, BlockCompiler compiler, BlockPlan plan) {
    this.kernel = kernel;
    this.code = kernel.body().code();
    this.order = order;
    this.compiler = compiler;
    this.plan = plan;
    this.rows = kernel.outer().numel();
    this.length = kernel.inner().numel();
  }

  /// The rows of a kernel; null if they cannot be written.
  ///
  /// @param order the axes of its space from the slowest to the fastest
  /// @param compiler the compiler of its body
  /// @param plan what that made
  static Rows find(Kernel.RowWise kernel, int[] order, BlockCompiler compiler, BlockPlan plan) {
    return new RowFinder(kernel, order, compiler, plan).find();
  }

  private Rows find() {
    if (length < SHORTEST || kernel.folds().isEmpty()) {
      return null;
    }
    List<Operand> outputs = new ArrayList<>();
    for (Kernel.Fold fold : kernel.folds()) {
      need(fold.value());
      fails |= !isKnown(fold);
    }
    for (Kernel.Store store : kernel.stores()) {
      need(store.value());
      Kernel.Operand to = store.to();
      Operand operand = operand(to.buffer(), to.view());
      fails |=
          operand == null
              || operand.kind() != RowShape.Input.ELEMENTS
              || kernel.buffers().get(to.buffer()) != DType.FLOAT32;
      outputs.add(operand);
    }
    if (fails) {
      return null;
    }
    RowShape shape = shape();
    RowPhases phases = new RowPhases(shape);
    int arguments =
        2 + 2 * operands.size() + shape.folds().size() + 2 * outputs.size() + phases.kept().size();
    RowSample sample = sample(outputs);
    boolean fits =
        !fails
            && isByElement(shape, phases)
            && phases.calls() * (length % VectorLoops.W == 0 ? 1 : 2) <= MOST_CALLS
            && arguments <= LoopShape.MOST_ARGUMENTS
            && sample.rows() > 0;
    return fits ? new Rows(shape, operands, outputs, sample) : null;
  }

  private RowSample sample(List<Operand> outputs) {
    RowSample sample =
        new RowSample(kernel, Math.min(rows, Math.max(1, RowSample.LENGTH / length)));
    for (Operand operand : operands) {
      add(sample, operand);
    }
    for (Operand operand : outputs) {
      add(sample, operand);
    }
    for (int v = 0; v < code.size(); v++) {
      if (code.get(v) instanceof Instr.Load(int buffer, View view, DType stored)
          && compiler.kind(v) != BlockCompiler.VARYING) {
        fails |= stored != DType.FLOAT32;
        Strider strider = Strider.of(view, order);
        sample.add(buffer, strider.first, 0, strider.end - strider.first);
      }
    }
    return sample;
  }

  private void add(RowSample sample, Operand operand) {
    if (operand.buffer() >= 0) {
      long width = operand.kind() == RowShape.Input.ELEMENTS ? length : 1;
      sample.add(operand.buffer(), operand.offset(), operand.step(), width);
    }
  }

  private static boolean isKnown(Kernel.Fold fold) {
    boolean isKnown =
        switch (fold.op()) {
          case SUM, MAX, MIN -> true;
          case PROD, ARGMAX, ARGMIN -> false;
        };
    return isKnown && fold.type() == DType.FLOAT32;
  }

  /// Whether what is folded and written are numbers that differ within a row.
  private static boolean isByElement(RowShape shape, RowPhases phases) {
    List<Integer> values = new ArrayList<>(shape.outputs());
    shape.folds().forEach(fold -> values.add(fold.value()));
    return values.stream().noneMatch(v -> phases.isPerRow(v) || shape.isTruth(v));
  }

  private void need(int v) {
    if (fails || inputs.contains(v) || operations.contains(v)) {
      return;
    }
    Instr instr = code.get(v);
    if (compiler.kind(v) != BlockCompiler.VARYING) {
      once(v, instr);
    } else if (instr instanceof Instr.Load(int buffer, View view, DType stored)) {
      Operand operand = operand(buffer, view);
      fails |= operand == null || stored != DType.FLOAT32;
      input(v, operand);
    } else if (instr instanceof Instr.Result result) {
      fails |= kernel.folds().get(result.index()).type() != DType.FLOAT32;
    } else if (instr instanceof Instr.Iota) {
      fails = true;
    } else {
      for (int x : Fusion.operands(instr)) {
        need(x);
      }
      fails |= !VectorCode.Functions.has(function(v));
      operations.add(v);
    }
  }

  /// A value that is computed once: for all, or for a period of elements, which rows must begin with.
  private void once(int v, Instr instr) {
    RowShape.Input kind =
        compiler.kind(v) == BlockCompiler.UNIFORM ? RowShape.Input.ALL : RowShape.Input.ELEMENTS;
    fails |=
        instr.type() != DType.FLOAT32
            || kind == RowShape.Input.ELEMENTS && length % plan.period() != 0;
    input(v, new Operand(kind, -1, plan.place(v), 0));
  }

  private void input(int v, Operand operand) {
    inputs.add(v);
    operands.add(operand);
  }

  /// What a view is to rows; null if it is not to be had.
  private Operand operand(int buffer, View view) {
    Strider strider = Strider.of(view, order);
    if (strider.contiguous()) {
      return new Operand(RowShape.Input.ELEMENTS, buffer, strider.offset, length);
    }
    if (strider.sizes.length != 2 || strider.run() != length || strider.strides[0] < 0) {
      return null;
    }
    if (strider.step() != 0 && strider.step() != 1) {
      return null;
    }
    return new Operand(
        strider.step() == 1 ? RowShape.Input.ELEMENTS : RowShape.Input.ROW,
        buffer,
        strider.offset,
        strider.strides[0]);
  }

  /// The name of the function that computes a value; empty if there is none.
  private String function(int v) {
    return VectorCode.Functions.of(code, v, this::isTruth);
  }

  private boolean isTruth(int v) {
    return operations.contains(v)
        && code.get(v) instanceof Instr.Apply apply
        && apply.op().isPredicate();
  }

  private RowShape shape() {
    List<RowShape.Fold> folds = new ArrayList<>();
    for (Kernel.Fold fold : kernel.folds()) {
      folds.add(new RowShape.Fold(fold.op(), number(fold.value())));
    }
    List<LoopShape.Operation> computed = new ArrayList<>();
    for (int v : operations) {
      List<Integer> numbers = new ArrayList<>();
      for (int x : Fusion.operands(code.get(v))) {
        numbers.add(number(x));
      }
      computed.add(new LoopShape.Operation(function(v), numbers));
    }
    return new RowShape(
        (int) length,
        operands.stream().map(Operand::kind).toList(),
        folds,
        computed,
        kernel.stores().stream().map(store -> number(store.value())).toList());
  }

  private int number(int v) {
    if (inputs.contains(v)) {
      return inputs.indexOf(v);
    }
    return code.get(v) instanceof Instr.Result(int index, _)
        ? inputs.size() + index
        : inputs.size() + kernel.folds().size() + operations.indexOf(v);
  }
}
