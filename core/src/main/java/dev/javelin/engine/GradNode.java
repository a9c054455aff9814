package dev.javelin.engine;

import dev.javelin.Tensor;
import dev.javelin.ops.OpDef;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/// A recorded operation: where its gradients flow, and what the backward pass needs of it.
final class GradNode {
  private static final AtomicLong SEQUENCE = new AtomicLong();

  final OpDef op;
  final Plan plan;
  final GradientPlan gradient;
  final long sequence = SEQUENCE.incrementAndGet();

  /// The line of the user's program that made this; null unless anomalies are looked for.
  final String site = ThreadContext.get().anomaly ? Sites.caller() : null;

  /// Where the gradient of each input goes: a node, a leaf, or null.
  final Object[] next;

  /// Which output of that node.
  final int[] nextOutput;

  private final Value[] saved; // inputs, then outputs; null where not needed
  private final int[] versions;
  private boolean released;
  private boolean walked;

  /// Called with the gradient of an output before it flows on.
  List<Hook> hooks = List.of();

  /// A function on the gradient of an output.
  record Hook(int output, UnaryOperator<Value> function) {}

  GradNode(OpDef op, Plan plan, GradientPlan gradient, Value[] inputs) {
    this.op = op;
    this.plan = plan;
    this.gradient = gradient;
    int count = inputs.length;
    this.next = new Object[count];
    this.nextOutput = new int[count];
    this.saved = new Value[count + plan.outputs.length];
    this.versions = new int[saved.length];
    for (int i = 0; i < count; i++) {
      Value input = inputs[i];
      if (gradient.needs(i)) {
        Autograd.refresh(input);
        next[i] = input.gradNode != null ? input.gradNode : input.requiresGrad ? input : null;
        nextOutput[i] = input.gradOutput;
      }
      if (gradient.usesInput(i)) {
        // What is about to be overwritten is saved as a copy.
        save(i, i == 0 && op instanceof InPlace ? ((Tensor) input).clone() : input);
      }
    }
  }

  /// Saves the outputs the gradient needs; they must already point to this node.
  void saveOutputs(Value[] outputs) {
    for (int i = 0; i < outputs.length; i++) {
      if (gradient.usesOutput(i)) {
        save(next.length + i, outputs[i]);
      }
    }
  }

  private void save(int i, Value value) {
    // A copy of the reference: an in-place change gives the tensor a new node, the saved value
    // keeps its own.
    Value copy = Value.make(value.layout, value.source, value.offset);
    copy.gradNode = value.gradNode;
    copy.gradOutput = value.gradOutput;
    copy.requiresGrad = value.requiresGrad;
    Recording.same(value, copy);
    saved[i] = value.gradNode == null ? value : copy;
    versions[i] = value.source instanceof Storage storage ? storage.version : 0;
  }

  /// An input (then output) of the call, checked to be what it was; a stand-in of its layout where only that is needed.
  Value recall(int i, DeviceContext device) {
    Value value = saved[i];
    if (value == null) {
      Layout layout = i < next.length ? plan.inputs[i] : plan.outputs[i - next.length].layout();
      return Value.make(layout, new Source.Absent(device), 0);
    }
    if (value.source instanceof Storage storage) {
      storage.check(value);
      if (storage.version != versions[i]) {
        throw new IllegalStateException(
            ("%s: a value needed for the gradient (%s %s, %s) was modified by an in-place"
                 + " operation: it is at version %s, expected version %s; use the operation that is"
                 + " not in place, or clone() before")
                .formatted(
                    op.gradName(),
                    i < next.length ? "input" : "output",
                    i < next.length ? i : i - next.length,
                    value.layout,
                    storage.version,
                    versions[i]));
      }
    }
    return value;
  }

  void checkNotReleased() {
    if (released) {
      throw new IllegalStateException(
          op.gradName()
              + ": backward was called a second time through this part of the graph, whose saved"
              + " values are already freed; pass retainGraph to the first backward if the graph is"
              + " needed again");
    }
  }

  /// Drops what was saved; frees what only the engine ever saw.
  /// Whether a backward pass has gone through here that did not keep the graph.
  boolean isWalked() {
    return walked;
  }

  void release() {
    walked = true;
    boolean any = false;
    for (int i = 0; i < saved.length; i++) {
      if (saved[i] != null) {
        any = true;
        int output = i - next.length;
        boolean hidden = op instanceof OpDef.Composed composed && output >= composed.visible();
        if (hidden && saved[i].source instanceof Storage storage) {
          storage.free("after the backward pass");
        }
        saved[i] = null;
      }
    }
    released |= any;
  }

  synchronized Runnable addHook(int output, UnaryOperator<Value> function) {
    Hook hook = new Hook(output, function);
    List<Hook> more = new ArrayList<>(hooks);
    more.add(hook);
    hooks = List.copyOf(more);
    return () -> {
      List<Hook> fewer = new ArrayList<>(hooks);
      fewer.remove(hook);
      hooks = List.copyOf(fewer);
    };
  }
}
