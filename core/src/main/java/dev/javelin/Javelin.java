package dev.javelin;

import dev.javelin.backend.Precision;
import dev.javelin.engine.Generator;
import dev.javelin.engine.ThreadContext;
import dev.javelin.io.Checkpoint;
import dev.javelin.io.Saved;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import java.nio.file.Path;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/// What PyTorch has as functions of `torch` itself: recording of gradients, random state, precision, saving and loading.
public final class Javelin {
  private Javelin() {}

  /// Seeds the random numbers of all devices: one sequence that all threads share, see [#forkRng(long, Runnable)].
  ///
  /// @param seed any number
  public static void manualSeed(long seed) {
    Generator.manualSeed(seed);
  }

  /// The state of the random numbers: with [#setRngState] they go on as from here.
  ///
  /// @return an int64 tensor, `[2]`: the seed, and how much of its numbers has been used
  public static Tensor getRngState() {
    Generator.Position position = Generator.state();
    return Tensor.of(new long[] {position.seed(), position.counter()});
  }

  /// Goes back to a state of the random numbers of all devices.
  ///
  /// @param state what [#getRngState()] gave
  public static void setRngState(Tensor state) {
    if (state.dtype() != DType.INT64 || !state.shape().equals(Shape.of(2))) {
      throw new IllegalArgumentException(
          "setRngState: expected an int64 tensor of shape [2], got %s of shape %s"
              .formatted(state.dtype(), state.shape()));
    }
    long[] values = state.toLongArray();
    Generator.restore(new Generator.Position(values[0], values[1]));
  }

  /// Runs something with random numbers of its own, on this thread: what it draws depends on the seed alone, not on other threads, and
  /// the others go on as if nothing had been drawn. As `torch.random.fork_rng` with a seed.
  ///
  /// @param seed any number
  /// @param body what to run; inside it [#manualSeed], [#getRngState()] and [#setRngState] are about its own numbers
  public static void forkRng(long seed, Runnable body) {
    Generator.fork(() -> new Generator.Position(seed, 0), () -> run(body));
  }

  /// Computes something with random numbers of its own; see [#forkRng(long, Runnable)].
  ///
  /// @param <T> the type of the result
  /// @param seed any number
  /// @param body what to compute
  /// @return its result
  public static <T> T forkRng(long seed, Supplier<T> body) {
    return Generator.fork(() -> new Generator.Position(seed, 0), body);
  }

  /// Saves a tensor, or what holds tensors, as `torch.save` does; the end of the file's name says the format, see [Checkpoint].
  ///
  /// @param value a tensor; or a list, set or map of tensors, numbers, text and further containers
  /// @param file the file, replaced as a whole: a crash at any moment leaves either the old one or the new one
  /// @throws IllegalArgumentException if the format does not hold such a value; an old file is then unchanged
  public static void save(Object value, Path file) {
    Checkpoint.save(value, file);
  }

  /// Loads to the CPU what was saved, by this library, by PyTorch, NumPy or safetensors.
  ///
  /// @param file the file
  /// @return what it holds
  /// @throws dev.javelin.io.FormatException if it is not a whole and valid file, or holds what is refused
  public static Saved load(Path file) {
    return Checkpoint.load(file);
  }

  /// Loads what was saved.
  ///
  /// @param file the file
  /// @param device where all of its tensors are to be, wherever they were saved from: PyTorch's `map_location`
  /// @return what it holds
  /// @throws dev.javelin.io.FormatException if it is not a whole and valid file, or holds what is refused
  public static Saved load(Path file, Device device) {
    return Checkpoint.load(file, device);
  }

  /// Allows devices to compute products of float32 matrices in TF32, which is faster and rounds the inputs to 10 bits of fraction. Off
  /// unless allowed; as PyTorch's `torch.backends.cuda.matmul.allow_tf32`.
  ///
  /// @param allowed whether it is allowed, from now on and for the whole process
  public static void allowTf32(boolean allowed) {
    Precision.allowTf32(allowed);
  }

  /// Whether TF32 is allowed.
  ///
  /// @return false unless [#allowTf32] allowed it
  public static boolean isTf32Allowed() {
    return Precision.isTf32Allowed();
  }

  /// Compiles a function of one tensor; see [Compiled].
  ///
  /// @param function the function
  /// @return the compiled function
  public static Compiled compile(UnaryOperator<Tensor> function) {
    return compileAll(args -> new Tensor[] {function.apply(args[0])});
  }

  /// Compiles a function of two tensors, such as a training step of inputs and labels that gives the loss; see [Compiled].
  ///
  /// @param function the function
  /// @return the compiled function
  public static Compiled compile(BinaryOperator<Tensor> function) {
    return compileAll(args -> new Tensor[] {function.apply(args[0], args[1])});
  }

  /// Compiles a function of any number of tensors and results; see [Compiled].
  ///
  /// @param function the function
  /// @return the compiled function
  public static Compiled compileAll(Function<Tensor[], Tensor[]> function) {
    return new Compiled(function);
  }

  /// Runs something without recording it for a backward pass.
  ///
  /// @param body what to run
  public static void noGrad(Runnable body) {
    ThreadContext.withGrad(false, () -> run(body));
  }

  /// Computes something without recording it for a backward pass.
  ///
  /// @param <T> the type of the result
  /// @param body what to compute
  /// @return its result
  public static <T> T noGrad(Supplier<T> body) {
    return ThreadContext.withGrad(false, body);
  }

  /// Computes something without recording it: the same as [#noGrad(Supplier)], under PyTorch's newer name.
  ///
  /// @param <T> the type of the result
  /// @param body what to compute
  /// @return its result
  public static <T> T inferenceMode(Supplier<T> body) {
    return noGrad(body);
  }

  /// Computes something with recording, inside [#noGrad(Supplier)].
  ///
  /// @param <T> the type of the result
  /// @param body what to compute
  /// @return its result
  public static <T> T enableGrad(Supplier<T> body) {
    return ThreadContext.withGrad(true, body);
  }

  /// Whether operations are recorded on this thread.
  ///
  /// @return true unless inside [#noGrad(Runnable)]
  public static boolean isGradEnabled() {
    return ThreadContext.isGradEnabled();
  }

  private static Void run(Runnable body) {
    body.run();
    return null;
  }
}
