package dev.javelin.engine;

import dev.javelin.Tensor;
import dev.javelin.engine.Recording.Entry;
import dev.javelin.engine.Recording.Place;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import dev.javelin.ops.Composite;
import dev.javelin.ops.Gradient;
import dev.javelin.ops.OpDef;
import dev.javelin.ops.PointwiseOps;
import dev.javelin.ops.ViewOps;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A recording as one op: its body goes through the recorded calls again, on graph nodes. Writes into memory become values: each write
/// gives the memory a new content, and what is read later is read from that; the last contents of what came from outside are written
/// back at the end, in place where that is safe.
final class Region implements OpDef.Composed {
  private final List<Entry> entries;
  private final OutsideMemory outside;
  private final Map<Value, Integer> numbers;
  private final int inputCount;
  private final boolean differentiable;
  private final List<Place> results;

  /// The inputs written into, and the outputs that hold their new contents.
  private final List<Integer> targets = new ArrayList<>();

  /// A region.
  ///
  /// @param entries the calls
  /// @param outside the memory of its tensor inputs, which come first
  /// @param numbers which input stands for each number
  /// @param inputCount how many inputs there are, the numbers too
  /// @param results what is wanted at the end
  /// @param differentiable whether a backward pass may go through it; it then computes again what it needs of the forward pass
  Region(
      List<Entry> entries,
      OutsideMemory outside,
      Map<Value, Integer> numbers,
      int inputCount,
      List<Place> results,
      boolean differentiable) {
    this.entries = entries;
    this.results = results;
    this.outside = outside;
    this.numbers = numbers;
    this.inputCount = inputCount;
    this.differentiable = differentiable;
    for (int i = 0; i < outside.inputs.size(); i++) {
      if (outside.isUpdated(outside.inputs.get(i).place())) {
        targets.add(i);
      }
    }
  }

  /// Which input of an op an output is written into, -1 for none.
  static int targetOf(OpDef op, int output) {
    return op instanceof OpDef.Composed composed ? composed.target(output) : -1;
  }

  @Override
  public String name() {
    return "compiled";
  }

  @Override
  public Gradient gradient() {
    return differentiable
        ? Composite.derivative(
            name(),
            List.of(this),
            inputCount,
            results.size() + targets.size(),
            in -> walk(in, true))
        : Gradient.NONE;
  }

  @Override
  public int target(int output) {
    return output < results.size() ? -1 : targets.get(output - results.size());
  }

  @Override
  public int visible() {
    return Integer.MAX_VALUE;
  }

  @Override
  public Tensor[] trace(Tensor[] in) {
    return walk(in, false);
  }

  /// Goes through the calls.
  ///
  /// @param cuts whether the result is to be differentiated
  private Tensor[] walk(Tensor[] in, boolean cuts) {
    Memories memories = new Memories(outside);
    for (int i = 0; i < outside.inputs.size(); i++) {
      memories.define(outside.inputs.get(i).place(), in[i]);
    }
    Trace trace = ThreadContext.get().trace;
    for (Entry entry : entries) {
      Value[] operands = new Value[entry.inputs().size()];
      for (int i = 0; i < operands.length; i++) {
        Object operand = entry.inputs().get(i);
        operands[i] =
            switch (operand) {
              case Place place -> memories.read(place);
              case Recording.Cut(Place place) when cuts ->
                  trace.record(OpDef.Pointwise.DETACH, new Value[] {memories.read(place)})[0];
              case Recording.Cut(Place place) -> memories.read(place);
              case Value value when value.isNumber() -> in[numbers.get(value)];
              default -> (Value) operand; // only its layout counts
            };
      }
      Value[] values = trace.record(entry.op(), operands);
      for (int i = 0; i < entry.outputs().size(); i++) {
        if (targetOf(entry.op(), i) >= 0) {
          memories.write(entry.outputs().get(i), values[i]);
        } else {
          memories.define(entry.outputs().get(i), values[i]);
        }
      }
    }
    return outputs(memories);
  }

  /// What lies in different memory must be different values, or it would come to lie in the same memory.
  private Tensor[] outputs(Memories memories) {
    List<Tensor> outputs = new ArrayList<>();
    Map<Value, Object> owners = new IdentityHashMap<>();
    for (Place place : results) {
      outputs.add((Tensor) apart(memories.read(place), place, owners));
    }
    for (int input : targets) {
      Place place = outside.inputs.get(input).place();
      outputs.add((Tensor) apart(memories.read(place), place, owners));
    }
    return outputs.toArray(new Tensor[0]);
  }

  private Value apart(Value value, Place place, Map<Value, Object> owners) {
    Object memory = outside.key(place);
    Value result = value;
    while (true) {
      Value root = result;
      while (root.source instanceof Source.Computed computed
          && computed.op instanceof OpDef.Movement) {
        root = computed.inputs.getFirst();
      }
      if (root.source instanceof Source.Leaf && !outside.isConstant(place)) {
        return result;
      }
      Object owner =
          root.source instanceof Source.Leaf ? outside : owners.putIfAbsent(root, memory);
      if (owner == null || owner == memory) {
        return result;
      }
      result = ThreadContext.get().trace.record(PointwiseOps.CLONE, new Value[] {result})[0];
    }
  }

  /// What each memory holds at a moment of the walk.
  private static final class Memories {
    private final OutsideMemory outside;
    private final Map<Object, Memory> memories = new IdentityHashMap<>();

    /// What one memory holds.
    private static final class Memory {
      /// Different parts of it, by where they lie; all of them as they are now.
      final Map<Place, Value> parts = new LinkedHashMap<>();

      /// The part that has all others in it.
      Place whole;
    }

    Memories(OutsideMemory outside) {
      this.outside = outside;
    }

    void define(Place place, Value value) {
      Memory memory = memories.computeIfAbsent(outside.key(place), key -> new Memory());
      if (memory.whole == null) {
        memory.whole = place;
      }
      memory.parts.put(place, value);
    }

    Value read(Place place) {
      Memory memory = memories.get(outside.key(place));
      Value known = memory.parts.get(place);
      if (known == null) {
        known = move(new OpDef.AsStrided(within(memory.whole, place)), flat(memory));
        memory.parts.put(place, known);
      }
      return known;
    }

    void write(Place place, Value value) {
      Memory memory = memories.get(outside.key(place));
      Map<Place, Value> rest = new HashMap<>();
      if (place.equals(memory.whole)) {
        rest.put(place, value);
      } else {
        Value flat = flat(memory);
        View part = within(memory.whole, place);
        Value changed = record(ViewOps.overwrite(flat.shape(), flat.dtype(), part), flat, value);
        rest.put(memory.whole, unflat(memory.whole, changed));
        rest.put(place, value);
      }
      memory.parts.clear();
      memory.parts.putAll(rest);
    }

    /// All elements in the order they lie in memory.
    private static Value flat(Memory memory) {
      Value whole = memory.parts.get(memory.whole);
      View view = memory.whole.layout().view();
      List<Integer> order = Autograd.memoryOrder(view);
      Value ordered = isAscending(order) ? whole : move(new OpDef.Permute("permute", order), whole);
      return move(new OpDef.Reshape("view", Shape.of(view.shape().numel())), ordered);
    }

    /// The reverse of [#flat].
    private static Value unflat(Place whole, Value flat) {
      View view = whole.layout().view();
      List<Integer> order = Autograd.memoryOrder(view);
      long[] sizes = order.stream().mapToLong(axis -> view.shape().size(axis)).toArray();
      Value ordered = move(new OpDef.Reshape("view", Shape.of(sizes)), flat);
      return isAscending(order)
          ? ordered
          : move(new OpDef.Permute("permute", Autograd.inverse(order)), ordered);
    }

    private static boolean isAscending(List<Integer> order) {
      for (int i = 0; i < order.size(); i++) {
        if (order.get(i) != i) {
          return false;
        }
      }
      return true;
    }

    private static View within(Place whole, Place part) {
      View view = part.layout().view();
      long offset = part.offset() - whole.offset();
      long last = offset;
      for (int axis = 0; axis < view.shape().rank(); axis++) {
        last += (view.shape().size(axis) - 1) * view.stride(axis);
      }
      if (offset < 0
          || last >= whole.layout().shape().numel()
          || !Fuser.isDense(whole.layout().view())) {
        throw new IllegalStateException(
            ("compile: part of a tensor (%s) is written or read again that the compiled function"
                    + " knows only in another part (%s); pass or use the whole tensor")
                .formatted(part.layout(), whole.layout()));
      }
      return View.of(view.shape(), view.strides(), offset);
    }

    private static Value move(OpDef.Movement op, Value value) {
      return record(op, value);
    }

    private static Value record(OpDef op, Value... inputs) {
      return ThreadContext.get().trace.record(op, inputs)[0];
    }
  }
}
