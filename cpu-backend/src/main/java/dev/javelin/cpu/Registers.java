package dev.javelin.cpu;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Gives each value of a program a register, reusing those of values that are no longer needed: the
/// fewer there are, the more of them stay in the first-level cache.
final class Registers {
  private final List<Instr> code;
  private final Fusion fusion;
  private final int[] lastUse;
  private final int[] uses;
  private final long[] register;
  private final boolean[] scalar;
  private final ArrayDeque<Long> free4 = new ArrayDeque<>();
  private final ArrayDeque<Long> free8 = new ArrayDeque<>();
  private final List<Integer> live = new ArrayList<>();

  /// @param layout where registers are set aside
  /// @param code the instructions
  /// @param fusion which of them have steps, and what those read
  /// @param schedule the values in the order in which they are computed for each block
  /// @param foldEnds for each value the position in the schedule up to which a fold needs it, or -1
  /// @param stored the values that are stored when the whole schedule is done
  /// @param block the elements of a register
  Registers(
      Layout layout,
      List<Instr> code,
      Fusion fusion,
      int[] schedule,
      int[] foldEnds,
      int[] stored,
      int block) {
    this.code = code;
    this.fusion = fusion;
    this.lastUse = foldEnds.clone();
    this.uses = new int[code.size()];
    this.register = new long[code.size()];
    this.scalar = new boolean[code.size()];
    for (int v = 0; v < code.size(); v++) {
      uses[v] = foldEnds[v] < 0 ? 0 : 1;
    }
    for (int position = 0; position < schedule.length; position++) {
      for (int x : fusion.args(schedule[position])) {
        lastUse[x] = Math.max(lastUse[x], position);
        uses[x]++;
      }
    }
    for (int v : stored) {
      lastUse[v] = schedule.length;
      uses[v]++;
    }
    boolean[] varies = new boolean[code.size()];
    Arrays.stream(schedule).forEach(v -> varies[v] = true);
    for (int position = 0; position < schedule.length; position++) {
      int v = schedule[position];
      scalar[v] = mayBeScalar(v, varies);
      release(position, v, true);
      register[v] = take(layout, code.get(v).type(), block);
      live.add(v);
      release(position, v, false);
    }
  }

  /// Whether a block may find one value standing for all: then its register must not be overwritten
  /// while it is read.
  private boolean mayBeScalar(int v, boolean[] varies) {
    return switch (code.get(v)) {
      case Instr.Result _, Instr.Load _ -> true;
      case Instr.Iota _, Instr.Const _, Instr.Param _ -> false;
      case Instr.Apply _, Instr.Cast _ ->
          Arrays.stream(fusion.args(v)).allMatch(x -> scalar[x] || !varies[x]);
    };
  }

  private void release(int position, int v, boolean before) {
    for (int i = live.size() - 1; i >= 0; i--) {
      int u = live.get(i);
      boolean operand = Arrays.stream(fusion.args(v)).anyMatch(x -> x == u);
      if (u != v && lastUse[u] <= position && !(before && operand && scalar[u])) {
        free(code.get(u).type()).push(register[u]);
        live.subList(i, i + 1).clear();
      }
    }
  }

  private ArrayDeque<Long> free(DType type) {
    return type.bytes() == 4 ? free4 : free8;
  }

  private long take(Layout layout, DType type, int block) {
    Long reused = free(type).poll();
    return reused != null ? reused : layout.memory((long) block * type.bytes());
  }

  /// Where a value's register lies.
  long of(int v) {
    return register[v];
  }

  /// The last position in the schedule whose step reads the value.
  int lastUse(int v) {
    return lastUse[v];
  }

  /// How many steps, stores and folds read the value.
  int uses(int v) {
    return uses[v];
  }
}
