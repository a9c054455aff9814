package dev.javelin.nn;

import dev.javelin.Parameter;
import dev.javelin.Tensor;

/// A convolution: `[n, in, h, w]` becomes `[n, out, h', w']`, or the same without `n`.
public final class Conv2d extends Module {
  /// How the kernel moves, and what else there is.
  ///
  /// @param stride the distance between two positions of the kernel
  /// @param padding how much lies around the input
  /// @param dilation the distance between two elements of the kernel
  /// @param groups in how many groups input and output channels are connected
  /// @param bias whether to add a bias
  /// @param same whether the padding is such that the result has the input's size; `padding` does not count then
  /// @param paddingMode what lies around the input
  public record Options(
      Size2d stride,
      Size2d padding,
      Size2d dilation,
      int groups,
      boolean bias,
      boolean same,
      PaddingMode paddingMode) {
    /// Stride 1, no padding, dilation 1, one group, a bias.
    public static final Options DEFAULT =
        new Options(Size2d.of(1), Size2d.of(0), Size2d.of(1), 1, true, false, PaddingMode.ZEROS);

    /// These options with another stride.
    ///
    /// @param newStride the stride, in both directions
    /// @return a copy
    public Options withStride(int newStride) {
      return withStride(Size2d.of(newStride));
    }

    /// These options with another stride.
    ///
    /// @param newStride the stride
    /// @return a copy
    public Options withStride(Size2d newStride) {
      return new Options(newStride, padding, dilation, groups, bias, same, paddingMode);
    }

    /// These options with padding.
    ///
    /// @param newPadding zeros on each side
    /// @return a copy
    public Options withPadding(int newPadding) {
      return withPadding(Size2d.of(newPadding));
    }

    /// These options with padding.
    ///
    /// @param newPadding zeros above and below, left and right
    /// @return a copy
    public Options withPadding(Size2d newPadding) {
      return new Options(stride, newPadding, dilation, groups, bias, false, paddingMode);
    }

    /// These options with padding by name.
    ///
    /// @param newPadding `same`, for a result of the input's size, or `valid`, for none; `same` needs the stride 1
    /// @return a copy
    /// @throws IllegalArgumentException if it is another name
    public Options withPadding(String newPadding) {
      if (!newPadding.equals("same") && !newPadding.equals("valid")) {
        throw new IllegalArgumentException(
            "Invalid padding string '%s', should be one of 'valid', 'same'".formatted(newPadding));
      }
      boolean newSame = newPadding.equals("same");
      return new Options(stride, Size2d.of(0), dilation, groups, bias, newSame, paddingMode);
    }

    /// These options with something else around the input.
    ///
    /// @param newPaddingMode what lies around the input
    /// @return a copy
    public Options withPaddingMode(PaddingMode newPaddingMode) {
      return new Options(stride, padding, dilation, groups, bias, same, newPaddingMode);
    }

    /// How much lies before and after each of the last dimensions, the last first.
    long[] amounts(Size2d kernel) {
      if (same) {
        return Padding.same(kernel, stride, dilation);
      }
      padding.require("padding", 0);
      return new long[] {padding.width(), padding.width(), padding.height(), padding.height()};
    }

    /// These options with another dilation.
    ///
    /// @param newDilation the dilation, in both directions
    /// @return a copy
    public Options withDilation(int newDilation) {
      return withDilation(Size2d.of(newDilation));
    }

    /// These options with another dilation.
    ///
    /// @param newDilation the dilation
    /// @return a copy
    public Options withDilation(Size2d newDilation) {
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

  /// The weights, `[out, in / groups, kernel height, kernel width]`; at first uniform up to `1 / sqrt(in / groups * kernel size)`.
  public Parameter weight;

  /// The bias, `[out]`, or null; at first uniform up to the same bound.
  public Parameter bias;

  private final int inChannels;
  private final int outChannels;
  private final Size2d kernelSize;
  private final Options options;

  /// A convolution with stride 1, without padding, with bias.
  ///
  /// @param inChannels the number of channels of the input
  /// @param outChannels the number of channels of the output
  /// @param kernelSize height and width of the kernel
  public Conv2d(int inChannels, int outChannels, int kernelSize) {
    this(inChannels, outChannels, Size2d.of(kernelSize), Options.DEFAULT);
  }

  /// A convolution.
  ///
  /// @param inChannels the number of channels of the input
  /// @param outChannels the number of channels of the output
  /// @param kernelSize height and width of the kernel
  /// @param options stride, padding and so on
  public Conv2d(int inChannels, int outChannels, int kernelSize, Options options) {
    this(inChannels, outChannels, Size2d.of(kernelSize), options);
  }

  /// A convolution.
  ///
  /// @param inChannels the number of channels of the input
  /// @param outChannels the number of channels of the output
  /// @param kernelSize the size of the kernel
  /// @param options stride, padding and so on
  public Conv2d(int inChannels, int outChannels, Size2d kernelSize, Options options) {
    int groups = options.groups;
    checkGroups("Conv2d", inChannels, outChannels, groups);
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = kernelSize.require("kernel_size", 1);
    this.options = options;
    this.weight =
        new Parameter(
            Tensor.empty(
                outChannels, inChannels / groups, kernelSize.height(), kernelSize.width()));
    this.bias = options.bias ? new Parameter(Tensor.empty(outChannels)) : null;
    Init.reset(weight, bias);
  }

  static void checkGroups(String layer, int inChannels, int outChannels, int groups) {
    if (groups < 1 || inChannels % groups != 0 || outChannels % groups != 0) {
      throw new IllegalArgumentException(
          "%s: expected a number of groups that divides the channels %s and %s, got %s"
              .formatted(layer, inChannels, outChannels, groups));
    }
  }

  @Override
  protected Tensor forward(Tensor x) {
    if (x.dim() != 4 && x.dim() != 3 || x.size(-3) != inChannels) {
      throw Repr.mismatch("(n, %1$s, h, w) or (%1$s, h, w)".formatted(inChannels), x);
    }
    return Functional.conv2d(x, weight, bias, options);
  }

  @Override
  String brief() {
    return "Conv2d(" + inChannels + " -> " + outChannels + ")";
  }

  @Override
  protected String extraRepr() {
    return Repr.convolution(inChannels, outChannels, kernelSize, options.stride)
        + Repr.setting("padding", options.same ? "same" : options.padding, Size2d.of(0))
        + Repr.setting("dilation", options.dilation, Size2d.of(1))
        + Repr.setting("groups", options.groups, 1)
        + Repr.setting("bias", Repr.of(bias != null), Repr.of(true))
        + Repr.setting("padding_mode", options.paddingMode, PaddingMode.ZEROS);
  }
}
