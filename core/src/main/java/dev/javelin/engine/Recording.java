package dev.javelin.engine;

import dev.javelin.ops.OpDef;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/// What a compiled function did while it ran once: the ops, in order, with the memory they read and wrote, and what it did besides,
/// which has to be done again at each replay.
///
/// Ops run as always while they are recorded, so the recorded call has the results of any other.
public final class Recording {
  /// Where elements lie.
  ///
  /// @param storage in which memory; by identity, since it may be freed long before the recording ends
  /// @param layout how
  /// @param offset the element of the memory they begin at
  record Place(Storage storage, Layout layout, long offset) {
    static Place of(Value value) {
      return new Place((Storage) value.source, value.layout, value.offset);
    }
  }

  /// What was read without history although its place has one: no gradient flows there.
  ///
  /// @param place where it lies
  record Cut(Place place) {}

  /// A call.
  ///
  /// @param op the op
  /// @param inputs what it read: a [Place], a [Cut], or a value that is a number or known by layout only
  /// @param outputs where its outputs lie
  record Entry(OpDef op, List<Object> inputs, List<Place> outputs) {}

  /// A number that is computed anew at each replay.
  static final class Dynamic {
    final Value first;
    Value current;

    private Dynamic(Value first) {
      this.first = first;
      this.current = first;
    }
  }

  /// A tensor that the function did not make.
  sealed interface Outside {
    /// Where its elements were.
    Place place();

    /// What it is in a call with these arguments, null if it is not there.
    Value current(Value[] args);

    /// Whether, as far as this tensor goes, the recording holds for a call with these arguments.
    boolean isUnchanged(Value[] args);
  }

  /// An argument.
  ///
  /// @param index which
  /// @param place where its elements were
  record Argument(int index, Place place) implements Outside {
    @Override
    public Value current(Value[] args) {
      return args[index];
    }

    @Override
    public boolean isUnchanged(Value[] args) {
      return true; // its layout is part of the signature
    }
  }

  /// A tensor that was there before.
  ///
  /// @param value the tensor
  /// @param place where its elements were
  record Captured(Value value, Place place) implements Outside {
    @Override
    public Value current(Value[] args) {
      return value;
    }

    @Override
    public boolean isUnchanged(Value[] args) {
      return value.layout == place.layout
          && value.source == place.storage
          && value.offset == place.offset;
    }
  }

  /// A tensor that the function made of host memory.
  ///
  /// @param value a copy, which nobody else knows
  /// @param place where the elements were
  record Constant(Value value, Place place) implements Outside {
    @Override
    public Value current(Value[] args) {
      return value;
    }

    @Override
    public boolean isUnchanged(Value[] args) {
      return true;
    }
  }

  /// The gradient that a leaf had before the call. It may be another tensor in each call.
  ///
  /// @param leaf the leaf
  /// @param place where its elements were
  record OldGradient(Leaf leaf, Place place) implements Outside {
    @Override
    public Value current(Value[] args) {
      return leaf.gradient(args);
    }

    @Override
    public boolean isUnchanged(Value[] args) {
      Value now = current(args);
      return now != null && now.layout == place.layout;
    }
  }

  /// A leaf whose gradient the function changed.
  static final class Leaf {
    private final Value value;

    /// Which argument it is, -1 for none.
    private final int argument;

    /// Whether the old gradient mattered.
    final boolean read;

    private final boolean hadGradient;

    /// The gradient, if the function captured that tensor before it came upon it here: it must stay it. Null otherwise.
    private Value captured;

    private Leaf(Value value, int argument, boolean read) {
      this.value = value;
      this.argument = argument;
      this.read = read;
      this.hadGradient = gradient(null) != null;
    }

    /// The leaf in a call with these arguments; that of the recording for null.
    Value value(Value[] args) {
      return argument < 0 || args == null ? value : args[argument];
    }

    Value gradient(Value[] args) {
      Value.LeafState state = value(args).leafOrNull();
      return state == null ? null : state.grad;
    }

    boolean isUnchanged(Value[] args) {
      return (!read || hadGradient == (gradient(args) != null))
          && (captured == null || captured == gradient(args));
    }
  }

  final List<Entry> entries = new ArrayList<>();
  final List<Runnable> actions = new ArrayList<>();
  final List<BooleanSupplier> guards = new ArrayList<>();
  final Map<Value, Dynamic> dynamics = new IdentityHashMap<>();

  /// The tensors that the function did not make: the arguments, and what it read besides, in that order.
  final List<Outside> outsides = new ArrayList<>();

  final Map<Value, Leaf> leaves = new IdentityHashMap<>();
  private final Map<Value, Leaf> gradients = new IdentityHashMap<>();
  private final Set<Storage> made = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Map<Storage, Value> constants = new IdentityHashMap<>();

  /// The tensors that are arguments, were computed, or are among the outsides already.
  private final Set<Value> known = Collections.newSetFromMap(new IdentityHashMap<>());

  /// What some tensors are without history.
  private final Map<Value, Value> origins = new IdentityHashMap<>();

  /// The places whose contents have a history.
  private final Set<Place> tracked = new HashSet<>();

  /// Whether gradients are changed on their way by code of the user's.
  boolean hasOwnGradients;

  /// Whether the function made tensors that outlive the call, as an optimiser does at its first step.
  boolean madeState;

  final Value[] args;

  Recording(Value[] args) {
    this.args = args;
    for (int i = 0; i < args.length; i++) {
      outsides.add(new Argument(i, Place.of(args[i])));
      known.add(args[i]);
    }
  }

  // ---- for what is not an op ----

  private static Recording current() {
    return ThreadContext.get().recording;
  }

  /// Does something now and, inside a compiled function, again at each replay, in the same order.
  ///
  /// @param effect what to do: a change of what is not a tensor
  public static void effect(Runnable effect) {
    Recording recording = current();
    if (recording != null) {
      recording.actions.add(effect);
    }
    effect.run();
  }

  /// A number as an operand that, inside a compiled function, is computed anew at each replay.
  ///
  /// @param number computes it
  /// @return the operand
  public static Value number(DoubleSupplier number) {
    return dynamic(() -> Engine.number(number.getAsDouble()));
  }

  static Value dynamic(Supplier<Value> number) {
    Value first = number.get();
    Recording recording = current();
    if (recording != null) {
      Dynamic dynamic = new Dynamic(first);
      recording.dynamics.put(first, dynamic);
      recording.actions.add(() -> dynamic.current = number.get());
    }
    return first;
  }

  /// Inside a compiled function, names what must stay as it is for the recording to stay valid.
  ///
  /// @param guard whether it is as it was; must hold now
  public static void guard(BooleanSupplier guard) {
    Recording recording = current();
    if (recording != null) {
      recording.guards.add(guard);
    }
  }

  /// Whether a compiled function is being recorded on this thread.
  ///
  /// @return true inside its body
  public static boolean isOn() {
    return current() != null;
  }

  static void checkMayRead(Value value) {
    if (current() != null) {
      throw new IllegalStateException(
          ("compile: the values of a tensor (%s) were asked for inside a compiled function, by"
               + " item(), toArray(), printing or a move to another device; what is recorded cannot"
               + " depend on values: return the tensor and read it outside")
              .formatted(value.layout));
    }
  }

  // ---- gradients of leaves ----

  /// Notes that the gradient of a leaf is about to be read or replaced.
  static void touch(Value leaf, boolean reads) {
    Recording recording = current();
    if (recording == null) {
      return;
    }
    if (!recording.leaves.containsKey(leaf)) {
      Leaf state = new Leaf(leaf, Arrays.asList(recording.args).indexOf(leaf), reads);
      recording.leaves.put(leaf, state);
      Value old = state.gradient(null);
      if (old != null && recording.known.contains(old)) {
        state.captured = old;
      } else if (old != null) {
        recording.gradients.put(old, state);
      }
    }
  }

  // ---- ops ----

  void log(OpDef op, Value[] inputs, Value[] outputs, boolean outlives) {
    List<Object> operands = new ArrayList<>();
    for (Value input : inputs) {
      operands.add(input.source instanceof Storage ? operand(input) : input);
    }
    List<Place> results = new ArrayList<>();
    for (Value output : outputs) {
      Place place = Place.of(output);
      boolean isNew = Arrays.stream(inputs).noneMatch(input -> input.source == place.storage);
      if (output.tracked()) {
        tracked.add(place);
      }
      if (isNew) {
        made.add(place.storage);
        madeState |= outlives;
      }
      known.add(output);
      results.add(place);
    }
    entries.add(new Entry(op, operands, results));
  }

  private Object operand(Value value) {
    Place place = read(value);
    if (origin(value).tracked()) {
      tracked.add(place);
    }
    boolean flows = value.tracked() && ThreadContext.isGradEnabled();
    return !flows && tracked.contains(place) ? new Cut(place) : place;
  }

  /// Where a tensor lies that is read or given back.
  Place read(Value value) {
    Value origin = origin(value);
    Place place = Place.of(origin);
    if (!made.contains(place.storage) && known.add(origin)) {
      outsides.add(outside(origin, place));
    }
    return place;
  }

  private Value origin(Value value) {
    Value origin = value;
    while (origins.containsKey(origin)) {
      origin = origins.get(origin);
    }
    return origin;
  }

  private Outside outside(Value value, Place place) {
    Leaf leaf = gradients.get(value);
    if (leaf != null) {
      return new OldGradient(leaf, place);
    }
    Value constant = constants.get(place.storage);
    return constant == null
        ? new Captured(value, place)
        : new Constant(Value.make(place.layout, constant.source, place.offset), place);
  }

  /// Notes that a tensor is another one without history.
  static void same(Value origin, Value copy) {
    Recording recording = current();
    if (recording != null) {
      recording.origins.put(copy, origin);
    }
  }

  /// Notes that the user changes gradients on their way, which a backward pass through the recording would not do.
  static void ownGradient() {
    Recording recording = current();
    if (recording != null) {
      recording.hasOwnGradients = true;
    }
  }

  /// Notes that the function made a tensor of host memory, with another of the same values that stays as it is.
  void constant(Storage storage, Value copy) {
    constants.put(storage, copy);
  }

  /// Whether memory was filled by the host during the function.
  boolean isConstant(Storage storage) {
    return constants.containsKey(storage);
  }

  /// Whether memory was made by the function's ops.
  boolean isMade(Storage storage) {
    return made.contains(storage);
  }
}
