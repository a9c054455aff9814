package dev.javelin.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// When each value of a [RowShape] is computed: a row is walked once for each set of folds that do not
/// need one another, and the last time what is written is written.
///
/// A value that two walks need is computed in both, unless it takes long: then it is kept in memory.
final class RowPhases {
  /// So many calls of the Vector API do not take longer than to write their result and to read it.
  private static final int FEW = 4;

  private final RowShape shape;
  private final boolean[] perRow;
  private final int[] phase;

  /// What each walk computes for each element, in order: operations, and inputs to be loaded.
  private final List<List<Integer>> steps = new ArrayList<>();

  /// In which walk a value is first computed; -1 if in none.
  private final int[] first;

  private final List<Integer> kept = new ArrayList<>();

  RowPhases(RowShape shape) {
    this.shape = shape;
    this.perRow = new boolean[shape.values()];
    this.phase = new int[shape.values()];
    this.first = new int[shape.values()];
    Arrays.fill(first, -1);
    for (int v = 0; v < shape.inputs().size(); v++) {
      perRow[v] = shape.inputs().get(v) != RowShape.Input.ELEMENTS;
    }
    // Folds use operations and these the results of folds before, so in turns until nothing
    // changes.
    for (int f = 0; f <= shape.folds().size(); f++) {
      for (int i = 0; i < shape.operations().size(); i++) {
        place(shape.operation(i), shape.operations().get(i).operands());
      }
      for (int i = 0; i < shape.folds().size(); i++) {
        perRow[shape.result(i)] = true;
        phase[shape.result(i)] = phase[shape.folds().get(i).value()] + 1;
      }
    }
    int last = shape.outputs().stream().mapToInt(v -> phase[v]).max().orElse(0);
    for (RowShape.Fold fold : shape.folds()) {
      last = Math.max(last, phase[fold.value()]);
    }
    for (int p = 0; p <= last; p++) {
      List<Integer> walk = new ArrayList<>();
      for (int v : wanted(p, last)) {
        need(v, p, walk);
      }
      steps.add(walk);
    }
  }

  private void place(int v, List<Integer> operands) {
    perRow[v] = operands.stream().allMatch(x -> perRow[x]);
    phase[v] = operands.stream().mapToInt(x -> phase[x]).max().orElse(0);
  }

  private List<Integer> wanted(int p, int last) {
    List<Integer> wanted = new ArrayList<>();
    for (RowShape.Fold fold : shape.folds()) {
      if (phase[fold.value()] == p) {
        wanted.add(fold.value());
      }
    }
    if (p == last) {
      wanted.addAll(shape.outputs());
    }
    return wanted;
  }

  private void need(int v, int p, List<Integer> walk) {
    if (perRow[v] || walk.contains(v)) {
      return;
    }
    LoopShape.Operation operation = shape.operationOf(v);
    boolean isAgain = first[v] >= 0 && first[v] < p;
    if (isAgain && calls(v) > FEW && !shape.isTruth(v)) {
      kept.add(v);
    }
    if (operation != null && !(isAgain && kept.contains(v))) {
      operation.operands().forEach(x -> need(x, p, walk));
    }
    if (first[v] < 0) {
      first[v] = p;
    }
    walk.add(v);
  }

  /// How many calls of the Vector API give a value from what is loaded or kept.
  private int calls(int v) {
    LoopShape.Operation operation = shape.operationOf(v);
    if (operation == null || perRow[v] || kept.contains(v)) {
      return 0;
    }
    return VectorCode.Functions.calls(operation.function())
        + operation.operands().stream().mapToInt(this::calls).sum();
  }

  /// How often a row is walked.
  int count() {
    return steps.size();
  }

  /// What a walk computes for each element, in order: operations, and inputs or kept values, which are
  /// loaded.
  List<Integer> steps(int p) {
    return steps.get(p);
  }

  /// The operations that are the same for a whole row and can be computed before a walk, but not before
  /// the one before it.
  List<Integer> perRow(int p) {
    List<Integer> values = new ArrayList<>();
    for (int i = 0; i < shape.operations().size(); i++) {
      int v = shape.operation(i);
      if (perRow[v] && phase[v] == p) {
        values.add(v);
      }
    }
    return values;
  }

  /// The folds that a walk completes.
  List<Integer> folds(int p) {
    List<Integer> folds = new ArrayList<>();
    for (int f = 0; f < shape.folds().size(); f++) {
      if (phase[shape.folds().get(f).value()] == p) {
        folds.add(f);
      }
    }
    return folds;
  }

  /// The values that are written to memory in the walk that computes them first.
  List<Integer> kept() {
    return kept;
  }

  /// Whether a walk takes a value from where it was kept.
  boolean isReloaded(int v, int p) {
    return kept.contains(v) && first[v] < p;
  }

  /// Whether a value is the same for all elements of a row.
  boolean isPerRow(int v) {
    return perRow[v];
  }

  /// How many calls of the Vector API all walks have.
  int calls() {
    int calls = 0;
    for (int p = 0; p < count(); p++) {
      List<Integer> all = new ArrayList<>(perRow(p));
      all.addAll(steps(p));
      for (int v : all) {
        LoopShape.Operation operation = shape.operationOf(v);
        boolean loaded = operation == null || isReloaded(v, p);
        calls += loaded ? 1 : VectorCode.Functions.calls(operation.function());
      }
    }
    return calls;
  }
}
