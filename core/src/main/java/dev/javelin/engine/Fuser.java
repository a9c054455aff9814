package dev.javelin.engine;

import dev.javelin.engine.Draft.Placed;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import dev.javelin.ops.OpDef;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Turns a traced graph into a plan of as few kernels as possible.
///
/// Views move to the buffers; elementwise producers join their consumers; folds over the same rows join into one row kernel with
/// everything elementwise around them; elementwise consumers of a product or convolution become its epilogue. This class decides
/// what is computed where; [Lowering] writes the programs, [Structured] the kernels that are not elementwise.
final class Fuser {
  private final DeviceContext device;
  private final Value[] leaves;
  private final Map<Value, Placed> placed = new IdentityHashMap<>();
  private final Map<Value, Integer> uses = new IdentityHashMap<>();
  private final Map<Value, Placed> targets = new IdentityHashMap<>();
  private final Map<Value, Value> fused = new IdentityHashMap<>();
  private final Map<Placed, Placed> copies = new HashMap<>();
  private final List<Draft.Finished> kernels = new ArrayList<>();
  private final List<Long> slotBytes = new ArrayList<>();
  private final Structured structured = new Structured(this);

  private Fuser(DeviceContext device, Value[] leaves) {
    this.device = device;
    this.leaves = leaves;
  }

  /// The plan of an op.
  static Plan plan(OpDef op, DeviceContext device, Value[] inputs) {
    Value[] leaves = Trace.leaves(inputs);
    Value[] outputs = Trace.outputs(op, leaves);
    Set<Integer> copied = new HashSet<>();
    while (true) {
      Fuser fuser = new Fuser(device, leaves);
      Plan.Output[] places = fuser.compile(op, outputs, copied);
      if (!copied.addAll(fuser.unsafeTargets())) {
        return fuser.finish(op, places);
      }
    }
  }

  DeviceContext device() {
    return device;
  }

  /// Computes the outputs. Those written into an input are computed in place, but for the inputs in `copied` and for what is only moved
  /// from one input to another: these are copied when everything else is done.
  private Plan.Output[] compile(OpDef op, Value[] outputs, Set<Integer> copied) {
    Placed[] staged = new Placed[outputs.length];
    for (int i = 0; i < outputs.length; i++) {
      countUse(outputs[i]);
      int target = targetOf(op, i);
      if (target >= 0 && root(outputs[i]).source instanceof Source.Leaf) {
        Placed place = place(outputs[i]);
        staged[i] = place.equals(leaf(target)) ? place : contiguousCopy(place);
      } else if (target >= 0 && !copied.contains(target)) {
        targets.putIfAbsent(outputs[i], leaf(target));
      }
    }
    Schedule.run(this, outputs);
    Plan.Output[] places = new Plan.Output[outputs.length];
    for (int i = 0; i < outputs.length; i++) {
      int target = targetOf(op, i);
      Placed place = staged[i] != null ? staged[i] : place(outputs[i]);
      if (target >= 0) {
        if (!place.equals(leaf(target))) {
          copy(place, leaf(target));
        }
        places[i] = new Plan.Output(target, true, leaves[target].layout, 0);
      } else {
        places[i] =
            new Plan.Output(
                place.slot(), false, Layout.of(place.dtype(), place.view()), place.view().offset());
      }
    }
    return places;
  }

  private static int targetOf(OpDef op, int output) {
    return op instanceof OpDef.Composed composed ? composed.target(output) : -1;
  }

  /// Counts one more reader of a value.
  void countUse(Value value) {
    uses.merge(value, 1, Integer::sum);
  }

  /// Which values are computed elementwise from which product, as its epilogue.
  void setFused(Map<Value, Value> products) {
    fused.putAll(products);
  }

  /// The product whose epilogue a value is.
  Optional<Value> product(Value root) {
    return Optional.ofNullable(fused.get(root));
  }

  boolean isTarget(Value value) {
    return targets.containsKey(value);
  }

  boolean isPlaced(Value value) {
    return find(value).isPresent();
  }

  // ---- places ----

  Placed leaf(int index) {
    return new Placed(index, leaves[index].layout.view(), leaves[index].dtype());
  }

  int newSlot(DType dtype, long elements) {
    slotBytes.add(Math.max(1, elements) * dtype.bytes());
    return leaves.length + slotBytes.size() - 1;
  }

  /// Memory for a value: the input it is to be written into, or new.
  Placed room(Value value, View preferred) {
    Placed target = targets.get(value);
    return target != null
        ? target
        : new Placed(newSlot(value.dtype(), value.shape().numel()), preferred, value.dtype());
  }

  /// New memory for a value, row by row.
  Placed fresh(Value value) {
    return new Placed(
        newSlot(value.dtype(), value.shape().numel()),
        View.contiguous(value.shape()),
        value.dtype());
  }

  void setPlace(Value value, Placed place) {
    placed.put(value, place);
  }

  /// Forgets where a value lay, because its memory was changed.
  void forget(Value value) {
    placed.remove(value);
  }

  /// Where a value lies without computing anything, if it is there already or is an input.
  Optional<Placed> find(Value value) {
    if (value.source instanceof Source.Leaf(int index)) {
      return Optional.of(leaf(index));
    }
    return Optional.ofNullable(placed.get(value));
  }

  int usesOf(Value value) {
    return uses.getOrDefault(value, 0);
  }

  /// Where a value lies, computed if need be; views are followed.
  Placed place(Value value) {
    Optional<Placed> known = find(value);
    if (known.isPresent()) {
      return known.get();
    }
    Source.Computed computed = (Source.Computed) value.source;
    if (computed.op instanceof OpDef.Movement movement && !targets.containsKey(value)) {
      Placed moved = follow(place(computed.inputs.getFirst()), List.of(movement));
      placed.put(value, moved);
      return moved;
    }
    emitAll(List.of(value));
    return placed.get(value);
  }

  /// Looks at memory through views; copies where a reshape cannot be a view.
  Placed follow(Placed place, List<OpDef.Movement> path) {
    Placed current = place;
    for (OpDef.Movement movement : path) {
      Optional<View> next = movement.move(current.view());
      if (next.isEmpty()) {
        current = contiguousCopy(current);
        next = movement.move(current.view());
      }
      current = new Placed(current.slot(), next.orElseThrow(), current.dtype());
    }
    return current;
  }

  Placed contiguousCopy(Placed place) {
    return copyTo(place, View.contiguous(place.view().shape()));
  }

  /// The same elements laid out otherwise.
  Placed copyTo(Placed place, View wanted) {
    Placed key = new Placed(place.slot(), place.view(), place.dtype());
    Placed known = copies.get(key);
    if (known != null && known.view().equals(wanted)) {
      return known;
    }
    Placed result =
        new Placed(newSlot(place.dtype(), place.view().shape().numel()), wanted, place.dtype());
    copy(place, result);
    copies.put(key, result);
    return result;
  }

  private void copy(Placed from, Placed to) {
    Draft draft = new Draft();
    Kernel.Operand source = draft.operand(from);
    Kernel.Operand target = draft.operand(to);
    add(draft.finish(types -> new Kernel.Copy(types, source, target)));
  }

  void add(Draft.Finished kernel) {
    kernels.add(kernel);
  }

  // ---- what is computed in which kernel ----

  /// Computes values; those over the same rows, or of elementwise kind, share kernels.
  void emitAll(List<Value> values) {
    Map<Rows, List<Value>> rows = new LinkedHashMap<>();
    List<Value> plain = new ArrayList<>();
    for (Value value : values) {
      Value root = root(value);
      if (find(root).isPresent() && !targets.containsKey(root)) {
        continue;
      }
      if (!Analysis.isScalarCode(root)) {
        structured.emit(root);
        continue;
      }
      Optional<Value> product = product(root);
      if (product.isPresent()) {
        structured.emitProduct(product.get(), root);
        continue;
      }
      Optional<Rows> found = Analysis.rows(this, root);
      if (found.isPresent()) {
        List<Value> group = rows.computeIfAbsent(found.get(), key -> new ArrayList<>());
        if (!group.contains(root)) {
          group.add(root);
        }
      } else if (!plain.contains(root)) {
        plain.add(root);
      }
    }
    rows.forEach((space, roots) -> Lowering.emitRows(this, space, roots));
    plain.removeIf(root -> placed.containsKey(root));
    if (!plain.isEmpty()) {
      Lowering.emitMaps(this, plain, root -> room(root, null));
    }
  }

  /// What a chain of views looks at, unless the view itself is to be written somewhere.
  Value root(Value value) {
    Value root = value;
    while (!targets.containsKey(root)
        && root.source instanceof Source.Computed computed
        && computed.op instanceof OpDef.Movement
        && !placed.containsKey(root)) {
      root = computed.inputs.getFirst();
    }
    return root;
  }

  // ---- in-place updates ----

  /// The inputs that are written into although they are read elsewhere than at the element that is being written, in the same part of
  /// the same kernel, or by a kernel after that.
  private Set<Integer> unsafeTargets() {
    Set<Integer> unsafe = new HashSet<>();
    for (Placed target : targets.values()) {
      boolean written = false;
      for (Draft.Finished finished : kernels) {
        int buffer = finished.slots().indexOf(target.slot());
        if (buffer < 0) {
          continue;
        }
        if (written || !InPlace.isSafe(finished.kernel(), buffer)) {
          unsafe.add(target.slot());
        }
        written = InPlace.writes(finished.kernel(), buffer);
      }
    }
    return unsafe;
  }

  // ---- the plan ----

  private Plan finish(OpDef op, Plan.Output[] outputs) {
    int inputs = leaves.length;
    boolean[] own = new boolean[slotBytes.size()];
    for (Plan.Output output : outputs) {
      if (output.slot() >= inputs) {
        own[output.slot() - inputs] = true;
      }
    }
    int[] renumbered = new int[slotBytes.size()];
    List<Long> ownBytes = new ArrayList<>();
    int temporaries = 0;
    for (int i = 0; i < own.length; i++) {
      if (own[i]) {
        renumbered[i] = inputs + ownBytes.size();
        ownBytes.add(slotBytes.get(i));
      }
    }
    MemoryPlan memory = new MemoryPlan();
    for (int i = 0; i < own.length; i++) {
      if (!own[i]) {
        renumbered[i] = inputs + ownBytes.size() + temporaries++;
        addLife(memory, inputs + i);
      }
    }
    long[] tempOffsets = memory.offsets();
    Plan.Step[] steps = new Plan.Step[kernels.size()];
    for (int i = 0; i < steps.length; i++) {
      Draft.Finished finished = kernels.get(i);
      int[] slots =
          finished.slots().stream()
              .mapToInt(slot -> slot < inputs ? slot : renumbered[slot - inputs])
              .toArray();
      steps[i] =
          new Plan.Step(
              finished.kernel(),
              device.kernel(finished.kernel()),
              slots,
              finished.params(),
              finished.toDouble());
    }
    Plan.Output[] places = new Plan.Output[outputs.length];
    for (int i = 0; i < places.length; i++) {
      Plan.Output output = outputs[i];
      int slot = output.slot() < inputs ? output.slot() : renumbered[output.slot() - inputs];
      places[i] = new Plan.Output(slot, output.written(), output.layout(), output.offset());
    }
    Layout[] layouts = new Layout[inputs];
    for (int i = 0; i < inputs; i++) {
      layouts[i] = leaves[i].layout;
    }
    return new Plan(
        op,
        layouts,
        places,
        steps,
        ownBytes.stream().mapToLong(Long::longValue).toArray(),
        tempOffsets,
        memory.bytes(),
        memory.floor());
  }

  /// Plans a temporary from the first kernel that has it to the last.
  private void addLife(MemoryPlan memory, int slot) {
    int first = kernels.size();
    int last = 0;
    for (int i = 0; i < kernels.size(); i++) {
      if (kernels.get(i).slots().contains(slot)) {
        first = Math.min(first, i);
        last = i;
      }
    }
    memory.add(slotBytes.get(slot - leaves.length), first, Math.max(first, last));
  }

  /// A view like that of a dense tensor, in the axis order of `like`, or contiguous if that is not dense.
  static View dense(Shape shape, Optional<View> like) {
    return like.filter(view -> view.shape().equals(shape) && isDense(view))
        .map(view -> View.of(shape, view.strides(), 0))
        .orElseGet(() -> View.contiguous(shape));
  }

  /// Whether a view's elements fill a block of memory without gaps or repetition, in some order of the axes.
  static boolean isDense(View view) {
    List<Integer> axes = new ArrayList<>();
    for (int axis = 0; axis < view.shape().rank(); axis++) {
      if (view.shape().size(axis) > 1) {
        axes.add(axis);
      }
    }
    axes.sort((a, b) -> Long.compare(view.stride(a), view.stride(b)));
    long expected = 1;
    for (int axis : axes) {
      if (view.stride(axis) != expected) {
        return false;
      }
      expected *= view.shape().size(axis);
    }
    return true;
  }
}
