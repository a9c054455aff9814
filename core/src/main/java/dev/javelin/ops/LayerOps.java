package dev.javelin.ops;

import dev.javelin.Tensor;
import dev.javelin.kernels.Kernel.Direction;
import dev.javelin.kernels.Kernel.Window;
import dev.javelin.kernels.Shape;
import dev.javelin.ops.OpDef.Convolution;
import dev.javelin.ops.OpDef.Gather;
import dev.javelin.ops.OpDef.Scatter;
import java.util.Arrays;
import java.util.List;

/// What layers compute in one region each; gradients follow from the bodies unless there is a shorter form.
public final class LayerOps {
  private LayerOps() {}

  // ---- activations ----

  /// `x min(max(x + 3, 0), 6) / 6` (Howard et al., arXiv 1905.02244).
  ///
  /// @return the op
  public static OpDef hardswish() {
    return Composite.derived(
        "hardswish", List.of(), 1, in -> in[0].mul(in[0].add(3).clamp(0.0, 6.0)).div(6));
  }

  /// `x` where positive, else `w x`, with a learnt slope for all or for each channel. Inputs x `[n, c, ...]`, w `[1]` or `[c]`.
  ///
  /// @return the op
  public static OpDef prelu() {
    return Composite.derived(
            "prelu_kernel",
            List.of(),
            2,
            in -> {
              Tensor slope = in[1].numel() == 1 ? in[1] : channels(in[1], in[0]);
              return Tensor.where(in[0].gt(0), in[0], in[0].mul(slope));
            })
        .named("PreluKernelBackward0");
  }

  /// Values of the channels `[c]`, shaped to go with `[n, c, ...]`, or with `[c]`.
  private static Tensor channels(Tensor values, Tensor x) {
    long[] sizes = new long[Math.max(1, x.dim())];
    Arrays.fill(sizes, 1);
    sizes[x.dim() < 2 ? 0 : 1] = values.numel();
    return values.reshape(Shape.of(sizes));
  }

  // ---- normalisation ----

  /// Group norm (Wu and He, arXiv 1803.08494): mean and variance over the channels of a group and all places. Inputs x
  /// `[n, c, ...]`, then weight and bias `[c]` (if affine).
  ///
  /// @param groups in how many groups the channels are; divides their number
  /// @param eps added to the variance
  /// @param affine whether there are weight and bias
  /// @return the op
  public static OpDef groupNorm(int groups, double eps, boolean affine) {
    return Composite.derived(
        "native_group_norm",
        List.of(groups, eps, affine),
        affine ? 3 : 1,
        in -> {
          Tensor x = in[0];
          long n = x.shape().size(0);
          Tensor rows = x.reshape(n * groups, x.numel() / Math.max(1, n * groups));
          Tensor centred = rows.sub(rows.mean(1, true));
          Tensor rstd = centred.mul(centred).mean(1, true).add(eps).rsqrt();
          Tensor normal = centred.mul(rstd).reshape(x.shape());
          return affine ? normal.mul(channels(in[1], x)).add(channels(in[2], x)) : normal;
        });
  }

  /// RMS norm (Zhang and Sennrich, arXiv 1910.07467) over the last dimensions: `x / sqrt(mean(x^2) + eps)`, times weight, input 1,
  /// if there is one.
  ///
  /// @param dims how many of the last dimensions
  /// @param eps added to the mean square
  /// @param affine whether there is a weight
  /// @return the op
  public static OpDef rmsNorm(int dims, double eps, boolean affine) {
    return Composite.derived(
        "rms_norm",
        List.of(dims, eps, affine),
        affine ? 2 : 1,
        in -> {
          int[] axes = new int[dims];
          for (int i = 0; i < dims; i++) {
            axes[i] = in[0].dim() - dims + i;
          }
          Tensor rms = in[0].mul(in[0]).mean(axes, true).add(eps).rsqrt();
          Tensor normal = in[0].mul(rms);
          return affine ? normal.mul(in[1]) : normal;
        });
  }

  // ---- embedding ----

  /// Rows of a table. Inputs: the table `[v, d]`, int64 row numbers `[n]`. Gives `[n, d]`.
  ///
  /// @param padding the row that gets no gradient; -1 for none
  /// @return the op
  public static OpDef embedding(long padding) {
    return Composite.of(
        "embedding",
        List.of(padding),
        in -> Tensor.call(new Gather("embedding", 0), in[0], rows(in[1], in[0])),
        b ->
            Gradient.each(
                () -> {
                  Tensor kept = b.in(1).ne(padding).unsqueeze(1);
                  Tensor g = padding < 0 ? b.g() : Tensor.where(kept, b.g(), 0);
                  Tensor zeros = Tensor.zeros(b.in(0).shape(), g.dtype(), g.device());
                  Scatter add = new Scatter("scatter_add", 0, true);
                  return Tensor.call(add, zeros, rows(b.in(1), b.in(0)), g);
                }));
  }

  /// Row numbers `[n]` for each element of the rows, `[n, d]`.
  private static Tensor rows(Tensor numbers, Tensor table) {
    return numbers.unsqueeze(1).expand(Shape.of(numbers.numel(), table.size(1)));
  }

  // ---- transposed convolution ----

  /// A transposed convolution: the gradient of a convolution by its input. Inputs x `[n, i, h, w]`, w `[i, o / groups, kh, kw]`, and
  /// the bias `[o]`, if any.
  ///
  /// @param window how the weights of that convolution move
  /// @param target the shape of the result, `[n, o, h', w']`
  /// @param bias whether there is a bias
  /// @return the op
  public static OpDef convTranspose2d(Window window, Shape target, boolean bias) {
    return Composite.derived(
        "convolution",
        List.of("transposed", window, target, bias),
        bias ? 3 : 2,
        in -> {
          Tensor y =
              Tensor.call(new Convolution(Direction.BACKWARD_DATA, window, target), in[1], in[0]);
          return bias ? y.add(in[2].reshape(1, -1, 1, 1)) : y;
        });
  }
}
