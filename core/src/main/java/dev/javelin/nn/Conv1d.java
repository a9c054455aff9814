package dev.javelin.nn;

import dev.javelin.Parameter;
import dev.javelin.Tensor;

/// A convolution along one dimension: `[n, in, l]` becomes `[n, out, l']`, or the same without `n`.
public final class Conv1d extends Module {
  /// How the kernel moves, and what else there is.
  ///
  /// @param stride the distance between two positions of the kernel
  /// @param padding how much lies at both ends
  /// @param dilation the distance between two elements of the kernel
  /// @param groups in how many groups input and output channels are connected
  /// @param bias whether to add a bias
  /// @param same whether the padding is such that the result has the input's size; `padding` does not count then
  /// @param paddingMode what lies at both ends
  public record Options(
      int stride,
      int padding,
      int dilation,
      int groups,
      boolean bias,
      boolean same,
      PaddingMode paddingMode) {
    /// Stride 1, no padding, dilation 1, one group, a bias.
    public static final Options DEFAULT = new Options(1, 0, 1, 1, true, false, PaddingMode.ZEROS);

    /// These options with another stride.
    ///
    /// @param newStride the stride
    /// @return a copy
    public Options withStride(int newStride) {
      return new Options(newStride, padding, dilation, groups, bias, same, paddingMode);
    }

    /// These options with padding.
    ///
    /// @param newPadding zeros at both ends
    /// @return a copy
    public Options withPadding(int newPadding) {
      return new Options(stride, newPadding, dilation, groups, bias, false, paddingMode);
    }

    /// These options with padding by name.
    ///
    /// @param newPadding `same`, for a result of the input's size, or `valid`, for none; `same` needs the stride 1
    /// @return a copy
    /// @throws IllegalArgumentException if it is another name
    public Options withPadding(String newPadding) {
      boolean newSame = Conv2d.Options.DEFAULT.withPadding(newPadding).same();
      return new Options(stride, 0, dilation, groups, bias, newSame, paddingMode);
    }

    /// These options with something else at both ends.
    ///
    /// @param newPaddingMode what lies at both ends
    /// @return a copy
    public Options withPaddingMode(PaddingMode newPaddingMode) {
      return new Options(stride, padding, dilation, groups, bias, same, newPaddingMode);
    }

    /// These options with another dilation.
    ///
    /// @param newDilation the dilation
    /// @return a copy
    public Options withDilation(int newDilation) {
      return new Options(stride, padding, newDilation, groups, bias, same, paddingMode);
    }

    /// These options with groups.
    ///
    /// @param newGroups how many; must divide both numbers of channels
    /// @return a copy
    public Options withGroups(int newGroups) {
      return new Options(stride, padding, dilation, newGroups, bias, same, paddingMode);
    }

    /// These options with or without bias.
    ///
    /// @param newBias whether to add a bias
    /// @return a copy
    public Options withBias(boolean newBias) {
      return new Options(stride, padding, dilation, groups, newBias, same, paddingMode);
    }
  }

  /// The weights, `[out, in / groups, kernel]`; at first uniform up to `1 / sqrt(in / groups * kernel)`.
  public Parameter weight;

  /// The bias, `[out]`, or null; at first uniform up to the same bound.
  public Parameter bias;

  private final int inChannels;
  private final int outChannels;
  private final int kernelSize;
  private final Options options;

  /// A convolution with stride 1, without padding, with bias.
  ///
  /// @param inChannels the number of channels of the input
  /// @param outChannels the number of channels of the output
  /// @param kernelSize the size of the kernel
  public Conv1d(int inChannels, int outChannels, int kernelSize) {
    this(inChannels, outChannels, kernelSize, Options.DEFAULT);
  }

  /// A convolution.
  ///
  /// @param inChannels the number of channels of the input
  /// @param outChannels the number of channels of the output
  /// @param kernelSize the size of the kernel
  /// @param options stride, padding and so on
  public Conv1d(int inChannels, int outChannels, int kernelSize, Options options) {
    Conv2d.checkGroups("Conv1d", inChannels, outChannels, options.groups);
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = Size2d.of(kernelSize).require("kernel_size", 1).height();
    this.options = options;
    this.weight = new Parameter(Tensor.empty(outChannels, inChannels / options.groups, kernelSize));
    this.bias = options.bias ? new Parameter(Tensor.empty(outChannels)) : null;
    Init.reset(weight, bias);
  }

  @Override
  protected Tensor forward(Tensor x) {
    if (x.dim() != 3 && x.dim() != 2 || x.size(-2) != inChannels) {
      throw Repr.mismatch("(n, %1$s, l) or (%1$s, l)".formatted(inChannels), x);
    }
    return Functional.conv1d(x, weight, bias, options);
  }

  @Override
  String brief() {
    return "Conv1d(" + inChannels + " -> " + outChannels + ")";
  }

  @Override
  protected String extraRepr() {
    return Repr.convolution(
            inChannels, outChannels, Repr.tuple(kernelSize), Repr.tuple(options.stride))
        + Repr.setting(
            "padding", options.same ? "same" : Repr.tuple(options.padding), Repr.tuple(0))
        + Repr.setting("dilation", Repr.tuple(options.dilation), Repr.tuple(1))
        + Repr.setting("groups", options.groups, 1)
        + Repr.setting("bias", Repr.of(bias != null), Repr.of(true))
        + Repr.setting("padding_mode", options.paddingMode, PaddingMode.ZEROS);
  }
}
