package dev.javelin.nn;

import dev.javelin.Tensor;
import dev.javelin.kernels.Shape;
import java.util.ArrayList;
import java.util.List;

/// The part of [Functional] that rearranges, samples and normalises.
abstract sealed class ImageFunctions extends VolumeFunctions permits AttentionFunctions {
  /// How [#gridSample] finds values between places.
  public enum Sampling {
    /// By distance from the four places around.
    BILINEAR,
    /// The value of the nearest place.
    NEAREST
  }

  // ---- rearranging ----

  /// A number around the last dimensions.
  ///
  /// @param x the input
  /// @param value the number
  /// @param padding how much before and after the last dimension, then before and after the one before it ...
  /// @return the result
  public static Tensor pad(Tensor x, double value, long... padding) {
    Tensor inside = Tensor.onesLike(x.detach()).toBool().pad(padding);
    return x.pad(padding).maskedFill(inside.logicalNot(), value);
  }

  /// Channels become places.
  ///
  /// @param x the input, `[..., c r^2, h, w]`
  /// @param upscaleFactor r
  /// @return `[..., c, h r, w r]`
  public static Tensor pixelShuffle(Tensor x, int upscaleFactor) {
    long r = upscaleFactor;
    if (x.dim() < 3 || r < 1 || x.size(-3) % (r * r) != 0) {
      throw Repr.mismatch("channels that %s squared divides, (*, c, h, w)".formatted(r), x);
    }
    long h = x.size(-2);
    long w = x.size(-1);
    Tensor parts = x.reshape(-1, x.size(-3) / (r * r), r, r, h, w).permute(0, 1, 4, 2, 5, 3);
    return parts.reshape(resized(x, x.size(-3) / (r * r), h * r, w * r));
  }

  /// Places become channels: the reverse of [#pixelShuffle].
  ///
  /// @param x the input, `[..., c, h r, w r]`
  /// @param downscaleFactor r
  /// @return `[..., c r^2, h, w]`
  public static Tensor pixelUnshuffle(Tensor x, int downscaleFactor) {
    long r = downscaleFactor;
    if (x.dim() < 3 || r < 1 || x.size(-2) % r != 0 || x.size(-1) % r != 0) {
      throw Repr.mismatch("height and width that %s divides, (*, c, h, w)".formatted(r), x);
    }
    long h = x.size(-2) / r;
    long w = x.size(-1) / r;
    Tensor parts = x.reshape(-1, x.size(-3), h, r, w, r).permute(0, 1, 3, 5, 2, 4);
    return parts.reshape(resized(x, x.size(-3) * r * r, h, w));
  }

  private static Shape resized(Tensor x, long channels, long height, long width) {
    int rank = x.dim();
    return x.shape().with(rank - 3, channels).with(rank - 2, height).with(rank - 1, width);
  }

  /// Windows of images as columns.
  ///
  /// @param x the input, `[n, c, h, w]` or `[c, h, w]`
  /// @param kernelSize the size of a window
  /// @param dilation the distance between two elements of a window
  /// @param padding zeros on each side
  /// @param stride the distance between two windows
  /// @return `[n, c kh kw, windows]`, or without n
  public static Tensor unfold(
      Tensor x, Size2d kernelSize, Size2d dilation, Size2d padding, Size2d stride) {
    if (x.dim() == 3) {
      return unfold(x.unsqueeze(0), kernelSize, dilation, padding, stride).squeeze(0);
    }
    Tensor padded = x.pad(padding.width(), padding.width(), padding.height(), padding.height());
    long rows = windows(padded.size(2), kernelSize.height(), dilation.height(), stride.height());
    long columns = windows(padded.size(3), kernelSize.width(), dilation.width(), stride.width());
    if (rows < 1 || columns < 1) {
      throw Repr.mismatch("images as large as a window of " + kernelSize, x);
    }
    List<Tensor> elements = new ArrayList<>();
    for (int i = 0; i < kernelSize.height(); i++) {
      for (int j = 0; j < kernelSize.width(); j++) {
        long top = (long) i * dilation.height();
        long left = (long) j * dilation.width();
        elements.add(
            padded
                .slice(2, top, top + (rows - 1) * stride.height() + 1, stride.height())
                .slice(3, left, left + (columns - 1) * stride.width() + 1, stride.width()));
      }
    }
    return Tensor.stack(elements, 2).flatten(3, 4).flatten(1, 2);
  }

  private static long windows(long size, int kernel, int dilation, int stride) {
    return Math.floorDiv(size - (long) dilation * (kernel - 1) - 1, stride) + 1;
  }

  /// Sums columns as windows of images: the gradient of [#unfold].
  ///
  /// @param x the input, `[n, c kh kw, windows]` or `[c kh kw, windows]`
  /// @param outputSize the size of the images
  /// @param kernelSize the size of a window
  /// @param dilation the distance between two elements of a window
  /// @param padding by how much the images are cut on each side
  /// @param stride the distance between two windows
  /// @return `[n, c, h, w]`, or without n
  public static Tensor fold(
      Tensor x,
      Size2d outputSize,
      Size2d kernelSize,
      Size2d dilation,
      Size2d padding,
      Size2d stride) {
    if (x.dim() == 2) {
      return fold(x.unsqueeze(0), outputSize, kernelSize, dilation, padding, stride).squeeze(0);
    }
    long height = outputSize.height() + 2L * padding.height();
    long width = outputSize.width() + 2L * padding.width();
    long rows = windows(height, kernelSize.height(), dilation.height(), stride.height());
    long columns = windows(width, kernelSize.width(), dilation.width(), stride.width());
    long window = (long) kernelSize.height() * kernelSize.width();
    if (x.dim() != 3 || x.size(1) % window != 0 || x.size(2) != rows * columns) {
      throw Repr.mismatch("(n, c %s, %s)".formatted(window, rows * columns), x);
    }
    Size2d rest =
        new Size2d(
            rest(height, rows, kernelSize.height(), dilation.height(), stride.height()),
            rest(width, columns, kernelSize.width(), dilation.width(), stride.width()));
    long channels = x.size(1) / window;
    Tensor images = x.reshape(x.size(0) * channels, window, rows, columns);
    Tensor places =
        Tensor.eye(window, window, x.dtype(), x.device())
            .reshape(window, 1, kernelSize.height(), kernelSize.width());
    var options = new ConvTranspose2d.Options(stride, padding, rest, dilation, 1, false);
    return Functional.convTranspose2d(images, places, null, options)
        .reshape(x.size(0), channels, outputSize.height(), outputSize.width());
  }

  /// What the windows do not reach at the end.
  private static int rest(long size, long windows, int kernel, int dilation, int stride) {
    long reached = (windows - 1) * stride + (long) dilation * (kernel - 1) + 1;
    return Math.toIntExact(size - reached);
  }

  // ---- sampling ----

  /// Images looked at through a grid of places.
  ///
  /// @param x the images, `[n, c, h, w]`
  /// @param grid the places, `[n, h', w', 2]`: from -1 (left, top) to 1, the horizontal one first
  /// @param sampling how values between places are found
  /// @param border whether what lies outside has the value of the edge rather than 0
  /// @param alignCorners whether -1 and 1 are the middles of the outer places rather than their edges
  /// @return `[n, c, h', w']`
  public static Tensor gridSample(
      Tensor x, Tensor grid, Sampling sampling, boolean border, boolean alignCorners) {
    if (x.dim() != 4 || grid.dim() != 4 || grid.size(3) != 2 || grid.size(0) != x.size(0)) {
      throw Repr.mismatch("a grid (%s, h, w, 2)".formatted(x.size(0)), grid);
    }
    Tensor column = places(grid.select(3, 0), x.size(3), border, alignCorners);
    Tensor row = places(grid.select(3, 1), x.size(2), border, alignCorners);
    if (sampling == Sampling.NEAREST) {
      return taken(x, row.round(), column.round());
    }
    Tensor left = column.detach().floor();
    Tensor top = row.detach().floor();
    Tensor right = column.sub(left).unsqueeze(1); // [n, 1, h', w']
    Tensor below = row.sub(top).unsqueeze(1);
    Tensor upper =
        taken(x, top, left).mul(right.neg().add(1)).add(taken(x, top, left.add(1)).mul(right));
    Tensor lower =
        taken(x, top.add(1), left)
            .mul(right.neg().add(1))
            .add(taken(x, top.add(1), left.add(1)).mul(right));
    return upper.mul(below.neg().add(1)).add(lower.mul(below));
  }

  /// From -1 to 1 becomes from the first place to the last.
  private static Tensor places(Tensor grid, long size, boolean border, boolean alignCorners) {
    Tensor place =
        alignCorners
            ? grid.add(1).mul((size - 1) / 2.0)
            : grid.add(1).mul((double) size).sub(1).mul(0.5);
    return border ? place.clamp(0.0, size - 1.0) : place;
  }

  /// The values at whole places, `[n, c, h', w']`; 0 outside.
  private static Tensor taken(Tensor x, Tensor row, Tensor column) {
    long h = x.size(2);
    long w = x.size(3);
    Tensor inside =
        row.ge(0).logicalAnd(row.le(h - 1)).logicalAnd(column.ge(0)).logicalAnd(column.le(w - 1));
    Tensor at = row.clamp(0.0, h - 1.0).toLong().mul(w).add(column.clamp(0.0, w - 1.0).toLong());
    long n = x.size(0);
    long count = row.size(1) * row.size(2);
    Tensor index = at.reshape(n, 1, count).expand(n, x.size(1), count);
    Tensor values = x.flatten(2, 3).gather(2, index).unflatten(2, row.size(1), row.size(2));
    return Tensor.where(inside.unsqueeze(1), values, 0);
  }

  /// The grid that [#gridSample] needs to move, turn and scale images.
  ///
  /// @param theta an affine map for each image, `[n, 2, 3]`
  /// @param size the size of the result
  /// @param alignCorners whether -1 and 1 are the middles of the outer places rather than their edges
  /// @return `[n, h, w, 2]`
  public static Tensor affineGrid(Tensor theta, Size2d size, boolean alignCorners) {
    if (theta.dim() != 3 || theta.size(1) != 2 || theta.size(2) != 3) {
      throw Repr.mismatch("maps (n, 2, 3)", theta);
    }
    Tensor columns = steps(size.width(), alignCorners).expand(size.height(), size.width());
    Tensor rows =
        steps(size.height(), alignCorners).unsqueeze(1).expand(size.height(), size.width());
    Tensor all = Tensor.stack(List.of(columns, rows, Tensor.onesLike(rows)), -1).flatten(0, 1);
    Tensor base = all.to(theta.device()).to(theta.dtype()); // [h w, 3]
    return base.matmul(theta.transpose(1, 2)).unflatten(1, size.height(), size.width());
  }

  private static Tensor steps(int size, boolean alignCorners) {
    double[] places = new double[size];
    for (int i = 0; i < size; i++) {
      places[i] =
          alignCorners ? (size == 1 ? 0 : 2.0 * i / (size - 1) - 1) : (2.0 * i + 1) / size - 1;
    }
    return Tensor.of(places);
  }

  // ---- normalising ----

  /// Vectors of norm 1: `x / max(norm, eps)`.
  ///
  /// @param x the input
  /// @param p which norm
  /// @param dim along which dimension
  /// @param eps the least norm
  /// @return the result, of its shape
  public static Tensor normalize(Tensor x, double p, int dim, double eps) {
    return x.div(x.norm(p, new int[] {dim}, true).clampMin(eps));
  }

  /// Vectors of Euclidean norm 1 along dimension 1.
  ///
  /// @param x the input
  /// @return the result, of its shape
  public static Tensor normalize(Tensor x) {
    return normalize(x, 2, 1, 1e-12);
  }

  /// Instance norm: mean and variance of each channel of each sample.
  ///
  /// @param x the input, `[n, c, ...]`
  /// @param weight the scale, `[c]`, or null; null only with `bias`
  /// @param bias the shift, `[c]`, or null; null only with `weight`
  /// @param eps added to the variance
  /// @return the result, of the shape of x
  public static Tensor instanceNorm(Tensor x, Tensor weight, Tensor bias, double eps) {
    if (x.dim() < 3 || x.numel() == x.size(0) * x.size(1)) {
      throw new IllegalArgumentException(
          "Expected more than 1 spatial element when training, got input size " + x.shape());
    }
    return Functional.groupNorm(x, Math.toIntExact(x.size(1)), weight, bias, eps);
  }

  /// Divides each element by what lies around it in the neighbouring channels: `x / (k + alpha mean(x^2))^beta`.
  ///
  /// @param x the input, `[n, c, ...]`
  /// @param size over how many channels; zeros count beyond the first and last
  /// @param alpha the factor of the mean
  /// @param beta the exponent
  /// @param k added to the mean
  /// @return the result, of the shape of x
  public static Tensor localResponseNorm(Tensor x, int size, double alpha, double beta, double k) {
    if (x.dim() < 3 || size < 1) {
      throw Repr.mismatch("(n, c, *) and a size of at least 1", x);
    }
    Tensor squares = x.square().transpose(1, -1).pad(size / 2, (size - 1) / 2);
    Tensor means = squares.unfold(-1, size, 1).mean(-1).transpose(1, -1);
    return x.div(means.mul(alpha).add(k).pow(beta));
  }

  // ---- vectors ----

  /// The cosine of the angle between vectors.
  ///
  /// @param x one vector or more
  /// @param y others; shapes broadcast
  /// @param dim along which dimension they lie
  /// @param eps the least product of norms
  /// @return the cosines, without that dimension
  public static Tensor cosineSimilarity(Tensor x, Tensor y, int dim, double eps) {
    return Tensor.cosineSimilarity(x, y, dim, eps);
  }

  /// The distance of vectors: the p-norm of `x - y + eps` along the last dimension.
  ///
  /// @param x one vector or more
  /// @param y others; shapes broadcast
  /// @param p which norm
  /// @param eps added to the differences
  /// @param keepdim whether the dimension stays, of size 1
  /// @return the distances
  public static Tensor pairwiseDistance(Tensor x, Tensor y, double p, double eps, boolean keepdim) {
    return x.sub(y).add(eps).norm(p, new int[] {-1}, keepdim);
  }
}
