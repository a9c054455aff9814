package dev.javelin.cpu;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/// Several operations of a block, one after the other as steps or at once in a [FusedLoop].
final class FusedStep extends Step {
  /// The loop for blocks in which certain inputs are the same for all elements.
  ///
  /// @param staying the bits of their numbers
  private record Variant(long staying, FusedLoop loop) {}

  private final Step[] steps;
  private final Function<LoopShape, FusedLoop> loops;
  private final LoopShape shape;
  private final int[] inputs;
  private final OpSteps.Target[] outputs;
  private final Map<Long, Variant> variants = new ConcurrentHashMap<>();
  private Variant latest;

  /// A joint step.
  ///
  /// @param steps the operations as steps
  /// @param loops gives the loop of a shape
  /// @param shape what they compute
  /// @param inputs the places of the shape's inputs
  /// @param outputs where its outputs go: to registers that are no input's
  FusedStep(
      Step[] steps,
      Function<LoopShape, FusedLoop> loops,
      LoopShape shape,
      int[] inputs,
      OpSteps.Target[] outputs) {
    this.steps = steps;
    this.loops = loops;
    this.shape = shape;
    this.inputs = inputs;
    this.outputs = outputs;
    long staying = 0;
    for (int i = 0; i < inputs.length; i++) {
      staying |= shape.inputs().get(i).walk() == LoopShape.Walk.STAYS ? 1L << i : 0;
    }
    this.latest = variant(staying);
  }

  private Variant variant(long staying) {
    return variants.computeIfAbsent(
        staying, _ -> new Variant(staying, loops.apply(shape.staying(staying))));
  }

  @Override
  void run(Frame frame, long position, int n) {
    long staying = 0;
    for (int i = 0; i < inputs.length; i++) {
      staying |= (frame.mask[inputs[i]] + 1L) << i;
    }
    Variant variant = latest;
    if (variant.staying != staying) {
      variant = variant(staying);
      latest = variant;
    }
    Loop loop = variant.loop.get(n);
    if (loop == null) {
      for (Step step : steps) {
        step.run(frame, position, n);
      }
      return;
    }
    int whole = n & -Loops.LANES;
    boolean cut = false;
    for (OpSteps.Target output : outputs) {
      cut |= place(frame, output, position, n, whole);
    }
    if (!cut) {
      run(frame, loop, 0, n, false);
      return;
    }
    if (whole > 0) {
      run(frame, loop, 0, whole, false);
    }
    run(frame, loop, whole, n - whole, true);
    for (OpSteps.Target output : outputs) {
      if (isDirect(frame, output)) {
        output.copyTail(frame, frame.at[output.value()], whole, n);
      }
    }
  }

  /// Decides where an output of the block lies.
  ///
  /// @return whether the block must be cut, because whole vectors would be too much there
  private static boolean place(
      Frame frame, OpSteps.Target output, long position, int n, int whole) {
    long direct = output.isDirect(frame) ? output.direct().direct(frame, position, n) : 0;
    boolean takes = direct != 0 && (whole == n || output.last());
    frame.at[output.value()] = takes ? direct : frame.memory + output.register();
    frame.mask[output.value()] = -1;
    return takes && whole < n;
  }

  private static boolean isDirect(Frame frame, OpSteps.Target output) {
    return frame.at[output.value()] != frame.memory + output.register();
  }

  /// Runs the loop from an element on.
  ///
  /// @param tail whether what goes to tensors goes to the rooms for their tails instead
  private void run(Frame frame, Loop loop, int skip, int n, boolean tail) {
    long[] arguments = frame.arguments;
    int next = 0;
    arguments[next++] = frame.room();
    for (int input : inputs) {
      arguments[next++] = frame.at[input] + (4L * skip & frame.mask[input]);
    }
    for (OpSteps.Target output : outputs) {
      arguments[next++] =
          tail && isDirect(frame, output)
              ? frame.memory + output.tail()
              : frame.at[output.value()] + 4L * skip;
    }
    loop.run(arguments, n);
  }
}
