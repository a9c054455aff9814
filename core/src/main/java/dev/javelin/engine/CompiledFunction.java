package dev.javelin.engine;

import dev.javelin.engine.OutsideMemory.Input;
import dev.javelin.engine.Recording.Leaf;
import dev.javelin.engine.Recording.Place;
import dev.javelin.kernels.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/// A function whose ops are recorded once for each signature, fused as a whole and replayed.
///
/// The first call of a signature runs as always, so that whatever is made at first use is there; the second is recorded while it runs;
/// later ones replay. What the recording relies on is checked at each call; where it no longer holds, the signature starts over.
public final class CompiledFunction {
  private final Function<Value[], Value[]> body;
  private final Map<Signature, State> states = new HashMap<>();

  /// What a recording is made for.
  ///
  /// @param layouts the arguments' layouts
  /// @param devices their devices
  /// @param shared for each argument, the first one in the same memory
  /// @param tracked which arguments require gradients
  /// @param gradEnabled whether calls are recorded for a backward pass
  /// @param autocast the dtypes of the autocast regions around, by kind of device
  private record Signature(
      List<Layout> layouts,
      List<DeviceContext> devices,
      List<Integer> shared,
      List<Boolean> tracked,
      boolean gradEnabled,
      Map<String, DType> autocast) {
    static Signature of(Value[] args) {
      List<Layout> layouts = new ArrayList<>();
      List<DeviceContext> devices = new ArrayList<>();
      List<Integer> shared = new ArrayList<>();
      List<Boolean> tracked = new ArrayList<>();
      for (int i = 0; i < args.length; i++) {
        layouts.add(args[i].layout);
        devices.add(args[i].storage().device);
        tracked.add(args[i].tracked());
        int first = 0;
        while (args[first].source != args[i].source) {
          first++;
        }
        shared.add(first);
      }
      ThreadContext context = ThreadContext.get();
      Map<String, DType> autocast = context.autocast == null ? Map.of() : context.autocast.dtypes();
      return new Signature(layouts, devices, shared, tracked, context.gradEnabled, autocast);
    }
  }

  private static final class State {
    boolean warm;

    /// Whether it is not to be recorded, since a backward pass through the recording would not give its gradients.
    boolean plain;

    Compilation compilation;
  }

  /// A function to compile.
  ///
  /// @param body the function, from arguments to results
  public CompiledFunction(Function<Value[], Value[]> body) {
    this.body = body;
  }

  /// Calls the function.
  ///
  /// @param args the arguments
  /// @return the results
  /// @throws IllegalStateException if the function asks for values, which cannot be recorded
  public synchronized Value[] call(Value... args) {
    ThreadContext context = ThreadContext.get();
    if (context.trace != null || context.recording != null) {
      return body.apply(args); // part of what is being recorded
    }
    State state = states.computeIfAbsent(Signature.of(args), key -> new State());
    if (state.compilation != null) {
      if (state.compilation.isValid(args)) {
        return state.compilation.replay(context, args);
      }
      state.compilation = null;
      state.warm = false;
    }
    if (!state.warm || state.plain) {
      state.warm = true;
      return body.apply(args);
    }
    return record(context, state, args);
  }

  /// Runs and records. The function is given twins of arguments, so that it shows if it knows one of them otherwise, too: that is
  /// another tensor when the arguments are others. What gradients belong to stays itself.
  private Value[] record(ThreadContext context, State state, Value[] args) {
    Map<Value, Value> twins = new IdentityHashMap<>();
    for (Value arg : args) {
      twins.computeIfAbsent(arg, key -> key.tracked() ? key : key.twin());
    }
    Value[] given = Arrays.stream(args).map(twins::get).toArray(Value[]::new);
    Recording recording = new Recording(given);
    try (ScopeState scope = ScopeState.openFor("the compiled function")) {
      Value[] results;
      AutocastState autocast = context.autocast;
      context.recording = recording;
      context.autocast = autocast == null ? null : autocast.afresh();
      try {
        results = body.apply(given.clone());
      } finally {
        context.recording = null;
        context.autocast = autocast;
        twins.forEach(Value::take);
      }
      for (Value result : results) {
        Storage storage = result.storage();
        if (recording.isMade(storage) || recording.isConstant(storage)) {
          scope.keep(result);
        }
      }
      if (!recording.madeState) {
        state.compilation = Compilation.of(recording, results);
        state.plain = state.compilation == null;
      }
      if (hasGraph(results)) {
        scope.release(); // a backward pass may come that needs what the graph saved
      }
      twins.forEach((arg, twin) -> Arrays.asList(results).replaceAll(r -> r == twin ? arg : r));
      return results;
    }
  }

  /// Whether a backward pass may still go through some results.
  private static boolean hasGraph(Value[] results) {
    return Arrays.stream(results)
        .anyMatch(result -> result.gradNode != null && !result.gradNode.isWalked());
  }

  /// What the function was compiled to, for each signature that was recorded.
  ///
  /// @return a report: kernels in order, with what they compute, read, write and cost; and the memory of temporaries
  public synchronized String explain() {
    StringBuilder text = new StringBuilder();
    states.forEach(
        (signature, state) -> {
          text.append(signature.layouts()).append('\n');
          text.append(
              state.compilation == null
                  ? "  not recorded yet: call it twice\n"
                  : Explain.of(state.compilation.plan));
        });
    return text.toString();
  }

  /// How many kernels the last recorded signature launches.
  ///
  /// @return the number, 0 if nothing was recorded yet
  public synchronized int kernelCount() {
    return states.values().stream()
        .filter(state -> state.compilation != null)
        .mapToInt(state -> state.compilation.plan.kernelCount())
        .max()
        .orElse(0);
  }

  /// A recording made into a plan, with what connects it to the tensors of a call.
  private static final class Compilation {
    private final Recording recording;
    private final OutsideMemory outside;
    private final DeviceContext device;
    private final Plan plan;
    private final Replays replays;

    /// Where each input of the plan comes from: an [Input] or a [Recording.Dynamic]; or a fixed value.
    private final List<Object> sources;

    /// What each result is: the number of an output of the plan, or an [Input] that is given back.
    private final List<Object> results;

    private final List<Leaf> leaves;

    /// The plan's output for the gradient of each leaf, -1 for none.
    private final int[] gradients;

    private Compilation(
        Recording recording,
        OutsideMemory outside,
        DeviceContext device,
        Plan plan,
        List<Object> sources,
        List<Object> results,
        List<Leaf> leaves,
        int[] gradients) {
      this.recording = recording;
      this.outside = outside;
      this.device = device;
      this.plan = plan;
      this.replays = new Replays(device.backend);
      this.sources = sources;
      this.results = results;
      this.leaves = leaves;
      this.gradients = gradients;
    }

    /// Null if the function is to run as always.
    static Compilation of(Recording recording, Value[] results) {
      List<Place> given = Arrays.stream(results).map(recording::read).toList();
      OutsideMemory outside = new OutsideMemory(recording);
      boolean differentiable = hasGraph(results);
      if (differentiable && (outside.mixesHistories() || recording.hasOwnGradients)) {
        return null;
      }
      List<Object> sources = new ArrayList<>(outside.inputs);
      List<Value> values = new ArrayList<>();
      for (Input input : outside.inputs) {
        Place place = input.place();
        values.add(Value.make(place.layout(), place.storage(), place.offset()));
      }
      Map<Value, Integer> numbers = new IdentityHashMap<>();
      Map<List<Object>, Integer> constants = new HashMap<>();
      for (Value number : numbers(recording)) {
        Recording.Dynamic dynamic = recording.dynamics.get(number);
        // Equal constants are one input, so that what is computed from them is recognised as equal.
        List<Object> key =
            dynamic != null ? List.of(number) : List.of(number.layout, number.source);
        int input = constants.computeIfAbsent(key, k -> sources.size());
        numbers.put(number, input);
        if (input == sources.size()) {
          sources.add(dynamic != null ? dynamic : number);
          values.add(number);
        }
      }
      List<Place> wanted = new ArrayList<>();
      List<Object> outcomes = new ArrayList<>();
      for (int i = 0; i < results.length; i++) {
        Place place = given.get(i);
        if (outside.isUpdated(place) && !(differentiable && results[i].tracked())) {
          outcomes.add(new Input(outside.around(place).tensor(), place));
        } else {
          outcomes.add(wanted.size());
          wanted.add(place);
        }
      }
      List<Leaf> leaves = List.copyOf(recording.leaves.values());
      int[] gradients = new int[leaves.size()];
      for (int i = 0; i < gradients.length; i++) {
        Value gradient = leaves.get(i).gradient(null);
        gradients[i] = -1;
        if (gradient != null && recording.isMade((Storage) gradient.source)) {
          gradients[i] = wanted.size();
          wanted.add(Place.of(gradient));
        }
      }
      DeviceContext device = deviceOf(recording, values);
      Region region =
          new Region(
              List.copyOf(recording.entries),
              outside,
              numbers,
              sources.size(),
              wanted,
              differentiable);
      Plan plan = Fuser.plan(region, device, values.toArray(new Value[0]));
      recording.entries.clear();
      return new Compilation(
          recording, outside, device, plan, sources, outcomes, leaves, gradients);
    }

    /// The numbers among the operands.
    private static Set<Value> numbers(Recording recording) {
      Set<Value> numbers = new LinkedHashSet<>();
      for (Recording.Entry entry : recording.entries) {
        for (Object operand : entry.inputs()) {
          if (operand instanceof Value value && value.isNumber()) {
            numbers.add(value);
          }
        }
      }
      return numbers;
    }

    private static DeviceContext deviceOf(Recording recording, List<Value> values) {
      Set<DeviceContext> devices = new HashSet<>();
      for (Value value : values) {
        if (value.source instanceof Storage storage) {
          devices.add(storage.device);
        }
      }
      for (Recording.Entry entry : recording.entries) {
        entry.outputs().forEach(place -> devices.add(place.storage().device));
      }
      if (devices.size() != 1) {
        throw new IllegalStateException(
            "compile: expected a function of one device, got tensors of %s; move them outside of it"
                .formatted(
                    devices.stream()
                        .map(device -> device.backend.info().name())
                        .sorted()
                        .toList()));
      }
      return devices.iterator().next();
    }

    /// Whether everything the recording relies on is as it was.
    boolean isValid(Value[] args) {
      return outside.isUnchanged(args)
          && leaves.stream().allMatch(leaf -> leaf.isUnchanged(args))
          && recording.guards.stream().allMatch(BooleanSupplier::getAsBoolean);
    }

    Value[] replay(ThreadContext context, Value[] args) {
      recording.actions.forEach(Runnable::run);
      Value[] values = new Value[sources.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] =
            switch (sources.get(i)) {
              case Input input -> input.current(args);
              case Recording.Dynamic dynamic -> dynamic.current;
              case Object number -> (Value) number;
            };
      }
      for (int i = 0; i < gradients.length; i++) {
        if (!leaves.get(i).read) {
          TensorState.setGrad(leaves.get(i).value(args), null);
        }
      }
      Value[] outputs = Engine.run(plan, device, context, values, replays);
      for (int i = 0; i < gradients.length; i++) {
        if (gradients[i] >= 0) {
          Value gradient = outputs[gradients[i]];
          ((Storage) gradient.source).scope = null;
          Value.LeafState leaf = leaves.get(i).value(args).leaf();
          leaf.grad = gradient;
          leaf.gradSeen = false;
        }
      }
      Value[] given = new Value[results.size()];
      for (int i = 0; i < given.length; i++) {
        given[i] =
            results.get(i) instanceof Input input
                ? input.current(args)
                : outputs[(Integer) results.get(i)];
      }
      return given;
    }
  }
}
