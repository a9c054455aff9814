package dev.javelin.nn;

import dev.javelin.Parameter;
import dev.javelin.Tensor;

/// A transposed convolution, the gradient of a convolution by its input: `[n, in, h, w]` becomes `[n, out, h', w']`, or the same
/// without `n`, where `h' = (h - 1) stride - 2 padding + dilation (kernel - 1) + outputPadding + 1`.
public final class ConvTranspose2d extends Module {
  /// How the kernel moves, and what else there is.
  ///
  /// @param stride by how many places of the output two places of the input are apart
  /// @param padding by how much the output is cut on each side
  /// @param outputPadding by how much it is longer below and on the right; less than stride or dilation
  /// @param dilation the distance between two elements of the kernel
  /// @param groups in how many groups input and output channels are connected
  /// @param bias whether to add a bias
  public record Options(
      Size2d stride,
      Size2d padding,
      Size2d outputPadding,
      Size2d dilation,
      int groups,
      boolean bias) {
    /// Stride 1, no padding, dilation 1, one group, a bias.
    public static final Options DEFAULT =
        new Options(Size2d.of(1), Size2d.of(0), Size2d.of(0), Size2d.of(1), 1, true);

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
      return new Options(newStride, padding, outputPadding, dilation, groups, bias);
    }

    /// These options with padding.
    ///
    /// @param newPadding by how much the output is cut on each side
    /// @return a copy
    public Options withPadding(int newPadding) {
      return withPadding(Size2d.of(newPadding));
    }

    /// These options with padding.
    ///
    /// @param newPadding by how much the output is cut above and below, left and right
    /// @return a copy
    public Options withPadding(Size2d newPadding) {
      return new Options(stride, newPadding, outputPadding, dilation, groups, bias);
    }

    /// These options with a longer output.
    ///
    /// @param newOutputPadding by how much
    /// @return a copy
    public Options withOutputPadding(int newOutputPadding) {
      return new Options(stride, padding, Size2d.of(newOutputPadding), dilation, groups, bias);
    }

    /// These options with another dilation.
    ///
    /// @param newDilation the dilation, in both directions
    /// @return a copy
    public Options withDilation(int newDilation) {
      return new Options(stride, padding, outputPadding, Size2d.of(newDilation), groups, bias);
    }

    /// These options with groups.
    ///
    /// @param newGroups how many; must divide both numbers of channels
    /// @return a copy
    public Options withGroups(int newGroups) {
      return new Options(stride, padding, outputPadding, dilation, newGroups, bias);
    }

    /// These options with or without bias.
    ///
    /// @param newBias whether to add a bias
    /// @return a copy
    public Options withBias(boolean newBias) {
      return new Options(stride, padding, outputPadding, dilation, groups, newBias);
    }
  }

  /// The weights, `[in, out / groups, kernel height, kernel width]`; at first uniform up to `1 / sqrt(out / groups * kernel size)`.
  public Parameter weight;

  /// The bias, `[out]`, or null; at first uniform up to the same bound.
  public Parameter bias;

  private final int inChannels;
  private final int outChannels;
  private final Size2d kernelSize;
  private final Options options;

  /// A layer with stride 1, without padding, with bias.
  ///
  /// @param inChannels the number of channels of the input
  /// @param outChannels the number of channels of the output
  /// @param kernelSize height and width of the kernel
  public ConvTranspose2d(int inChannels, int outChannels, int kernelSize) {
    this(inChannels, outChannels, Size2d.of(kernelSize), Options.DEFAULT);
  }

  /// A layer.
  ///
  /// @param inChannels the number of channels of the input
  /// @param outChannels the number of channels of the output
  /// @param kernelSize height and width of the kernel
  /// @param options stride, padding and so on
  public ConvTranspose2d(int inChannels, int outChannels, int kernelSize, Options options) {
    this(inChannels, outChannels, Size2d.of(kernelSize), options);
  }

  /// A layer.
  ///
  /// @param inChannels the number of channels of the input
  /// @param outChannels the number of channels of the output
  /// @param kernelSize the size of the kernel
  /// @param options stride, padding and so on
  public ConvTranspose2d(int inChannels, int outChannels, Size2d kernelSize, Options options) {
    Conv2d.checkGroups("ConvTranspose2d", inChannels, outChannels, options.groups);
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = kernelSize.require("kernel_size", 1);
    this.options = options;
    this.weight =
        new Parameter(
            Tensor.empty(
                inChannels, outChannels / options.groups, kernelSize.height(), kernelSize.width()));
    this.bias = options.bias ? new Parameter(Tensor.empty(outChannels)) : null;
    Init.reset(weight, bias);
  }

  /// The error of an output that is made longer than windows can reach.
  static IllegalArgumentException tooLong(Object outputPadding, Object stride, Object dilation) {
    return new IllegalArgumentException(
        "output padding must be smaller than either stride or dilation, but got output_padding=%s, stride=%s, dilation=%s"
            .formatted(outputPadding, stride, dilation));
  }

  @Override
  protected Tensor forward(Tensor x) {
    if (x.dim() != 4 && x.dim() != 3 || x.size(-3) != inChannels) {
      throw Repr.mismatch("(n, %1$s, h, w) or (%1$s, h, w)".formatted(inChannels), x);
    }
    return Functional.convTranspose2d(x, weight, bias, options);
  }

  @Override
  String brief() {
    return "ConvTranspose2d(" + inChannels + " -> " + outChannels + ")";
  }

  @Override
  protected String extraRepr() {
    return Repr.convolution(inChannels, outChannels, kernelSize, options.stride)
        + Repr.setting("padding", options.padding, Size2d.of(0))
        + Repr.setting("dilation", options.dilation, Size2d.of(1))
        + Repr.setting("output_padding", options.outputPadding, Size2d.of(0))
        + Repr.setting("groups", options.groups, 1)
        + Repr.setting("bias", Repr.of(bias != null), Repr.of(true));
  }
}
