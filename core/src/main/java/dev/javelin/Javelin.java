package dev.javelin;

import dev.javelin.engine.Generator;
import dev.javelin.engine.ThreadContext;
import java.util.function.Supplier;

/// The switches of the library: recording of gradients, and the random seed.
public final class Javelin {
  private Javelin() {}

  /// Seeds the random numbers of all devices.
  ///
  /// @param seed any number
  public static void manualSeed(long seed) {
    Generator.manualSeed(seed);
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
