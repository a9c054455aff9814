package dev.javelin.nn;

import dev.javelin.Tensor;

/// `x Phi(x)`, with the distribution function of the normal distribution.
public final class GELU extends Module {
  private final String approximate;

  /// The exact function.
  public GELU() {
    this("none");
  }

  /// The function or its approximation.
  ///
  /// @param approximate `none` or `tanh`
  public GELU(String approximate) {
    Functional.checkApproximate(approximate);
    this.approximate = approximate;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.gelu(x, approximate);
  }

  @Override
  protected String extraRepr() {
    return "approximate='" + approximate + "'";
  }
}
