package dev.javelin.engine;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.backend.PreparedLaunch;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.View;
import dev.javelin.ops.OpDef;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/// What an op does on inputs of certain layouts: kernels in order, the buffers they use, and how the outputs lie in them.
///
/// Slots number the memory: first the inputs, then memory made for outputs, then temporaries (all in one block).
final class Plan {
  /// One launch.
  ///
  /// @param kernel what it computes
  /// @param executable the kernel, ready to launch
  /// @param slots the slot of each of its buffers
  /// @param params which input each parameter is
  /// @param toDouble whether the parameter is an integer number that the kernel wants as floating point
  record Step(
      Kernel kernel, Executable executable, int[] slots, int[] params, boolean[] toDouble) {}

  /// Where an output lies.
  ///
  /// @param slot an input (the output is a view of it, or is written into it) or memory of its own
  /// @param written whether an input is written into
  /// @param layout its layout
  /// @param offset the element of the slot it begins at
  record Output(int slot, boolean written, Layout layout, long offset) {}

  final OpDef op;
  final Layout[] inputs;
  final Output[] outputs;
  private final Step[] steps;
  private final long[]
      slotBytes; // for the slots after the inputs; temporaries hold offsets into the block
  private final int ownSlots;
  private final long[] tempOffsets;
  private final long tempBytes;
  private final long tempFloor;
  private final boolean simple;
  private final ConcurrentHashMap<Long, GradientPlan> gradients = new ConcurrentHashMap<>();

  Plan(
      OpDef op,
      Layout[] inputs,
      Output[] outputs,
      Step[] steps,
      long[] ownBytes,
      long[] tempOffsets,
      long tempBytes,
      long tempFloor) {
    this.op = op;
    this.inputs = inputs;
    this.outputs = outputs;
    this.steps = steps;
    this.slotBytes = ownBytes;
    this.ownSlots = ownBytes.length;
    this.tempOffsets = tempOffsets;
    this.tempBytes = tempBytes;
    this.tempFloor = tempFloor;
    this.simple =
        steps.length == 1
            && ownSlots == 1
            && tempBytes == 0
            && outputs.length == 1
            && outputs[0].slot == inputs.length
            && outputs[0].offset == 0;
  }

  boolean matches(OpDef other, Value[] values) {
    if (values.length != inputs.length) {
      return false;
    }
    for (int i = 0; i < values.length; i++) {
      if (values[i].layout != inputs[i]) {
        return false;
      }
    }
    return op.equals(other);
  }

  int kernelCount() {
    return steps.length;
  }

  /// The kernels, in order.
  List<Kernel> kernels() {
    return Arrays.stream(steps).map(Step::kernel).toList();
  }

  /// The size of the temporaries' memory.
  long temporaryBytes() {
    return tempBytes;
  }

  /// The most that is needed of it at one time.
  long temporaryFloor() {
    return tempFloor;
  }

  /// Whether this is one kernel from at most two inputs to one new output.
  boolean isSimple() {
    return simple;
  }

  /// Runs a simple plan without making anything but the result. `b` is null for one input.
  Value runSimple(DeviceContext device, ThreadContext context, Value a, Value b) {
    Events.Op event = Events.op();
    Storage storage = device.pool.allocate(device, slotBytes[0], op.name(), context.scope);
    Step step = steps[0];
    int count = step.slots.length;
    context.reserve(count, step.params.length);
    for (int i = 0; i < count; i++) {
      int slot = step.slots[i];
      if (slot == inputs.length) {
        context.buffers[i] = storage.buffer;
        context.offsets[i] = 0;
      } else {
        bind(context, i, slot == 0 ? a : b);
      }
    }
    for (int i = 0; i < step.params.length; i++) {
      context.params[i] = param(step.params[i] == 0 ? a : b, step.toDouble[i]);
    }
    device.launch(op, step.executable, context);
    Events.finish(event, this, device);
    return Value.make(outputs[0].layout, storage, 0);
  }

  private static void bind(ThreadContext context, int i, Value value) {
    Storage storage = value.storage();
    context.buffers[i] = storage.buffer;
    context.offsets[i] = value.offset * value.layout.dtype().bytes();
  }

  private static long param(Value value, boolean toDouble) {
    long bits = ((Source.Constant) value.source).bits();
    return toDouble ? Double.doubleToRawLongBits((double) bits) : bits;
  }

  /// What the slots are in one run.
  ///
  /// @param values the inputs
  /// @param own the memory made for outputs
  /// @param temporaries the block of the temporaries, null for none
  record Memory(Value[] values, Storage[] own, DeviceBuffer temporaries) {
    /// The memory of each input, of each output and of the temporaries; null where there is none.
    DeviceBuffer[] buffers() {
      DeviceBuffer[] buffers = new DeviceBuffer[values.length + own.length + 1];
      for (int i = 0; i < values.length; i++) {
        buffers[i] = values[i].source instanceof Storage storage ? storage.buffer : null;
      }
      for (int i = 0; i < own.length; i++) {
        buffers[values.length + i] = own[i].buffer;
      }
      buffers[values.length + own.length] = temporaries;
      return buffers;
    }

    /// The element of its memory each input begins at.
    long[] offsets() {
      return Arrays.stream(values).mapToLong(value -> value.offset).toArray();
    }
  }

  /// Runs the plan; by prepared sequences where there are any, null for none.
  Value[] run(DeviceContext device, ThreadContext context, Value[] values, Replays replays) {
    Events.Op event = Events.op();
    MemoryPool pool = device.pool;
    Storage[] own = new Storage[ownSlots];
    for (int i = 0; i < ownSlots; i++) {
      own[i] = pool.allocate(device, slotBytes[i], op.name(), context.scope);
    }
    DeviceBuffer temporaries = tempBytes == 0 ? null : pool.take(tempBytes);
    Memory memory = new Memory(values, own, temporaries);
    try {
      if (replays != null && !device.watchesLaunches()) {
        replays.launch(this, context, memory);
      } else {
        for (Step step : steps) {
          bind(step, context, memory);
          device.launch(op, step.executable, context);
        }
      }
    } finally {
      if (temporaries != null) {
        pool.give(temporaries);
      }
    }
    Events.finish(event, this, device);
    Value[] results = new Value[outputs.length];
    for (int i = 0; i < results.length; i++) {
      Output output = outputs[i];
      if (output.written) {
        values[output.slot].storage().version++;
        results[i] = values[output.slot];
      } else if (output.slot < inputs.length) {
        Value input = values[output.slot];
        results[i] = Value.make(output.layout, input.source, input.offset + output.offset);
      } else {
        results[i] = Value.make(output.layout, own[output.slot - inputs.length], output.offset);
      }
    }
    return results;
  }

  /// A launch with its memory and parameters, for a sequence of them.
  PreparedLaunch prepared(int index, ThreadContext context, Memory memory) {
    Step step = steps[index];
    bind(step, context, memory);
    int count = step.slots.length;
    return new PreparedLaunch(
        step.executable,
        Arrays.copyOf(context.buffers, count),
        Arrays.copyOf(context.offsets, count),
        Arrays.copyOf(context.params, step.params.length));
  }

  /// Writes the parameters of a launch.
  void fillParams(int index, Memory memory, long[] target) {
    Step step = steps[index];
    for (int i = 0; i < step.params.length; i++) {
      target[i] = param(memory.values[step.params[i]], step.toDouble[i]);
    }
  }

  private void bind(Step step, ThreadContext context, Memory memory) {
    int count = step.slots.length;
    context.reserve(count, step.params.length);
    for (int i = 0; i < count; i++) {
      int slot = step.slots[i];
      if (slot < inputs.length) {
        bind(context, i, memory.values[slot]);
      } else if (slot < inputs.length + ownSlots) {
        context.buffers[i] = memory.own[slot - inputs.length].buffer;
        context.offsets[i] = 0;
      } else {
        context.buffers[i] = memory.temporaries;
        context.offsets[i] = tempOffsets[slot - inputs.length - ownSlots];
      }
    }
    for (int i = 0; i < step.params.length; i++) {
      context.params[i] = param(memory.values[step.params[i]], step.toDouble[i]);
    }
  }

  /// What the backward pass of a call needs, when the inputs of this bit mask want gradients.
  GradientPlan gradient(long needs) {
    return gradients.computeIfAbsent(needs, mask -> GradientPlan.of(this, mask));
  }

  /// The layouts of the outputs as leaves of a trace begin with them.
  View view(int output) {
    return outputs[output].layout.view();
  }
}
