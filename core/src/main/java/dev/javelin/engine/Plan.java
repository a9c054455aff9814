package dev.javelin.engine;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.kernels.View;
import dev.javelin.ops.OpDef;
import java.util.concurrent.ConcurrentHashMap;

/// What an op does on inputs of certain layouts: kernels in order, the buffers they use, and how the outputs lie in them.
///
/// Slots number the memory: first the inputs, then memory made for outputs, then temporaries (all in one block).
final class Plan {
  /// One launch.
  ///
  /// @param executable the kernel
  /// @param slots the slot of each of its buffers
  /// @param params which input each parameter is
  /// @param toDouble whether the parameter is an integer number that the kernel wants as floating point
  record Step(Executable executable, int[] slots, int[] params, boolean[] toDouble) {}

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
  private final boolean simple;
  private final ConcurrentHashMap<Long, GradientPlan> gradients = new ConcurrentHashMap<>();

  Plan(
      OpDef op,
      Layout[] inputs,
      Output[] outputs,
      Step[] steps,
      long[] ownBytes,
      long[] tempOffsets,
      long tempBytes) {
    this.op = op;
    this.inputs = inputs;
    this.outputs = outputs;
    this.steps = steps;
    this.slotBytes = ownBytes;
    this.ownSlots = ownBytes.length;
    this.tempOffsets = tempOffsets;
    this.tempBytes = tempBytes;
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

  /// Whether this is one kernel from at most two inputs to one new output.
  boolean isSimple() {
    return simple;
  }

  /// Runs a simple plan without making anything but the result. `b` is null for one input.
  Value runSimple(DeviceContext device, ThreadContext context, Value a, Value b) {
    Events.Op event = Events.Op.start();
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
    event.finish(this, device);
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

  Value[] run(DeviceContext device, ThreadContext context, Value[] values) {
    Events.Op event = Events.Op.start();
    MemoryPool pool = device.pool;
    Storage[] own = new Storage[ownSlots];
    for (int i = 0; i < ownSlots; i++) {
      own[i] = pool.allocate(device, slotBytes[i], op.name(), context.scope);
    }
    DeviceBuffer temporaries = tempBytes == 0 ? null : pool.take(tempBytes);
    try {
      for (Step step : steps) {
        launch(device, step, context, values, own, temporaries);
      }
    } finally {
      if (temporaries != null) {
        pool.give(temporaries);
      }
    }
    event.finish(this, device);
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

  private void launch(
      DeviceContext device,
      Step step,
      ThreadContext context,
      Value[] values,
      Storage[] own,
      DeviceBuffer temporaries) {
    int count = step.slots.length;
    context.reserve(count, step.params.length);
    for (int i = 0; i < count; i++) {
      int slot = step.slots[i];
      if (slot < inputs.length) {
        bind(context, i, values[slot]);
      } else if (slot < inputs.length + ownSlots) {
        context.buffers[i] = own[slot - inputs.length].buffer;
        context.offsets[i] = 0;
      } else {
        context.buffers[i] = temporaries;
        context.offsets[i] = tempOffsets[slot - inputs.length - ownSlots];
      }
    }
    for (int i = 0; i < step.params.length; i++) {
      context.params[i] = param(values[step.params[i]], step.toDouble[i]);
    }
    device.launch(op, step.executable, context);
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
