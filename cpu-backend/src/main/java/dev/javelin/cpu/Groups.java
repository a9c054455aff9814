package dev.javelin.cpu;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;

/// Finds in a schedule what one written loop can compute: operations on float32 that follow one
/// another in a phase.
final class Groups {
  /// Operations of a schedule that one loop computes.
  ///
  /// @param from the position of the first in the schedule
  /// @param end the position behind the last
  /// @param inputs the values that the loop's inputs are
  /// @param outputs the values that its outputs are
  /// @param once for each output whether it is used only once outside of the loop
  record Group(int from, int end, LoopShape shape, int[] inputs, int[] outputs, boolean[] once) {}

  /// How many calls of the Vector API a loop may have: beyond, the JIT inlines no longer all of them.
  private static final int MOST_CALLS = 120;

  private final List<Instr> code;
  private final Fusion fusion;
  private final int[] schedule;
  private final int[] phase;
  private final IntPredicate uniform;
  private final int[] uses;

  private final List<LoopShape.Input> inputs = new ArrayList<>();
  private final List<Integer> inputValues = new ArrayList<>();
  private final List<String> functions = new ArrayList<>();
  private final List<int[]> operands = new ArrayList<>();

  /// For each value that the group computes which of its operations does.
  private final Map<Integer, Integer> computed = new HashMap<>();

  private int calls;

  /// @param code the instructions
  /// @param fusion which of them have steps
  /// @param schedule the values in the order in which they are computed
  /// @param phase the phase of each value
  /// @param uniform whether a value is the same for the whole space
  /// @param uses how many steps, stores and folds read each value
  Groups(
      List<Instr> code,
      Fusion fusion,
      int[] schedule,
      int[] phase,
      IntPredicate uniform,
      int[] uses) {
    this.code = code;
    this.fusion = fusion;
    this.schedule = schedule;
    this.phase = phase;
    this.uniform = uniform;
    this.uses = uses;
  }

  /// All groups of at least two operations.
  List<Group> find() {
    List<Group> groups = new ArrayList<>();
    int from = 0;
    for (int position = 0; position < schedule.length; position++) {
      int v = schedule[position];
      if (position > from && phase[v] != phase[schedule[from]] || !add(v)) {
        end(from, position, groups);
        from = add(v) ? position : position + 1;
      }
    }
    end(from, schedule.length, groups);
    return groups;
  }

  private void end(int from, int end, List<Group> groups) {
    if (functions.size() > 1) {
      groups.add(group(from, end));
    }
    inputs.clear();
    inputValues.clear();
    functions.clear();
    operands.clear();
    computed.clear();
    calls = 0;
  }

  private Group group(int from, int end) {
    int[] outside = uses.clone();
    for (int position = from; position < end; position++) {
      for (int x : fusion.args(schedule[position])) {
        outside[x]--;
      }
    }
    int[] outputs = Arrays.stream(schedule, from, end).filter(v -> outside[v] > 0).toArray();
    boolean[] once = new boolean[outputs.length];
    for (int i = 0; i < once.length; i++) {
      once[i] = outside[outputs[i]] == 1;
    }
    List<LoopShape.Operation> operations = new ArrayList<>();
    for (int i = 0; i < functions.size(); i++) {
      List<Integer> numbers = Arrays.stream(operands.get(i)).mapToObj(this::number).toList();
      operations.add(new LoopShape.Operation(functions.get(i), numbers));
    }
    List<Integer> results = Arrays.stream(outputs).mapToObj(this::number).toList();
    return new Group(
        from,
        end,
        new LoopShape(List.copyOf(inputs), operations, results),
        inputValues.stream().mapToInt(v -> v).toArray(),
        outputs,
        once);
  }

  private int number(int value) {
    Integer operation = computed.get(value);
    return operation == null ? inputValues.indexOf(value) : inputs.size() + operation;
  }

  /// Adds a value to the group, with the one that it absorbed.
  ///
  /// @return false, and nothing changed, if a loop cannot compute it or has no room for it
  private boolean add(int v) {
    int u = fusion.absorbed(v);
    List<Integer> values = u < 0 ? List.of(v) : List.of(u, v);
    List<String> names = new ArrayList<>();
    Set<Integer> fresh = new HashSet<>(inputValues);
    int more = 0;
    for (int value : values) {
      String name = VectorCode.Functions.of(code, value, x -> isTruth(x, u));
      if (!VectorCode.Functions.has(name)) {
        return false;
      }
      names.add(name);
      more += VectorCode.Functions.calls(name);
      for (int x : Fusion.operands(code.get(value))) {
        if (x != u && !computed.containsKey(x)) {
          fresh.add(x);
        }
      }
    }
    int arguments = 1 + fresh.size() + functions.size() + values.size();
    if (calls + more > MOST_CALLS || arguments > LoopShape.MOST_ARGUMENTS) {
      return false;
    }
    for (int i = 0; i < values.size(); i++) {
      int value = values.get(i);
      int[] in = Fusion.operands(code.get(value));
      for (int x : in) {
        if (!computed.containsKey(x) && !inputValues.contains(x)) {
          inputValues.add(x);
          boolean truths = code.get(x).type() != DType.FLOAT32;
          LoopShape.Walk walk = uniform.test(x) ? LoopShape.Walk.STAYS : LoopShape.Walk.STEPS;
          inputs.add(new LoopShape.Input(truths, walk));
        }
      }
      computed.put(value, functions.size());
      functions.add(names.get(i));
      operands.add(in);
    }
    calls += more;
    return true;
  }

  private boolean isTruth(int x, int u) {
    return (x == u || computed.containsKey(x))
        && code.get(x) instanceof Instr.Apply apply
        && apply.op().isPredicate();
  }
}
