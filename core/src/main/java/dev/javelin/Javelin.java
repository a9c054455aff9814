package dev.javelin;

import dev.javelin.backend.Precision;
import dev.javelin.engine.Generator;
import dev.javelin.engine.ThreadContext;
import java.util.function.Supplier;

/// The switches of the library: recording of gradients, the random seed, and precision.
public final class Javelin {
  private Javelin() {}

  /// Seeds the random numbers of all devices.
  ///
  /// @param seed any number
  public static void manualSeed(long seed) {
    Generator.manualSeed(seed);
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
