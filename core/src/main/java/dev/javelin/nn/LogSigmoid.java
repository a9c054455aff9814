package dev.javelin.nn;

import dev.javelin.Tensor;

/// `-log(1 + e^-x)`, without overflow.
public final class LogSigmoid extends Module {
  /// The layer; it has no settings.
  public LogSigmoid() {}

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.logSigmoid(x);
  }
}
