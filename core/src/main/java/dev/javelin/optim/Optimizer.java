package dev.javelin.optim;

import dev.javelin.Device;
import dev.javelin.Javelin;
import dev.javelin.Tensor;
import dev.javelin.engine.Recording;
import dev.javelin.engine.TensorState;
import dev.javelin.engine.ThreadContext;
import dev.javelin.engine.Value;
import dev.javelin.kernels.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/// Changes parameters by their gradients. Works on parameters in place, so it may be made before or after `to(device)`.
public abstract sealed class Optimizer
    permits SGD, AdamBase, RMSprop, Adagrad, Adadelta, Adamax, RAdam {
  private final List<ParamGroup> groups = new ArrayList<>();
  private final Set<Tensor> known = Collections.newSetFromMap(new IdentityHashMap<>());

  /// The state of each parameter, by name; made at its first step, outside every scope.
  private final Map<Tensor, ParameterState> states = new IdentityHashMap<>();

  /// What an optimiser remembers of a parameter.
  static final class ParameterState {
    /// How many steps there were.
    long steps;

    /// The tensors, in the order the optimiser's kernel takes them.
    final Tensor[] tensors;

    ParameterState(Tensor[] tensors) {
      this.tensors = tensors;
    }

    /// Moves to where the parameter is: it may have been moved since the last step.
    void follow(Tensor parameter) {
      for (int i = 0; i < tensors.length; i++) {
        Tensor tensor = tensors[i];
        if (tensor.device() != parameter.device() || tensor.dtype() != parameter.dtype()) {
          tensors[i] = unscoped(() -> tensor.to(parameter.device()).to(parameter.dtype()));
        }
      }
    }
  }

  /// Parameters that one call of the kernel updates: of one device, dtype and number of steps.
  static final class Chunk {
    final List<Tensor> parameters = new ArrayList<>();
    final List<Tensor> gradients = new ArrayList<>();
    final List<ParameterState> states = new ArrayList<>();
    private final Device device;
    private final DType dtype;

    private Chunk(Tensor parameter) {
      this.device = parameter.device();
      this.dtype = parameter.dtype();
    }

    /// How many steps its parameters have taken so far.
    long steps() {
      return states.getFirst().steps;
    }

    /// What the kernel takes: numbers, then for each parameter the parameter, its gradient and its state.
    Value[] inputs(Value... numbers) {
      List<Value> inputs = new ArrayList<>(Arrays.asList(numbers));
      for (int i = 0; i < parameters.size(); i++) {
        inputs.add(parameters.get(i));
        inputs.add(gradients.get(i));
        Collections.addAll(inputs, states.get(i).tensors);
      }
      return inputs.toArray(new Value[0]);
    }

    private boolean takes(Tensor parameter, ParameterState state) {
      return state.steps == steps() && parameter.dtype() == dtype && parameter.device() == device;
    }
  }

  /// How often groups or states were replaced.
  private long revision;

  Optimizer() {}

  final void add(List<? extends Tensor> parameters, OptimizerOptions options) {
    if (parameters.isEmpty()) {
      throw new IllegalArgumentException("optimizer got an empty parameter list");
    }
    for (Tensor parameter : parameters) {
      if (!parameter.isLeaf()) {
        throw new IllegalArgumentException("can't optimize a non-leaf Tensor");
      }
      if (!known.add(parameter)) {
        throw new IllegalArgumentException(
            "some parameters appear more than once in the parameter groups");
      }
    }
    groups.add(new ParamGroup(parameters, options));
    revision++;
  }

  static double notNegative(String what, double value) {
    if (!(value >= 0)) {
      throw new IllegalArgumentException("Invalid %s: %s".formatted(what, value));
    }
    return value;
  }

  /// Checks the decays of means.
  static void betas(double beta1, double beta2) {
    if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1)) {
      throw new IllegalArgumentException(
          "Invalid beta parameters: expected 0 <= beta < 1, got %s and %s".formatted(beta1, beta2));
    }
  }

  /// The groups of parameters.
  ///
  /// @return the groups in the order they were added
  public final List<ParamGroup> groups() {
    return Collections.unmodifiableList(groups);
  }

  /// Sets the gradients of all parameters to null, which frees their memory.
  public final void zeroGrad() {
    for (ParamGroup group : groups) {
      for (Tensor parameter : group.parameters()) {
        parameter.setGrad(null);
      }
    }
  }

  /// Changes every parameter that has a gradient; those of one device and dtype by one kernel.
  public final void step() {
    long before = revision;
    Recording.guard(() -> revision == before);
    for (ParamGroup group : groups) {
      for (Chunk chunk : chunks(group)) {
        Javelin.noGrad(() -> update(group, chunk));
        Recording.effect(() -> chunk.states.forEach(state -> state.steps++));
      }
    }
  }

  private List<Chunk> chunks(ParamGroup group) {
    List<Chunk> chunks = new ArrayList<>(1);
    for (Tensor parameter : group.parameters()) {
      Tensor gradient = (Tensor) TensorState.grad(parameter, false);
      if (gradient == null) {
        continue;
      }
      ParameterState state = state(group, parameter);
      state.follow(parameter);
      Chunk chunk = null;
      for (Chunk candidate : chunks) {
        chunk = candidate.takes(parameter, state) ? candidate : chunk;
      }
      if (chunk == null) {
        chunk = new Chunk(parameter);
        chunks.add(chunk);
      }
      chunk.parameters.add(parameter);
      chunk.gradients.add(gradient);
      chunk.states.add(state);
    }
    return chunks;
  }

  /// The state of a parameter; a new one at its first step, and where momentum was switched on or off since.
  private ParameterState state(ParamGroup group, Tensor parameter) {
    ParameterState known = states.get(parameter);
    if (known != null && known.tensors.length == stateNames(group.options()).size()) {
      return known;
    }
    ParameterState state = unscoped(() -> newState(group, parameter));
    state.steps = known == null ? 0 : known.steps;
    states.put(parameter, state);
    return state;
  }

  private ParameterState newState(ParamGroup group, Tensor parameter) {
    Tensor[] tensors = new Tensor[stateNames(group.options()).size()];
    for (int i = 0; i < tensors.length; i++) {
      tensors[i] = Tensor.fullLike(parameter, initialState(group.options()));
    }
    return new ParameterState(tensors);
  }

  private static <T> T unscoped(Supplier<T> body) {
    return ThreadContext.unscoped(body);
  }

  /// What PyTorch calls the tensors kept for each parameter.
  abstract List<String> stateNames(OptimizerOptions options);

  /// What the tensors kept for each parameter begin with.
  double initialState(OptimizerOptions options) {
    return 0;
  }

  /// The numbers a kernel takes: the learning rate, and the momentum where there is any.
  static Value[] rates(ParamGroup group, double momentum) {
    boolean buffers = momentum != 0;
    Recording.guard(() -> group.momentum().orElse(0) != 0 == buffers);
    Value rate = Recording.number(group::learningRate);
    return buffers
        ? new Value[] {rate, Recording.number(() -> group.momentum().orElseThrow())}
        : new Value[] {rate};
  }

  /// Runs the kernel for some parameters.
  abstract void update(ParamGroup group, Chunk chunk);

  // ---- state ----

  /// What is needed to go on later: steps and state of each parameter, and the settings of each group, as tensors on their devices.
  ///
  /// The names are the paths in PyTorch's state dict: `state.0.exp_avg`, `param_groups.0.lr`, `param_groups.0.betas.0`. Parameters are
  /// numbered through all groups; `param_groups.0.params` says which ones a group has. Truth values are 0 or 1.
  ///
  /// @return names and tensors that share memory with the optimiser
  public final Map<String, Tensor> stateDict() {
    Map<String, Tensor> result = new LinkedHashMap<>();
    int index = 0;
    for (int g = 0; g < groups.size(); g++) {
      ParamGroup group = groups.get(g);
      String groupPrefix = "param_groups." + g + ".";
      Settings.of(group.options())
          .forEach((name, value) -> result.put(groupPrefix + name, number(value)));
      result.put(groupPrefix + "lr", number(group.learningRate()));
      result.put(
          groupPrefix + "params",
          Tensor.arange(index, (long) index + group.parameters().size(), 1));
      List<String> names = stateNames(group.options());
      for (Tensor parameter : group.parameters()) {
        ParameterState state = states.get(parameter);
        String prefix = "state." + index++ + ".";
        if (state != null) {
          result.put(prefix + "step", number((double) state.steps));
          for (int i = 0; i < state.tensors.length; i++) {
            result.put(prefix + names.get(i), state.tensors[i].detach());
          }
        }
      }
    }
    return Collections.unmodifiableMap(result);
  }

  private static Tensor number(double value) {
    return Tensor.of(new double[] {value});
  }

  /// Goes on where another optimiser of the same parameters stopped, here or in PyTorch:
  /// `optimizer.loadStateDict(Javelin.load(file).map())`.
  ///
  /// @param saved what [#stateDict()] gave, or what PyTorch's `state_dict()` gives: a map of `state` and `param_groups`
  /// @throws IllegalArgumentException if it is not of such parameters; one error for all that is wrong, nothing is loaded
  public final void loadStateDict(Map<String, ?> saved) {
    Map<String, Tensor> open = SavedState.flat(saved);
    List<String> errors = new ArrayList<>();
    List<Runnable> changes = new ArrayList<>();
    int index = 0;
    for (int g = 0; g < groups.size(); g++) {
      ParamGroup group = groups.get(g);
      OptimizerOptions options =
          loadSettings("param_groups." + g + ".", group, open, errors, changes);
      List<String> names = stateNames(options);
      for (Tensor parameter : group.parameters()) {
        loadState("state." + index++ + ".", names, group, parameter, open, errors, changes);
      }
    }
    open.keySet().forEach(name -> errors.add(name + " is not expected"));
    if (!errors.isEmpty()) {
      throw new IllegalArgumentException(
          "Error(s) in loading the state of the optimizer %s:\n\t%s"
              .formatted(getClass().getSimpleName(), String.join("\n\t", errors)));
    }
    states.clear();
    changes.forEach(Runnable::run);
    revision++;
  }

  /// What is missing stays as it is, but for the learning rate; what PyTorch has besides is passed over.
  private static OptimizerOptions loadSettings(
      String prefix,
      ParamGroup group,
      Map<String, Tensor> open,
      List<String> errors,
      List<Runnable> changes) {
    Map<String, Double> settings = new LinkedHashMap<>();
    for (String name : Settings.of(group.options()).keySet()) {
      Tensor value = open.get(prefix + name);
      if (value != null) {
        settings.put(name, value.item());
      }
    }
    Tensor members = open.get(prefix + "params");
    OptimizerOptions loaded = group.options();
    if (!settings.containsKey("lr")) {
      errors.add(prefix + "lr is missing");
    } else if (members != null && members.numel() != group.parameters().size()) {
      errors.add(
          "%sparams: expected a group of %s parameters, got one of %s"
              .formatted(prefix, group.parameters().size(), members.numel()));
    } else {
      OptimizerOptions saved = Settings.with(group.options(), settings);
      changes.add(() -> group.load(saved));
      loaded = saved;
    }
    open.keySet().removeIf(name -> name.startsWith(prefix));
    return loaded;
  }

  private void loadState(
      String prefix,
      List<String> names,
      ParamGroup group,
      Tensor parameter,
      Map<String, Tensor> open,
      List<String> errors,
      List<Runnable> changes) {
    Tensor counted = open.remove(prefix + "step");
    // PyTorch's SGD does not count: whoever has a momentum buffer has made a step.
    boolean begun = counted != null || names.stream().anyMatch(n -> open.containsKey(prefix + n));
    long steps = counted != null ? (long) counted.item() : 1;
    Tensor[] found = new Tensor[names.size()];
    for (int i = 0; i < found.length; i++) {
      Tensor tensor = open.remove(prefix + names.get(i));
      if (tensor == null && begun) {
        errors.add(prefix + names.get(i) + " is missing");
      } else if (tensor != null && !tensor.shape().equals(parameter.shape())) {
        errors.add(
            "size mismatch for %s%s: expected %s as of its parameter, got %s"
                .formatted(prefix, names.get(i), parameter.shape(), tensor.shape()));
      }
      found[i] = tensor;
    }
    if (begun) {
      changes.add(
          () -> {
            ParameterState state = unscoped(() -> newState(group, parameter));
            state.steps = steps;
            for (int i = 0; i < found.length; i++) {
              state.tensors[i].copy_(found[i]);
            }
            states.put(parameter, state);
          });
    }
  }
}
