package dev.javelin.nn;

import dev.javelin.Device;
import dev.javelin.Devices;
import dev.javelin.Parameter;
import dev.javelin.Tensor;
import dev.javelin.io.Checkpoint;
import dev.javelin.kernels.DType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;

/// The base of all layers and models: declare layers and [Parameter]s as fields, override `forward`, call the model with `call`.
///
/// ```java
/// final class NeuralNetwork extends Module {
///   final Flatten flatten = new Flatten();
///   final Sequential linearReluStack =
///       new Sequential(new Linear(28 * 28, 512), new ReLU(), new Linear(512, 10));
///
///   @Override
///   protected Tensor forward(Tensor x) {
///     return linearReluStack.call(flatten.call(x));
///   }
/// }
/// ```
///
/// Fields that hold modules and parameters are found by themselves, in the order they are declared. Their names are those of the
/// fields in snake case (`linear_relu_stack.0.weight`), so that checkpoints written by PyTorch load; what is registered by hand goes
/// by the name given. A field that is static or transient is passed over, a plain [Tensor] is no parameter, and a collection that
/// holds modules is refused. `import dev.javelin.nn.Module` by its full name: Java has a class of that name, too.
///
/// A module is used by one thread at a time while it trains.
public abstract class Module {
  @SuppressWarnings("this-escape") // only kept, not looked at before the module is made
  private final Members members = new Members(this);

  private Hooks hooks;
  private boolean training = true;

  /// A module in training mode.
  protected Module() {}

  // ---- the call ----

  /// What the module computes. Called by [#call(Tensor)], never directly: hooks would not run.
  ///
  /// @param x the input
  /// @return the output
  protected Tensor forward(Tensor x) {
    throw withoutForward();
  }

  /// What a module of two inputs computes: losses, for one.
  ///
  /// @param x the first input
  /// @param y the second input
  /// @return the output
  protected Tensor forward(Tensor x, Tensor y) {
    throw withoutForward();
  }

  /// What a module of three inputs computes.
  ///
  /// @param x the first input
  /// @param y the second input
  /// @param z the third input
  /// @return the output
  protected Tensor forward(Tensor x, Tensor y, Tensor z) {
    throw withoutForward();
  }

  /// What a module of any number of inputs and outputs computes. Called by [#callAll]; calls the `forward` of as many inputs if not
  /// overridden.
  ///
  /// @param inputs the inputs, null for one that is not given
  /// @return the outputs
  protected List<Tensor> forwardAll(List<Tensor> inputs) {
    return switch (inputs.size()) {
      case 1 -> List.of(forward(inputs.get(0)));
      case 2 -> List.of(forward(inputs.get(0), inputs.get(1)));
      case 3 -> List.of(forward(inputs.get(0), inputs.get(1), inputs.get(2)));
      default -> throw withoutForward();
    };
  }

  private UnsupportedOperationException withoutForward() {
    return new UnsupportedOperationException(
        "Module [%s] is missing the required \"forward\" function".formatted(name()));
  }

  /// Runs the module: its hooks and `forward`.
  ///
  /// @param x the input
  /// @return the output
  /// @throws IllegalArgumentException if shape, dtype or device do not fit; like all errors here it names the module by its path
  /// @throws UnsupportedOperationException if the module has no `forward` of one input
  public final Tensor call(Tensor x) {
    Modes.guard(this);
    try {
      return hooks == null ? forward(x) : hooks.run(this, List.of(x), this::forwardAll).getFirst();
    } catch (RuntimeException e) {
      throw ModuleError.in(this, List.of(x), e);
    }
  }

  /// Runs a module of two inputs; see [#callAll].
  ///
  /// @param x the first input
  /// @param y the second input
  /// @return the output
  public final Tensor call(Tensor x, Tensor y) {
    return callAll(x, y).getFirst();
  }

  /// Runs a module of three inputs; see [#callAll].
  ///
  /// @param x the first input
  /// @param y the second input
  /// @param z the third input
  /// @return the output
  public final Tensor call(Tensor x, Tensor y, Tensor z) {
    return callAll(x, y, z).getFirst();
  }

  /// Runs a module of any number of inputs and outputs. Hooks see the first output.
  ///
  /// @param inputs the inputs, null for one that is not given
  /// @return all outputs
  /// @throws IllegalArgumentException if shape, dtype or device do not fit; like all errors here it names the module by its path
  /// @throws UnsupportedOperationException if the module has no `forward` of so many inputs
  public final List<Tensor> callAll(Tensor... inputs) {
    return callAs(Arrays.asList(inputs), this::forwardAll);
  }

  /// Runs something in place of `forward`: hooks and errors are as at any call.
  final List<Tensor> callAs(List<Tensor> inputs, Function<List<Tensor>, List<Tensor>> body) {
    Modes.guard(this);
    try {
      return hooks == null ? body.apply(inputs) : hooks.run(this, inputs, body);
    } catch (RuntimeException e) {
      throw ModuleError.in(this, inputs, e);
    }
  }

  // ---- registration by hand ----

  private Members initialised(String kind) {
    if (members == null) { // made without running a constructor, as mocks and deserialisers do
      throw new IllegalStateException("cannot assign " + kind + " before Module.__init__() call");
    }
    return members;
  }

  final Members members() {
    return members;
  }

  /// Registers a sub-module by hand, in place of one of that name if there is one.
  ///
  /// @param <M> its type
  /// @param name its name, without a dot
  /// @param module the sub-module, or null
  /// @return the sub-module
  /// @throws IllegalArgumentException if the name is empty, has a dot, or is taken by something else
  public final <M extends Module> M registerModule(String name, M module) {
    initialised("module").addModule(name, module);
    return module;
  }

  /// Registers a parameter by hand, in place of one of that name if there is one.
  ///
  /// @param name its name, without a dot
  /// @param parameter a [Parameter], or null; anything else is refused with PyTorch's sentence
  /// @return the parameter
  /// @throws IllegalArgumentException if it is no parameter or no leaf, or the name is empty, has a dot, or is taken by something else
  public final Parameter registerParameter(String name, Object parameter) {
    return initialised("parameter").addParameter(name, parameter);
  }

  /// Registers a tensor that is saved and moved with the module but not learnt.
  ///
  /// @param name its name, without a dot
  /// @param buffer the tensor, or null
  /// @return the tensor, for the field that holds it
  /// @throws IllegalArgumentException if the name is empty, has a dot, or is taken by something else
  public final Tensor registerBuffer(String name, Tensor buffer) {
    return registerBuffer(name, buffer, true);
  }

  /// Registers a tensor that is moved with the module but not learnt.
  ///
  /// @param name its name, without a dot
  /// @param buffer the tensor, or null
  /// @param persistent whether it is part of the state dict
  /// @return the tensor, for the field that holds it
  /// @throws IllegalArgumentException if the name is empty, has a dot, or is taken by something else
  public final Tensor registerBuffer(String name, Tensor buffer, boolean persistent) {
    initialised("buffer").addBuffer(name, buffer, persistent);
    return buffer;
  }

  // ---- what belongs to it ----

  /// All parameters, each once: the module's own, then those of its sub-modules.
  ///
  /// @return the parameters
  public final List<Parameter> parameters() {
    return List.copyOf(namedParameters().values());
  }

  /// All parameters by name, each once: the module's own, then those of its sub-modules.
  ///
  /// @return names such as `linear_relu_stack.0.weight` and the parameters
  public final Map<String, Parameter> namedParameters() {
    return Listing.collect(this, Members::parameters);
  }

  /// All buffers, each once.
  ///
  /// @return the buffers
  public final List<Tensor> buffers() {
    return List.copyOf(namedBuffers().values());
  }

  /// All buffers by name, each once.
  ///
  /// @return names such as `bn1.running_mean` and the buffers
  public final Map<String, Tensor> namedBuffers() {
    return Listing.collect(this, members -> members.buffers(false));
  }

  /// The direct sub-modules, each once.
  ///
  /// @return the sub-modules
  public final List<Module> children() {
    return List.copyOf(namedChildren().values());
  }

  /// The direct sub-modules by name, each once.
  ///
  /// @return names and sub-modules
  public final Map<String, Module> namedChildren() {
    return Listing.children(this);
  }

  /// This module and all below it, each once.
  ///
  /// @return the modules
  public final List<Module> modules() {
    return List.copyOf(namedModules().values());
  }

  /// This module, under the empty name, and all below it by their paths, each once.
  ///
  /// @return paths and modules
  public final Map<String, Module> namedModules() {
    return Listing.modules(this);
  }

  // ---- mode ----

  /// Whether the module is in training mode.
  ///
  /// @return true at first and after [#train()]
  public final boolean isTraining() {
    return training;
  }

  /// Sets training mode, here and in all sub-modules.
  ///
  /// @return this module
  public final Module train() {
    return train(true);
  }

  /// Sets the mode, here and in all sub-modules.
  ///
  /// @param mode true for training, false for evaluation
  /// @return this module
  public final Module train(boolean mode) {
    modules().forEach(module -> module.training = mode);
    return this;
  }

  /// Sets evaluation mode, here and in all sub-modules.
  ///
  /// @return this module
  public final Module eval() {
    return train(false);
  }

  /// Calls a function with every sub-module, then with this module: to initialise, for one.
  ///
  /// @param function the function
  /// @return this module
  public final Module apply(Consumer<Module> function) {
    for (Module child : children()) {
      child.apply(function);
    }
    function.accept(this);
    return this;
  }

  // ---- conversion ----

  /// Moves all parameters and buffers to a device, in place.
  ///
  /// @param device the device
  /// @return this module
  public final Module to(Device device) {
    return StateDict.convert(this, tensor -> tensor.to(device));
  }

  /// Moves all parameters and buffers to a device, in place.
  ///
  /// @param device its name, such as `cuda` or `opencl:1`
  /// @return this module
  public final Module to(String device) {
    return to(Devices.get(device));
  }

  /// Converts all floating-point parameters and buffers to a dtype, in place.
  ///
  /// @param dtype a floating-point type
  /// @return this module
  public final Module to(DType dtype) {
    if (!dtype.isFloatingPoint()) {
      throw new IllegalArgumentException(
          "Module.to only accepts floating point dtypes, but got " + dtype);
    }
    return StateDict.convert(
        this, tensor -> tensor.dtype().isFloatingPoint() ? tensor.to(dtype) : tensor);
  }

  /// Converts to float16, in place.
  ///
  /// @return this module
  public final Module half() {
    return to(DType.FLOAT16);
  }

  /// Converts to bfloat16, in place.
  ///
  /// @return this module
  public final Module bfloat16() {
    return to(DType.BFLOAT16);
  }

  /// Converts to float32, in place.
  ///
  /// @return this module
  public final Module toFloat() {
    return to(DType.FLOAT32);
  }

  /// Converts to float64, in place.
  ///
  /// @return this module
  public final Module toDouble() {
    return to(DType.FLOAT64);
  }

  // ---- gradients ----

  /// Freezes the parameters, or lets them learn.
  ///
  /// @param wanted whether they are to get gradients
  /// @return this module
  public final Module requiresGrad_(boolean wanted) {
    parameters().forEach(parameter -> parameter.requiresGrad_(wanted));
    return this;
  }

  /// Sets the gradients of all parameters to null.
  public final void zeroGrad() {
    parameters().forEach(parameter -> parameter.setGrad(null));
  }

  // ---- hooks ----

  private Hooks hooks() {
    hooks = hooks == null ? new Hooks() : hooks;
    return hooks;
  }

  /// Adds a hook that runs before `forward`.
  ///
  /// @param hook the hook
  /// @return removes it
  public final HookHandle registerForwardPreHook(ForwardPreHook hook) {
    return hooks().addBefore(hook);
  }

  /// Adds a hook that runs after `forward`.
  ///
  /// @param hook the hook
  /// @return removes it
  public final HookHandle registerForwardHook(ForwardHook hook) {
    return hooks().addAfter(hook);
  }

  /// Adds a hook that runs in the backward pass, once for each call of the module.
  ///
  /// @param hook the hook
  /// @return removes it
  public final HookHandle registerFullBackwardHook(BackwardHook hook) {
    return hooks().addBackward(hook);
  }

  // ---- state ----

  /// Which names of a state dict did not match.
  ///
  /// @param missingKeys names of the module that the state dict lacks
  /// @param unexpectedKeys names of the state dict that the module lacks
  public record LoadReport(List<String> missingKeys, List<String> unexpectedKeys) {}

  /// All parameters and persistent buffers by name; shared ones under each of their names.
  ///
  /// @return names and tensors that share memory with the module, without history
  public final Map<String, Tensor> stateDict() {
    return StateDict.of(this);
  }

  /// Overwrites all parameters and persistent buffers.
  ///
  /// @param state names and tensors, of the shapes here, on any device and of any dtype
  /// @throws IllegalArgumentException if names are missing or unexpected or sizes differ: one error for all of them, nothing is loaded
  public final void loadStateDict(Map<String, Tensor> state) {
    loadStateDict(state, true);
  }

  /// Overwrites parameters and persistent buffers.
  ///
  /// @param state names and tensors, of the shapes here, on any device and of any dtype
  /// @param strict whether the names must match
  /// @return the names that do not match, if that is allowed
  /// @throws IllegalArgumentException if names do not match and must, or sizes differ: one error for all of them, nothing is loaded
  public final LoadReport loadStateDict(Map<String, Tensor> state, boolean strict) {
    return StateDict.load(this, state, strict);
  }

  /// Saves the state dict; the end of the file's name says the format, see [Checkpoint].
  ///
  /// @param file the file, replaced as a whole
  public final void save(Path file) {
    Checkpoint.save(stateDict(), file);
  }

  /// Loads the state dict from a file of any of the formats.
  ///
  /// @param file the file
  /// @throws IllegalArgumentException if it does not fit this module; nothing is loaded then
  public final void load(Path file) {
    loadStateDict(Checkpoint.load(file).stateDict());
  }

  // ---- text ----

  /// The name printed: the class's.
  final String name() {
    Class<?> type = getClass();
    while (type.getSimpleName().isEmpty()) {
      type = type.getSuperclass(); // anonymous
    }
    return type.getSimpleName();
  }

  /// How errors name this module, such as `Linear(512 -> 512)`.
  String brief() {
    return name();
  }

  /// What is printed between the parentheses: the settings of a layer.
  ///
  /// @return one line or several, empty by default
  protected String extraRepr() {
    return "";
  }

  /// What is printed of the sub-modules, not yet indented.
  List<String> childLines(Map<String, Module> children) {
    return children.entrySet().stream()
        .map(
            child ->
                "(" + child.getKey() + "): " + Objects.requireNonNullElse(child.getValue(), "None"))
        .toList();
  }

  /// The module as PyTorch prints it.
  @Override
  public final String toString() {
    return Repr.lines(name(), extraRepr(), childLines(members.modules()));
  }
}
