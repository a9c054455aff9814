package dev.javelin.nn;

import dev.javelin.Parameter;
import dev.javelin.Tensor;

/// `(x - mean) / sqrt(var + eps) * weight + bias` of `[n, c, ...]`, mean and variance over each group of channels of a sample.
public final class GroupNorm extends Module {
  /// The scale, `[c]`, at first 1; null if there is none.
  public Parameter weight;

  /// The shift, `[c]`, at first 0; null if there is none.
  public Parameter bias;

  private final int numGroups;
  private final long numChannels;
  private final double eps;

  /// A layer with scale and shift, eps 1e-5.
  ///
  /// @param numGroups how many groups
  /// @param numChannels how many channels; a multiple of the groups
  public GroupNorm(int numGroups, long numChannels) {
    this(numGroups, numChannels, 1e-5, true);
  }

  /// A layer.
  ///
  /// @param numGroups how many groups
  /// @param numChannels how many channels; a multiple of the groups
  /// @param eps added to the variance
  /// @param affine whether to scale and shift
  public GroupNorm(int numGroups, long numChannels, double eps, boolean affine) {
    if (numGroups < 1 || numChannels % numGroups != 0) {
      throw new IllegalArgumentException(
          "num_channels must be divisible by num_groups, got %s and %s"
              .formatted(numChannels, numGroups));
    }
    this.numGroups = numGroups;
    this.numChannels = numChannels;
    this.eps = eps;
    this.weight = affine ? new Parameter(Tensor.ones(numChannels)) : null;
    this.bias = affine ? new Parameter(Tensor.zeros(numChannels)) : null;
  }

  @Override
  protected Tensor forward(Tensor x) {
    if (x.dim() < 2 || x.size(1) != numChannels) {
      throw Repr.mismatch("(n, " + numChannels + ", *)", x);
    }
    return Functional.groupNorm(x, numGroups, weight, bias, eps);
  }

  @Override
  String brief() {
    return "GroupNorm(" + numGroups + ", " + numChannels + ")";
  }

  @Override
  protected String extraRepr() {
    return "%s, %s, eps=%s, affine=%s"
        .formatted(
            Integer.toString(numGroups),
            Long.toString(numChannels),
            Repr.of(eps),
            Repr.of(weight != null));
  }
}
