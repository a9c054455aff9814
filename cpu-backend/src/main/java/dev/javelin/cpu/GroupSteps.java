package dev.javelin.cpu;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import java.util.Arrays;
import java.util.List;

/// Puts a [FusedStep] in the place of the steps of each group of operations that one loop can do.
final class GroupSteps {
  /// Says where an operation's result goes.
  @FunctionalInterface
  interface Targets {
    /// Says it.
    ///
    /// @param v the value
    /// @param position the place in the schedule at which it is computed
    /// @param register its register
    /// @param once whether nothing but one store uses the value afterwards
    /// @param tail room for a vector
    OpSteps.Target of(int v, int position, long register, boolean once, long tail);
  }

  private final Loops loops;
  private final Layout layout;
  private final List<Instr> code;
  private final Fusion fusion;
  private final Registers registers;
  private final int[] schedule;
  private final int valueBase;
  private final int block;

  GroupSteps(
      Loops loops,
      Layout layout,
      List<Instr> code,
      Fusion fusion,
      Registers registers,
      int[] schedule,
      int valueBase,
      int block) {
    this.loops = loops;
    this.layout = layout;
    this.code = code;
    this.fusion = fusion;
    this.registers = registers;
    this.schedule = schedule;
    this.valueBase = valueBase;
    this.block = block;
  }

  /// Joins steps.
  ///
  /// @param steps the steps of the schedule; of a group the last becomes the joint one and the others
  ///   null
  void join(List<Groups.Group> groups, Step[] steps, Targets targets) {
    for (Groups.Group group : groups) {
      int last = group.end() - 1;
      OpSteps.Target[] outputs = new OpSteps.Target[group.outputs().length];
      for (int i = 0; i < outputs.length; i++) {
        int v = group.outputs()[i];
        // A register of its own: a loop writes results before it has read all of the operands.
        long register = layout.memory((long) block * code.get(v).type().bytes());
        outputs[i] = targets.of(v, last, register, group.once()[i], vector());
      }
      Step[] some = Arrays.copyOfRange(steps, group.from(), group.end());
      Arrays.fill(steps, group.from(), group.end(), null);
      int[] inputs = Arrays.stream(group.inputs()).map(v -> valueBase + v).toArray();
      Step[] apart = apart(group);
      steps[last] =
          new FusedStep(
              some,
              shape -> loops.fused(shape, memory -> sample(shape, inputs, apart, memory)),
              group.shape(),
              inputs,
              outputs);
    }
  }

  private long vector() {
    return layout.memory(Loops.LANES * (long) DType.FLOAT64.bytes());
  }

  /// A group's operations as steps, with all results in registers.
  private Step[] apart(Groups.Group group) {
    long tail = vector();
    return Arrays.stream(schedule, group.from(), group.end())
        .mapToObj(
            v ->
                fusion.step(
                    v,
                    OpSteps.Target.register(
                        valueBase + v, code.get(v).type().bytes(), registers.of(v), tail),
                    valueBase))
        .toArray(Step[]::new);
  }

  /// Runs steps on a sample.
  private void sample(LoopShape shape, int[] inputs, Step[] steps, long memory) {
    Frame frame = Frame.current();
    frame.reserve(layout);
    for (int i = 0; i < inputs.length; i++) {
      frame.at[inputs[i]] = Samples.input(memory, i);
      frame.mask[inputs[i]] = shape.inputs().get(i).walk() == LoopShape.Walk.STAYS ? 0 : -1;
    }
    for (int done = 0; done < Samples.LENGTH; done += block) {
      for (Step step : steps) {
        step.run(frame, 0, Math.min(block, Samples.LENGTH));
      }
    }
  }
}
