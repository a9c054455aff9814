package dev.javelin.engine;

import dev.javelin.Tensor;
import dev.javelin.kernels.View;
import dev.javelin.ops.Gradient;
import dev.javelin.ops.OpDef;
import java.lang.ref.Reference;
import java.util.Optional;

/// Runs ops. An op on tensors runs at once, by its plan; inside a trace it is recorded instead.
///
/// The warm path: find the plan by op and layouts, take memory, launch, record for autograd if anything wants a gradient.
public final class Engine {
  private Engine() {}

  /// Runs an op of one input and one visible output.
  ///
  /// @param op the op
  /// @param a the input
  /// @return the output
  public static Value call(OpDef op, Value a) {
    ThreadContext context = ThreadContext.get();
    if (context.isPlain() && !a.isTraced()) {
      DeviceContext device = a.storage().device;
      Plan plan = device.plans.find(op, a);
      if (plan != null && plan.isSimple() && !(context.gradEnabled && a.tracked())) {
        try {
          return plan.runSimple(device, context, a, null);
        } finally {
          Reference.reachabilityFence(a);
        }
      }
    }
    return callAll(op, a)[0];
  }

  /// Runs an op of two inputs and one visible output.
  ///
  /// @param op the op
  /// @param a the first input
  /// @param b the second input
  /// @return the output
  public static Value call(OpDef op, Value a, Value b) {
    ThreadContext context = ThreadContext.get();
    if (context.isPlain() && !a.isTraced() && !b.isTraced() && !a.isNumber()) {
      DeviceContext device = a.storage().device;
      if (b.isNumber() || b.storage().device == device) {
        Plan plan = device.plans.find(op, a, b);
        if (plan != null
            && plan.isSimple()
            && !(context.gradEnabled && (a.tracked() || b.tracked()))) {
          try {
            return plan.runSimple(device, context, a, b);
          } finally {
            Reference.reachabilityFence(a);
            Reference.reachabilityFence(b);
          }
        }
      }
    }
    return callAll(op, a, b)[0];
  }

  /// Runs an op.
  ///
  /// @param op the op
  /// @param inputs the inputs, at least one of them a tensor
  /// @return all outputs, the hidden ones too
  public static Value[] callAll(OpDef op, Value... inputs) {
    ThreadContext context = ThreadContext.get();
    if (context.trace != null) {
      return context.trace.record(op, inputs);
    }
    AutocastState region = context.autocast;
    Value[] operands = region == null ? inputs : region.convert(op, inputs);
    return run(op, deviceOf(op, operands), context, operands);
  }

  /// Runs an op without tensor inputs.
  ///
  /// @param op the op
  /// @param device where the output is to be
  /// @param inputs the inputs, numbers
  /// @return the output
  public static Value create(OpDef op, DeviceContext device, Value... inputs) {
    ThreadContext context = ThreadContext.get();
    return context.trace != null
        ? context.trace.record(op, inputs)[0]
        : run(op, device, context, inputs)[0];
  }

  private static Value[] run(
      OpDef op, DeviceContext device, ThreadContext context, Value[] inputs) {
    boolean record = context.gradEnabled && op.gradient() != Gradient.NONE && anyTracked(inputs);
    if (op instanceof InPlace && record) {
      checkInPlace(op, inputs[0]);
    }
    Plan plan = plan(op, device, inputs);
    Value[] outputs = run(plan, device, context, inputs, record, null);
    if (context.recording != null) {
      context.recording.log(op, inputs, outputs, context.scope == null);
    }
    return outputs;
  }

  /// Runs a compiled function, as one op.
  static Value[] run(
      Plan plan, DeviceContext device, ThreadContext context, Value[] inputs, Replays replays) {
    boolean record =
        context.gradEnabled && plan.op.gradient() != Gradient.NONE && anyTracked(inputs);
    return run(plan, device, context, inputs, record, replays);
  }

  private static Value[] run(
      Plan plan,
      DeviceContext device,
      ThreadContext context,
      Value[] inputs,
      boolean record,
      Replays replays) {
    GradNode node = record ? node(plan.op, plan, inputs) : null;
    Value[] outputs;
    try {
      outputs = plan.run(device, context, inputs, replays);
    } finally {
      Reference.reachabilityFence(inputs);
    }
    if (node != null) {
      if (plan.op instanceof InPlace) {
        Autograd.rebase(inputs[0], node);
      } else {
        attach(node, outputs);
      }
      node.saveOutputs(outputs);
    }
    return outputs;
  }

  private static void attach(GradNode node, Value[] outputs) {
    for (int i = 0; i < outputs.length; i++) {
      if (outputs[i].dtype().isFloatingPoint() && !node.plan.outputs[i].written()) {
        outputs[i].gradNode = node;
        outputs[i].gradOutput = i;
      }
    }
  }

  private static void checkInPlace(OpDef op, Value target) {
    Value written = target.base != null ? target.base : target;
    if (written.requiresGrad && written.gradNode == null) {
      throw new IllegalStateException(
          "%s: %s leaf tensor that requires grad is being used in an in-place operation; wrap the update in noGrad"
              .formatted(op.name(), written == target ? "a" : "a view of a"));
    }
  }

  private static Plan plan(OpDef op, DeviceContext device, Value[] inputs) {
    Plan plan = device.plans.find(op, inputs);
    if (plan == null) {
      plan = Fuser.plan(op, device, inputs);
      device.plans.add(plan);
    }
    return plan;
  }

  /// How many kernels an op runs as on these inputs.
  ///
  /// @param op the op
  /// @param inputs the inputs
  /// @return the number of launches
  public static int kernelCount(OpDef op, Value... inputs) {
    return plan(op, deviceOf(op, inputs), inputs).kernelCount();
  }

  private static boolean anyTracked(Value[] inputs) {
    for (Value input : inputs) {
      if (input.tracked()) {
        return true;
      }
    }
    return false;
  }

  private static GradNode node(OpDef op, Plan plan, Value[] inputs) {
    long needs = 0;
    for (int i = 0; i < inputs.length; i++) {
      if (inputs[i].tracked() && inputs[i].dtype().isFloatingPoint()) {
        needs |= GradientPlan.bit(i);
      }
    }
    return new GradNode(op, plan, plan.gradient(needs), inputs);
  }

  private static DeviceContext deviceOf(OpDef op, Value[] inputs) {
    DeviceContext device = null;
    int first = 0;
    for (int i = 0; i < inputs.length; i++) {
      if (inputs[i].isNumber() || inputs[i].source instanceof Source.Absent) {
        continue;
      }
      DeviceContext other = inputs[i].storage().device;
      if (device == null) {
        device = other;
        first = i;
      } else if (device != other) {
        throw new IllegalArgumentException(
            "%s: expected all tensors on one device, but argument %s (%s) is on %s and argument %s (%s) is on %s"
                .formatted(
                    op.name(),
                    first + 1,
                    inputs[first].layout,
                    device.backend.info().name(),
                    i + 1,
                    inputs[i].layout,
                    other.backend.info().name()));
      }
    }
    if (device == null) {
      throw new IllegalArgumentException(op.name() + ": expected at least one tensor");
    }
    return device;
  }

  /// The node of an op whose result is already there.
  static GradNode recordOnly(OpDef op, Value... inputs) {
    return node(op, plan(op, deviceOf(op, inputs), inputs), inputs);
  }

  /// A plain number as an operand.
  ///
  /// @param value the number
  /// @return the operand
  public static Value number(double value) {
    return Value.make(
        Layout.FLOAT_NUMBER, new Source.Constant(Double.doubleToRawLongBits(value)), 0);
  }

  /// A plain whole number as an operand.
  ///
  /// @param value the number
  /// @return the operand
  public static Value number(long value) {
    return Value.make(Layout.INT_NUMBER, new Source.Constant(value), 0);
  }

  /// A truth value as an operand.
  ///
  /// @param value the truth value
  /// @return the operand
  public static Value number(boolean value) {
    return Value.make(Layout.BOOL_NUMBER, new Source.Constant(value ? 1 : 0), 0);
  }

  /// Runs an op and writes its result into its first input.
  ///
  /// @param op the op
  /// @param target the tensor to write into
  /// @param others the other inputs
  public static void inPlace(OpDef op, Value target, Value... others) {
    View view = target.layout.view();
    for (int axis = 0; axis < view.shape().rank(); axis++) {
      if (view.stride(axis) == 0 && view.shape().size(axis) > 1) {
        throw new IllegalStateException(
            op.name()
                + "_: several elements of the expanded tensor ("
                + target.layout
                + ") share memory, so it cannot be written into; clone() it first");
      }
    }
    Value[] inputs = new Value[others.length + 1];
    inputs[0] = target;
    for (int i = 0; i < others.length; i++) {
      inputs[i + 1] = apart(others[i], target);
    }
    callAll(new InPlace(op), inputs);
  }

  /// The value, copied if it overlaps the target otherwise than element by element.
  private static Value apart(Value value, Value target) {
    boolean overlaps =
        value.source instanceof Storage
            && value.source == target.source
            && (value.layout != target.layout || value.offset != target.offset);
    return overlaps ? ((Tensor) value).clone() : value;
  }

  // ---- views ----

  /// A view of a tensor; a copy where a reshape cannot be a view.
  ///
  /// @param op the view op
  /// @param value the tensor
  /// @return the view, sharing memory with the tensor, or empty if the elements do not lie so that there is one
  public static Optional<Value> view(OpDef.Movement op, Value value) {
    ThreadContext context = ThreadContext.get();
    if (context.trace != null) {
      return Optional.of(context.trace.record(op, new Value[] {value})[0]);
    }
    Storage storage = value.storage();
    Optional<View> moved = op.move(value.layout.view());
    if (moved.isEmpty()) {
      return Optional.empty();
    }
    View view = moved.get();
    Value result =
        Value.make(Layout.of(value.layout.dtype(), view), storage, value.offset + view.offset());
    // Even a view of what has no graph: writing into the view may give it one.
    result.base = value.base != null ? value.base : value;
    Autograd.refresh(value);
    result.baseEpoch = result.base.epoch;
    if (context.gradEnabled && value.tracked()) {
      Value[] inputs = {value};
      Plan plan = plan(op, storage.device, inputs);
      GradNode node = node(op, plan, inputs);
      attach(node, new Value[] {result});
    }
    if (context.recording != null) {
      context.recording.log(op, new Value[] {value}, new Value[] {result}, false);
    }
    return Optional.of(result);
  }
}
