package dev.javelin.nn;

import dev.javelin.Parameter;
import dev.javelin.Tensor;

/// A convolution of volumes: `[n, in, d, h, w]` becomes `[n, out, d', h', w']`, or the same without `n`.
public final class Conv3d extends Module {
  /// How the kernel moves, and what else there is.
  ///
  /// @param stride the distance between two positions of the kernel
  /// @param padding zeros on each side
  /// @param dilation the distance between two elements of the kernel
  /// @param groups in how many groups input and output channels are connected
  /// @param bias whether to add a bias
  public record Options(Size3d stride, Size3d padding, Size3d dilation, int groups, boolean bias) {
    /// PyTorch's: stride and dilation 1, no padding, one group, a bias.
    public static final Options DEFAULT =
        new Options(Size3d.of(1), Size3d.of(0), Size3d.of(1), 1, true);

    /// These options with another stride.
    ///
    /// @param newStride the distance between two positions of the kernel, in all directions
    /// @return a copy
    public Options withStride(int newStride) {
      return withStride(Size3d.of(newStride));
    }

    /// These options with another stride.
    ///
    /// @param newStride the distance between two positions of the kernel
    /// @return a copy
    public Options withStride(Size3d newStride) {
      return new Options(newStride, padding, dilation, groups, bias);
    }

    /// These options with another padding.
    ///
    /// @param newPadding zeros on each side, in all directions
    /// @return a copy
    public Options withPadding(int newPadding) {
      return withPadding(Size3d.of(newPadding));
    }

    /// These options with another padding.
    ///
    /// @param newPadding zeros on each side
    /// @return a copy
    public Options withPadding(Size3d newPadding) {
      return new Options(stride, newPadding, dilation, groups, bias);
    }

    /// These options with another dilation.
    ///
    /// @param newDilation the distance between two elements of the kernel, in all directions
    /// @return a copy
    public Options withDilation(int newDilation) {
      return withDilation(Size3d.of(newDilation));
    }

    /// These options with another dilation.
    ///
    /// @param newDilation the distance between two elements of the kernel
    /// @return a copy
    public Options withDilation(Size3d newDilation) {
      return new Options(stride, padding, newDilation, groups, bias);
    }

    /// These options with another groups.
    ///
    /// @param newGroups in how many groups input and output channels are connected
    /// @return a copy
    public Options withGroups(int newGroups) {
      return new Options(stride, padding, dilation, newGroups, bias);
    }

    /// These options with another bias.
    ///
    /// @param newBias whether to add a bias
    /// @return a copy
    public Options withBias(boolean newBias) {
      return new Options(stride, padding, dilation, groups, newBias);
    }
  }

  /// The weights, `[out, in / groups, kernel size]`, at first Kaiming-uniform.
  public Parameter weight;

  /// The bias, `[out]`, or null.
  public Parameter bias;

  private final int inChannels;
  private final int outChannels;
  private final Size3d kernelSize;
  private final Options options;

  /// A layer with PyTorch's settings.
  ///
  /// @param inChannels the number of channels of the input
  /// @param outChannels the number of channels of the output
  /// @param kernelSize the size of the kernel
  public Conv3d(int inChannels, int outChannels, int kernelSize) {
    this(inChannels, outChannels, kernelSize, Options.DEFAULT);
  }

  /// A layer.
  ///
  /// @param inChannels the number of channels of the input
  /// @param outChannels the number of channels of the output
  /// @param kernelSize the size of the kernel
  /// @param options stride, padding and so on
  public Conv3d(int inChannels, int outChannels, int kernelSize, Options options) {
    this(inChannels, outChannels, Size3d.of(kernelSize), options);
  }

  /// A layer.
  ///
  /// @param inChannels the number of channels of the input
  /// @param outChannels the number of channels of the output
  /// @param kernelSize the size of the kernel
  /// @param options stride, padding and so on
  public Conv3d(int inChannels, int outChannels, Size3d kernelSize, Options options) {
    Conv2d.checkGroups("Conv3d", inChannels, outChannels, options.groups);
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = kernelSize.require("kernel_size", 1);
    this.options = options;
    this.weight =
        new Parameter(
            Tensor.empty(
                outChannels,
                inChannels / options.groups,
                kernelSize.depth(),
                kernelSize.height(),
                kernelSize.width()));
    this.bias = options.bias ? new Parameter(Tensor.empty(outChannels)) : null;
    Init.reset(weight, bias);
  }

  @Override
  protected Tensor forward(Tensor x) {
    if (x.dim() != 5 && x.dim() != 4 || x.size(-4) != inChannels) {
      throw Repr.mismatch("(n, %1$s, d, h, w) or (%1$s, d, h, w)".formatted(inChannels), x);
    }
    return Functional.conv3d(x, weight, bias, options);
  }

  @Override
  String brief() {
    return "Conv3d(" + inChannels + " -> " + outChannels + ")";
  }

  @Override
  protected String extraRepr() {
    return Repr.convolution(inChannels, outChannels, kernelSize, options.stride)
        + Repr.setting("padding", options.padding, Size3d.of(0))
        + Repr.setting("dilation", options.dilation, Size3d.of(1))
        + Repr.setting("groups", options.groups, 1)
        + Repr.setting("bias", Repr.of(bias != null), Repr.of(true));
  }
}
