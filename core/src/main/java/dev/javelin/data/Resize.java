package dev.javelin.data;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import java.lang.foreign.MemorySegment;
import java.util.random.RandomGenerator;

/// Bilinear resizing with antialiasing: a triangle as wide as the step in the source, as Pillow's `BILINEAR` and torchvision's default.
///
/// Plain Java in the caller's thread: the workers of a [DataLoader] do not get in the way of what trains.
///
/// @param height of the result; if `width` is 0, the length of its shorter side
/// @param width of the result, or 0 to keep the proportions
record Resize(int height, int width) implements Transform {
  /// For each place of the result, where its source begins and how much each pixel counts.
  private record Band(int[] start, float[][] weights) {
    static Band of(int from, int to) {
      double scale = (double) from / to;
      double support = Math.max(1, scale);
      int[] start = new int[to];
      float[][] weights = new float[to][];
      for (int i = 0; i < to; i++) {
        double centre = (i + 0.5) * scale;
        start[i] = (int) Math.max(0, centre - support + 0.5);
        int end = (int) Math.min(from, centre + support + 0.5);
        double[] exact = new double[end - start[i]];
        double sum = 0;
        for (int k = 0; k < exact.length; k++) {
          exact[k] = Math.max(0, 1 - Math.abs(start[i] + k - centre + 0.5) / support);
          sum += exact[k];
        }
        weights[i] = new float[exact.length];
        for (int k = 0; k < exact.length; k++) {
          weights[i][k] = (float) (exact[k] / sum);
        }
      }
      return new Band(start, weights);
    }

    /// source: `[planes, from, width]`, result: `[planes, to, width]`.
    float[] down(float[] source, int planes, int from, int width) {
      int to = start.length;
      float[] result = new float[Math.multiplyExact(Math.multiplyExact(planes, to), width)];
      for (int row = 0; row < planes * to; row++) {
        int place = row % to;
        int out = row * width;
        for (int k = 0; k < weights[place].length; k++) {
          float weight = weights[place][k];
          int in = (row / to * from + start[place] + k) * width;
          for (int j = 0; j < width; j++) {
            result[out + j] += weight * source[in + j];
          }
        }
      }
      return result;
    }

    /// source: `[rows, from]`, result: `[rows, to]`.
    float[] across(float[] source, int rows, int from) {
      int to = start.length;
      float[] result = new float[Math.multiplyExact(rows, to)];
      for (int row = 0; row < rows; row++) {
        for (int i = 0; i < to; i++) {
          float[] own = weights[i];
          int in = row * from + start[i];
          float sum = 0;
          for (int k = 0; k < own.length; k++) {
            sum += own[k] * source[in + k];
          }
          result[row * to + i] = sum;
        }
      }
      return result;
    }
  }

  @Override
  public Tensor apply(Tensor sample, RandomGenerator random) {
    if (sample.dim() < 2
        || sample.numel() == 0
        || sample.dtype() != DType.UINT8 && !sample.dtype().isFloatingPoint()) {
      throw new IllegalArgumentException(
          "resize: expected uint8 or floating-point images [..., h, w], got %s %s"
              .formatted(sample.dtype(), sample.shape()));
    }
    int fromHeight = Math.toIntExact(sample.size(-2));
    int fromWidth = Math.toIntExact(sample.size(-1));
    int toHeight = length(fromHeight, fromWidth, height);
    int toWidth = length(fromWidth, fromHeight, width == 0 ? height : width);
    if (toHeight == fromHeight && toWidth == fromWidth) {
      return sample;
    }
    int planes = Math.toIntExact(sample.numel() / fromHeight / fromWidth);
    // Rows first: that loop runs over neighbours, and leaves fewer pixels for the other.
    float[] rows =
        Band.of(fromHeight, toHeight).down(floats(sample), planes, fromHeight, fromWidth);
    float[] pixels = Band.of(fromWidth, toWidth).across(rows, planes * toHeight, fromWidth);
    long[] sizes = sample.shape().toArray();
    sizes[sizes.length - 2] = toHeight;
    sizes[sizes.length - 1] = toWidth;
    Tensor result =
        sample.dtype() == DType.UINT8
            ? bytes(pixels, sizes)
            : Tensor.of(pixels, sizes).to(sample.dtype());
    return result.to(sample.device());
  }

  /// How long a side becomes, given the other one.
  private int length(int side, int other, int wanted) {
    return width > 0 || side <= other ? wanted : (int) ((long) wanted * side / other);
  }

  private static float[] floats(Tensor sample) {
    return sample.toFloat().toFloatArray();
  }

  private static Tensor bytes(float[] pixels, long[] sizes) {
    byte[] bytes = new byte[pixels.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (int) (pixels[i] + 0.5f);
    }
    return Tensor.of(MemorySegment.ofArray(bytes), DType.UINT8, Shape.of(sizes));
  }

  @Override
  public Tensor applyAll(Tensor samples, RandomGenerator random) {
    return apply(samples, random);
  }

  @Override
  public String toString() {
    return "Resize(size=%s, interpolation=bilinear, max_size=None, antialias=True)"
        .formatted(width == 0 ? height : "(" + height + ", " + width + ")");
  }
}
