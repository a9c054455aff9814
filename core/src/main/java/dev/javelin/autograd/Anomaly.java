package dev.javelin.autograd;

import dev.javelin.engine.ThreadContext;

/// Finds where a gradient goes wrong: `torch.autograd.detect_anomaly`. Slow, since each gradient is looked at on the host.
public final class Anomaly {
  private Anomaly() {}

  /// Runs something, forward and backward pass; a gradient that is not a number, or an error in the backward pass, is then reported
  /// with the line of the program whose call it is the gradient of.
  ///
  /// @param body what to run
  /// @throws IllegalStateException if a gradient is not a number
  public static void detect(Runnable body) {
    ThreadContext.withAnomaly(body);
  }
}
