package dev.javelin.nn;

import dev.javelin.Parameter;
import dev.javelin.Tensor;

/// `x` where positive, else a learnt slope times x: one slope for all, or one for each channel of `[n, c, ...]`.
public final class PReLU extends Module {
  /// The slopes, `[1]` or `[c]`.
  public Parameter weight;

  private final int numParameters;

  /// One slope, at first 0.25.
  public PReLU() {
    this(1, 0.25);
  }

  /// Slopes.
  ///
  /// @param numParameters 1, or the number of channels
  /// @param init what they are at first
  public PReLU(int numParameters, double init) {
    this.numParameters = numParameters;
    this.weight = Init.constant_(new Parameter(Tensor.empty(numParameters)), init);
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.prelu(x, weight);
  }

  @Override
  protected String extraRepr() {
    return "num_parameters=" + numParameters;
  }
}
