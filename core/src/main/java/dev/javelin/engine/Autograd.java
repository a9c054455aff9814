package dev.javelin.engine;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import dev.javelin.ops.OpDef;
import dev.javelin.ops.PointwiseOps;
import dev.javelin.ops.ViewOps;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.UnaryOperator;

/// Reverse-mode differentiation: walks the recorded nodes backwards, newest first, running each op's gradient rule as one region.
///
/// One tape per graph and no global state: two threads may differentiate two graphs at once.
public final class Autograd {
  private final boolean retain;
  private final boolean create;

  /// Gradients of a node's outputs that have arrived so far.
  private final Map<GradNode, Value[]> pending = new IdentityHashMap<>();

  private final Map<GradNode, Integer> missing = new IdentityHashMap<>();

  /// Gradients asked for by `grad`: of a leaf, or of a node's output.
  private final Map<Object, Value> captured = new HashMap<>();

  private final boolean accumulate;

  /// An output of a node, as a place where a gradient is asked for.
  private record Place(GradNode node, int output) {}

  private Autograd(boolean retain, boolean create, boolean accumulate) {
    this.retain = retain;
    this.create = create;
    this.accumulate = accumulate;
  }

  /// Adds the gradients of `roots` to the `grad` of every leaf that requires one.
  ///
  /// @param roots what to differentiate
  /// @param gradients the gradient of each root; null for 1, which needs a root of one element
  /// @param retain whether to keep what was saved, for another backward
  /// @param create whether the gradients are to be differentiable themselves
  public static void backward(
      List<Value> roots, List<Value> gradients, boolean retain, boolean create) {
    new Autograd(retain || create, create, true).run(roots, gradients, List.of());
  }

  /// The gradients of `roots` by `inputs`; leaves keep theirs.
  ///
  /// @param roots what to differentiate
  /// @param inputs by which tensors
  /// @param gradients the gradient of each root; null for 1
  /// @param retain whether to keep what was saved
  /// @param create whether the gradients are to be differentiable themselves
  /// @return one gradient for each input, null where the roots do not depend on it
  public static Value[] grad(
      List<Value> roots,
      List<Value> inputs,
      List<Value> gradients,
      boolean retain,
      boolean create) {
    Autograd run = new Autograd(retain || create, create, false);
    run.run(roots, gradients, inputs);
    return inputs.stream().map(input -> run.captured.get(placeOf(input))).toArray(Value[]::new);
  }

  private static Object placeOf(Value value) {
    refresh(value);
    return value.gradNode != null ? new Place(value.gradNode, value.gradOutput) : value;
  }

  private void run(List<Value> roots, List<Value> gradients, List<Value> inputs) {
    for (Value input : inputs) {
      if (!input.tracked()) {
        throw new IllegalStateException(
            "grad: one of the inputs (" + input.layout + ") does not require grad");
      }
      captured.put(placeOf(input), null);
    }
    for (Value root : roots) {
      refresh(root);
      if (!root.tracked()) {
        throw new IllegalStateException(
            "backward: the tensor ("
                + root.layout
                + ") does not require grad and was not computed from one that does");
      }
    }
    count(roots);
    ThreadContext.backward(
        create,
        () -> {
          PriorityQueue<GradNode> ready =
              new PriorityQueue<>(Comparator.comparingLong((GradNode node) -> -node.sequence));
          for (int i = 0; i < roots.size(); i++) {
            Value root = roots.get(i);
            Value gradient = gradients == null ? null : gradients.get(i);
            Value start = gradient != null ? check(root, gradient) : one(root);
            arrive(root.gradNode != null ? root.gradNode : root, root.gradOutput, start);
          }
          for (GradNode node : pending.keySet()) {
            if (missing.get(node) == 0) {
              ready.add(node);
            }
          }
          while (!ready.isEmpty()) {
            step(ready.poll(), ready);
          }
          return null;
        });
  }

  private static Value one(Value root) {
    if (root.shape().numel() != 1) {
      throw new IllegalStateException(
          "backward: a gradient must be given for a tensor of shape %s; only a tensor of one element has the gradient 1"
              .formatted(root.shape()));
    }
    Value gradient = Tensor.onesLike((Tensor) root);
    gradient.storage().backwardPass = null;
    return gradient;
  }

  private static Value check(Value root, Value gradient) {
    if (!root.shape().equals(gradient.shape()) || root.dtype() != gradient.dtype()) {
      throw new IllegalArgumentException(
          "backward: expected a gradient like the tensor (%s), got %s"
              .formatted(root.layout, gradient.layout));
    }
    return gradient;
  }

  /// Counts, for each node that will be reached, the gradients to wait for.
  private void count(List<Value> roots) {
    Set<GradNode> seen = new HashSet<>();
    Deque<GradNode> open = new ArrayDeque<>();
    for (Value root : roots) {
      if (root.gradNode != null && seen.add(root.gradNode)) {
        missing.putIfAbsent(root.gradNode, 0);
        open.add(root.gradNode);
      }
    }
    while (!open.isEmpty()) {
      GradNode node = open.remove();
      for (Object next : node.next) {
        if (next instanceof GradNode target) {
          missing.merge(target, 1, Integer::sum);
          if (seen.add(target)) {
            open.add(target);
          }
        }
      }
    }
  }

  private void step(GradNode node, PriorityQueue<GradNode> ready) {
    Value[] arrived = pending.remove(node);
    if (arrived != null) {
      applyHooks(node, arrived);
      for (int i = 0; i < arrived.length; i++) {
        Place place = new Place(node, i);
        if (captured.containsKey(place) && arrived[i] != null) {
          captured.put(place, keep(arrived[i]));
        }
      }
      try {
        flow(node, arrived);
      } catch (IllegalStateException e) {
        if (node.site == null) {
          throw e;
        }
        throw new IllegalStateException(
            e.getMessage() + "; the forward call was at " + node.site, e);
      }
    }
    for (Object next : node.next) {
      if (next instanceof GradNode target && missing.merge(target, -1, Integer::sum) == 0) {
        ready.add(target);
      }
    }
  }

  private void applyHooks(GradNode node, Value[] arrived) {
    for (GradNode.Hook hook : node.hooks) {
      Value gradient = arrived[hook.output()];
      if (gradient != null) {
        // What a hook sees may be held by the user from then on.
        Value replacement = hook.function().apply(keep(gradient));
        if (replacement != null) {
          arrived[hook.output()] = replacement;
        }
      }
    }
  }

  private void flow(GradNode node, Value[] arrived) {
    node.checkNotReleased();
    if (node.op instanceof TransferNode.Transfer transfer) {
      if (arrived[0] != null && node.next[0] != null) {
        arrive(node.next[0], node.nextOutput[0], TensorState.toDevice(arrived[0], transfer.from()));
      }
      return;
    }
    if (node.op instanceof FunctionNode.Custom custom) {
      Tensor[] results = custom.gradients(node, keep(arrived[0]));
      for (int i = 0; i < results.length; i++) {
        send(node, i, results[i]);
      }
      return;
    }
    int outputs = arrived.length;
    int inputs = node.next.length;
    DeviceContext device = deviceOf(arrived);
    Value[] arguments = new Value[outputs + inputs + outputs];
    for (int i = 0; i < inputs + outputs; i++) {
      arguments[outputs + i] = node.recall(i, device);
    }
    for (int i = 0; i < outputs; i++) {
      arguments[i] =
          arrived[i] != null
              ? arrived[i]
              : Value.make(
                  Layout.contiguous(DType.BOOL, Shape.SCALAR), new Source.Absent(device), 0);
    }
    GradientPlan.Of rule = new GradientPlan.Of(node.op, node.gradient.needs(), inputs, outputs);
    if (create) {
      Tensor[] in = new Tensor[arguments.length];
      for (int i = 0; i < in.length; i++) {
        in[i] = (Tensor) arguments[i];
      }
      Tensor[] results = rule.gradients(in);
      for (int i = 0; i < inputs; i++) {
        send(node, i, results[i]);
      }
    } else {
      Value[] results = apart(Engine.callAll(rule, arguments), arguments);
      int at = 0;
      for (int i = 0; i < inputs; i++) {
        // Results come for the inputs through which a gradient flows, in order.
        if (node.gradient.flows()[i]) {
          Value result = results[at++];
          own(result, arguments);
          send(node, i, result);
        }
      }
      for (Value gradient : arrived) {
        if (gradient != null) {
          drop(gradient);
        }
      }
    }
    if (!retain) {
      node.release();
    }
  }

  private void send(GradNode node, int input, Value gradient) {
    if (gradient == null || node.next[input] == null) {
      return;
    }
    if (node.site != null && ((Tensor) gradient).isnan().any().item() != 0) {
      throw new IllegalStateException(
          "Function '%s' returned nan values in its %sth output."
              .formatted(node.op.gradName(), input));
    }
    arrive(node.next[input], node.nextOutput[input], gradient);
  }

  private static DeviceContext deviceOf(Value[] arrived) {
    for (Value gradient : arrived) {
      if (gradient != null) {
        return gradient.storage().device;
      }
    }
    throw new IllegalStateException("a node was reached without a gradient");
  }

  /// The results, each with memory of its own, before the first of them is used up and freed. What they share with an argument
  /// may stay so: the argument is held until all have arrived.
  private static Value[] apart(Value[] results, Value[] arguments) {
    Value[] apart = results.clone();
    for (int i = 1; i < apart.length; i++) {
      if (shares(results[i], results, i) && !shares(results[i], arguments, arguments.length)) {
        apart[i] = ((Tensor) results[i]).clone();
      }
    }
    return apart;
  }

  private static boolean shares(Value value, Value[] others, int count) {
    for (int i = 0; i < count; i++) {
      if (others[i].source == value.source) {
        return true;
      }
    }
    return false;
  }

  /// Marks a gradient as made by this pass, unless it is a view of something older.
  private void own(Value result, Value[] arguments) {
    if (result.source instanceof Storage storage && storage.backwardPass == null) {
      for (Value argument : arguments) {
        if (argument.source == storage) {
          return;
        }
      }
      storage.backwardPass = this;
    }
  }

  private void arrive(Object target, int output, Value gradient) {
    if (target instanceof GradNode node) {
      Value[] arrived = pending.computeIfAbsent(node, key -> new Value[key.plan.outputs.length]);
      arrived[output] = add(arrived[output], gradient);
      return;
    }
    Value leaf = (Value) target;
    if (captured.containsKey(leaf)) {
      captured.put(leaf, add(captured.get(leaf), keep(gradient)));
    }
    if (accumulate) {
      accumulate(leaf, gradient);
    }
  }

  private Value add(Value sum, Value gradient) {
    if (sum == null) {
      hold(gradient);
      return gradient;
    }
    Value result = Engine.call(PointwiseOps.ADD, sum, gradient);
    if (!create) {
      own(result, new Value[] {sum, gradient});
      hold(result);
      drop(sum);
      hold(gradient);
      drop(gradient);
    }
    return result;
  }

  private void accumulate(Value leaf, Value gradient) {
    Value arrived = gradient;
    for (UnaryOperator<Value> hook : List.copyOf(leaf.leaf().hooks)) {
      Value replacement = hook.apply(keep(arrived));
      arrived = replacement != null ? replacement : arrived;
    }
    Recording.touch(leaf, true);
    Value before = leaf.leaf().grad;
    if (before != null) {
      boolean inPlace = !create && !before.tracked() && before.layout.isContiguous();
      if (inPlace) {
        Engine.callAll(new InPlace(PointwiseOps.ADD), before, arrived);
      } else {
        leaf.leaf().grad = keep(Engine.call(PointwiseOps.ADD, before, arrived));
      }
      hold(gradient);
      drop(gradient);
      return;
    }
    // A gradient that is a view, or that flows on elsewhere, is copied: nobody else may write into
    // a leaf's gradient.
    boolean mine =
        arrived.source instanceof Storage storage
            && storage.backwardPass == this
            && storage.pendingUses == 0
            && Fuser.isDense(arrived.layout.view());
    Value grad = mine || create ? arrived : ((Tensor) arrived).clone();
    leaf.leaf().grad = keep(grad);
    leaf.leaf().gradSeen = false;
  }

  // ---- who still needs the memory of a gradient ----

  private void hold(Value gradient) {
    if (gradient.source instanceof Storage storage) {
      storage.pendingUses++;
    }
  }

  /// A pending gradient was used: free its memory if this pass made it and nothing else needs it.
  private void drop(Value gradient) {
    if (gradient.source instanceof Storage storage
        && --storage.pendingUses == 0
        && storage.backwardPass == this
        && !create) {
      storage.free("by the backward pass, which had made it for itself");
    }
  }

  /// Takes a gradient out of this pass's hands, and out of the scope's.
  private Value keep(Value gradient) {
    if (gradient.source instanceof Storage storage) {
      storage.backwardPass = null;
      storage.scope = null;
    }
    return gradient;
  }

  // ---- in-place changes of views ----

  /// Gives a view whose base was changed in place through another view the node it should have.
  static void refresh(Value value) {
    Value base = value.base;
    if (base != null && value.baseEpoch != base.epoch) {
      value.baseEpoch = base.epoch;
      if (base.gradNode != null) {
        GradNode node = Engine.recordOnly(new OpDef.AsStrided(within(base, value)), straight(base));
        value.gradNode = node;
        value.gradOutput = 0;
      }
    }
  }

  /// Records that a tensor was overwritten by what `node` computed.
  static void rebase(Value target, GradNode node) {
    Value base = target.base;
    target.epoch++;
    if (base == null) {
      target.gradNode = node;
      target.gradOutput = 0;
      return;
    }
    Value written = Value.make(target.layout, target.source, target.offset);
    written.gradNode = node;
    Value whole = straight(base);
    OpDef overwrite = ViewOps.overwrite(whole.shape(), whole.dtype(), within(base, target));
    GradNode overwritten = Engine.recordOnly(overwrite, whole, written);
    if (whole == base) {
      base.gradNode = overwritten;
    } else {
      whole.gradNode = overwritten;
      whole.gradOutput = 0;
      OpDef back = new OpDef.Permute("permute", inverse(memoryOrder(base.layout.view())));
      base.gradNode = Engine.recordOnly(back, whole);
    }
    base.gradOutput = 0;
    base.epoch++;
    refresh(target);
  }

  /// The base with its axes in the order they have in memory, so that it is contiguous; itself if it is so already.
  private static Value straight(Value base) {
    if (base.layout.isContiguous()) {
      return base;
    }
    if (!Fuser.isDense(base.layout.view())) {
      throw new IllegalStateException(
          "an in-place operation on a view of a tensor that has gaps (%s) cannot be differentiated; use contiguous() first"
              .formatted(base.layout));
    }
    OpDef.Movement order = new OpDef.Permute("permute", memoryOrder(base.layout.view()));
    View view = order.move(base.layout.view()).orElseThrow();
    Value whole = Value.make(Layout.of(base.dtype(), view), base.source, base.offset);
    if (base.tracked()) {
      whole.gradNode = Engine.recordOnly(order, base);
    }
    return whole;
  }

  /// The axes of a dense view, the one with the largest stride first.
  static List<Integer> memoryOrder(View view) {
    List<Integer> axes = new ArrayList<>();
    for (int axis = 0; axis < view.shape().rank(); axis++) {
      axes.add(axis);
    }
    // Axes of size 1 may have any stride; wherever they go, the result is contiguous.
    axes.sort((a, b) -> Long.compare(view.stride(b), view.stride(a)));
    return axes;
  }

  static List<Integer> inverse(List<Integer> order) {
    List<Integer> result = new ArrayList<>(order);
    for (int i = 0; i < order.size(); i++) {
      result.set(order.get(i), i);
    }
    return result;
  }

  private static View within(Value base, Value view) {
    return View.of(view.shape(), view.layout.view().strides(), view.offset - base.offset);
  }
}
