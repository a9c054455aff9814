package dev.javelin.engine;

import dev.javelin.ops.OpDef;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
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

  /// A call.
  ///
  /// @param op the op
  /// @param inputs what it read: a [Place], or a value that is a number or known by layout only
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

  /// An input of the region besides the arguments.
  interface Outside {
    /// What it is in a call with these arguments, null if it is not there.
    Value current(Value[] args);

    /// Whether a recording made before holds for a call with these arguments.
    boolean isUnchanged(Value[] args);
  }

  /// A tensor that was there before, or came from the host.
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
          && value.offset == place.offset
          && Arrays.stream(args).noneMatch(arg -> arg.source == place.storage);
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
      return !read || hadGradient == (gradient(args) != null);
    }
  }

  final List<Entry> entries = new ArrayList<>();
  final List<Runnable> actions = new ArrayList<>();
  final List<BooleanSupplier> guards = new ArrayList<>();
  final Map<Value, Dynamic> dynamics = new IdentityHashMap<>();
  final Map<Place, Outside> outsides = new LinkedHashMap<>();
  final Map<Value, Leaf> leaves = new IdentityHashMap<>();
  private final Map<Storage, Leaf> gradients = new IdentityHashMap<>();
  private final Map<Storage, Boolean> made = new IdentityHashMap<>();
  private final Map<Storage, Boolean> given = new IdentityHashMap<>();
  private final Set<Place> known = new HashSet<>();

  /// Whether the function made tensors that outlive the call, as an optimiser does at its first step.
  boolean madeState;

  private final Value[] args;

  Recording(Value[] args) {
    this.args = args;
    for (Value arg : args) {
      given.put((Storage) arg.source, true);
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
      if (old != null) {
        recording.gradients.put((Storage) old.source, state);
      }
    }
  }

  // ---- ops ----

  void log(OpDef op, Value[] inputs, Value[] outputs, boolean outlives) {
    List<Object> operands = new ArrayList<>();
    for (Value input : inputs) {
      operands.add(input.source instanceof Storage ? read(input) : input);
    }
    List<Place> results = new ArrayList<>();
    for (Value output : outputs) {
      Place place = Place.of(output);
      boolean isNew =
          operands.stream().noneMatch(o -> o instanceof Place p && p.storage == place.storage);
      if (isNew) {
        made.put(place.storage, true);
        madeState |= outlives;
      }
      known.add(place);
      results.add(place);
    }
    entries.add(new Entry(op, operands, results));
  }

  private Place read(Value value) {
    Place place = Place.of(value);
    if (!isInside(place) && !outsides.containsKey(place)) {
      Leaf leaf = gradients.get(place.storage);
      outsides.put(place, leaf != null ? new OldGradient(leaf, place) : new Captured(value, place));
      // What the host made inside the function lives as long as the recording.
      place.storage.scope = null;
    }
    return place;
  }

  /// Whether a place is in an argument or was computed by the function.
  boolean isInside(Place place) {
    return made.containsKey(place.storage)
        || given.containsKey(place.storage)
        || known.contains(place);
  }

  /// Whether memory was made by the function's ops.
  boolean isMade(Storage storage) {
    return made.containsKey(storage);
  }
}
