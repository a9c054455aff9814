package dev.javelin;

import dev.javelin.engine.CompiledFunction;
import dev.javelin.engine.Value;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/// A function of tensors that is recorded once for each signature (shapes, dtypes, devices, training or evaluation), fused as a whole,
/// and from then on replayed: as PyTorch's `torch.compile`, with whole training steps rather than forward passes in mind. Made by
/// [Javelin#compile].
///
/// Values, gradients and updates are those of the plain function. What is not a tensor is done again at each call only where the
/// library does it: learning rates, the optimiser's count of steps, schedulers, random numbers. The function's own Java code runs at
/// the first two calls of a signature only, so it must not count, print, or decide by values; to ask for a value inside it is an
/// [IllegalStateException]. Numbers and arrays of Java are constants of the recording: what changes from call to call is an argument.
///
/// Safe to use from several threads, one at a time.
public final class Compiled {
  private final CompiledFunction function;

  Compiled(Function<Tensor[], Tensor[]> body) {
    this.function =
        new CompiledFunction(args -> body.apply(Arrays.copyOf(args, args.length, Tensor[].class)));
  }

  /// Calls the function.
  ///
  /// @param args the arguments
  /// @return its first result
  /// @throws IllegalStateException if the function asks for a tensor's values
  public Tensor call(Tensor... args) {
    return callAll(args).getFirst();
  }

  /// Calls the function.
  ///
  /// @param args the arguments
  /// @return all results
  /// @throws IllegalStateException if the function asks for a tensor's values
  public List<Tensor> callAll(Tensor... args) {
    Value[] results = function.call(args);
    return List.of(Arrays.copyOf(results, results.length, Tensor[].class));
  }

  /// What the function was compiled to.
  ///
  /// @return for each signature recorded so far, its kernels in order with what they compute and cost, and the memory they need
  public String explain() {
    return function.explain();
  }

  /// How many kernels a call launches.
  ///
  /// @return the number for the signature with most, 0 before anything was recorded
  public int kernelCount() {
    return function.kernelCount();
  }
}
