package dev.javelin.nn;

import dev.javelin.Parameter;
import dev.javelin.Tensor;

/// A transposed convolution along one dimension: `[n, in, l]` becomes `[n, out, l']`, or the same without `n`.
public final class ConvTranspose1d extends Module {
  /// How the kernel moves, and what else there is.
  ///
  /// @param stride by how many places of the output two places of the input are apart
  /// @param padding by how much the output is cut on each side
  /// @param outputPadding by how much it is longer at the end; less than stride or dilation
  /// @param dilation the distance between two elements of the kernel
  /// @param groups in how many groups input and output channels are connected
  /// @param bias whether to add a bias
  public record Options(
      int stride, int padding, int outputPadding, int dilation, int groups, boolean bias) {
    /// PyTorch's: stride and dilation 1, no padding, one group, a bias.
    public static final Options DEFAULT = new Options(1, 0, 0, 1, 1, true);

    /// These options with another stride.
    ///
    /// @param newStride by how many places of the output two places of the input are apart
    /// @return a copy
    public Options withStride(int newStride) {
      return new Options(newStride, padding, outputPadding, dilation, groups, bias);
    }

    /// These options with another padding.
    ///
    /// @param newPadding by how much the output is cut on each side
    /// @return a copy
    public Options withPadding(int newPadding) {
      return new Options(stride, newPadding, outputPadding, dilation, groups, bias);
    }

    /// These options with another outputPadding.
    ///
    /// @param newOutputPadding by how much it is longer at the end; less than stride or dilation
    /// @return a copy
    public Options withOutputPadding(int newOutputPadding) {
      return new Options(stride, padding, newOutputPadding, dilation, groups, bias);
    }

    /// These options with another dilation.
    ///
    /// @param newDilation the distance between two elements of the kernel
    /// @return a copy
    public Options withDilation(int newDilation) {
      return new Options(stride, padding, outputPadding, newDilation, groups, bias);
    }

    /// These options with another groups.
    ///
    /// @param newGroups in how many groups input and output channels are connected
    /// @return a copy
    public Options withGroups(int newGroups) {
      return new Options(stride, padding, outputPadding, dilation, newGroups, bias);
    }

    /// These options with another bias.
    ///
    /// @param newBias whether to add a bias
    /// @return a copy
    public Options withBias(boolean newBias) {
      return new Options(stride, padding, outputPadding, dilation, groups, newBias);
    }
  }

  /// The weights, `[in, out / groups, kernel size]`, at first Kaiming-uniform.
  public Parameter weight;

  /// The bias, `[out]`, or null.
  public Parameter bias;

  private final int inChannels;
  private final int outChannels;
  private final int kernelSize;
  private final Options options;

  /// A layer with PyTorch's settings.
  ///
  /// @param inChannels the number of channels of the input
  /// @param outChannels the number of channels of the output
  /// @param kernelSize the size of the kernel
  public ConvTranspose1d(int inChannels, int outChannels, int kernelSize) {
    this(inChannels, outChannels, kernelSize, Options.DEFAULT);
  }

  /// A layer.
  ///
  /// @param inChannels the number of channels of the input
  /// @param outChannels the number of channels of the output
  /// @param kernelSize the size of the kernel
  /// @param options stride, padding and so on
  public ConvTranspose1d(int inChannels, int outChannels, int kernelSize, Options options) {
    Conv2d.checkGroups("ConvTranspose1d", inChannels, outChannels, options.groups);
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = Size2d.of(kernelSize).require("kernel_size", 1).height();
    this.options = options;
    this.weight = new Parameter(Tensor.empty(inChannels, outChannels / options.groups, kernelSize));
    this.bias = options.bias ? new Parameter(Tensor.empty(outChannels)) : null;
    Init.reset(weight, bias);
  }

  @Override
  protected Tensor forward(Tensor x) {
    if (x.dim() != 3 && x.dim() != 2 || x.size(-2) != inChannels) {
      throw Repr.mismatch("(n, %1$s, l) or (%1$s, l)".formatted(inChannels), x);
    }
    return Functional.convTranspose1d(x, weight, bias, options);
  }

  @Override
  String brief() {
    return "ConvTranspose1d(" + inChannels + " -> " + outChannels + ")";
  }

  @Override
  protected String extraRepr() {
    return Repr.convolution(
            inChannels, outChannels, Repr.tuple(kernelSize), Repr.tuple(options.stride))
        + Repr.setting("padding", Repr.tuple(options.padding), Repr.tuple(0))
        + Repr.setting("dilation", Repr.tuple(options.dilation), Repr.tuple(1))
        + Repr.setting("output_padding", Repr.tuple(options.outputPadding), Repr.tuple(0))
        + Repr.setting("groups", options.groups, 1)
        + Repr.setting("bias", Repr.of(bias != null), Repr.of(true));
  }
}
