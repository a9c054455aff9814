package dev.javelin.data;

import dev.javelin.Tensor;
import dev.javelin.engine.ThreadContext;
import dev.javelin.kernels.DType;
import dev.javelin.ops.Composite;
import dev.javelin.ops.Gradient;
import dev.javelin.ops.OpDef;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/// What is usually done to images: `torchvision.transforms`. Each prints as there.
public final class Transforms {
  private static final OpDef NORMALIZE =
      Composite.of("normalize", List.of(), in -> in[0].sub(in[1]).div(in[2]), Gradient.NONE);

  private Transforms() {}

  /// Bytes to floats: uint8 `0 ... 255` becomes float32 `0 ... 1`. Other types stay as they are.
  ///
  /// @return the transform
  public static Transform toTensor() {
    return new ToTensor();
  }

  /// `(x - mean) / std` for each channel.
  ///
  /// @param mean the mean of each channel
  /// @param std the standard deviation of each channel
  /// @return the transform of a floating-point image `[c, h, w]`
  public static Transform normalize(float[] mean, float[] std) {
    if (mean.length != std.length || mean.length == 0) {
      throw new IllegalArgumentException(
          "normalize: expected a mean and a standard deviation for each channel, got %s and %s"
              .formatted(mean.length, std.length));
    }
    for (float value : std) {
      if (value == 0) {
        throw new IllegalArgumentException(
            "normalize: a standard deviation of 0 would lead to division by zero");
      }
    }
    return new Normalize(perChannel(mean), perChannel(std), mean.clone(), std.clone());
  }

  /// `(x - mean) / std`, for images of one channel.
  ///
  /// @param mean the mean
  /// @param std the standard deviation
  /// @return the transform
  public static Transform normalize(double mean, double std) {
    return normalize(new float[] {(float) mean}, new float[] {(float) std});
  }

  private static Tensor perChannel(float[] values) {
    return ThreadContext.unscoped(() -> Tensor.of(values, values.length, 1, 1));
  }

  /// Several transforms one after the other.
  ///
  /// @param transforms the transforms in order
  /// @return the transform
  public static Transform compose(Transform... transforms) {
    return new Compose(List.of(transforms));
  }

  /// A function as a transform, of one sample at a time.
  ///
  /// @param function the function
  /// @return the transform
  public static Transform lambda(UnaryOperator<Tensor> function) {
    return new Lambda(function);
  }

  /// Mirrors an image left to right at random.
  ///
  /// @param p the probability, 0 to 1
  /// @return the transform of an image `[..., h, w]`
  public static Transform randomHorizontalFlip(double p) {
    if (!(p >= 0 && p <= 1)) {
      throw new IllegalArgumentException(
          "randomHorizontalFlip: expected a probability from 0 to 1, got " + p);
    }
    return new RandomHorizontalFlip(p);
  }

  /// Cuts a square out of an image at a random place.
  ///
  /// @param size height and width of what is left
  /// @param padding zeros put around the image before
  /// @return the transform of an image `[c, h, w]`
  public static Transform randomCrop(int size, int padding) {
    if (size < 1 || padding < 0) {
      throw new IllegalArgumentException(
          "randomCrop: expected a size above 0 and no negative padding, got %s and %s"
              .formatted(size, padding));
    }
    return new RandomCrop(size, padding);
  }

  /// Makes an image larger or smaller, bilinearly and with antialiasing.
  ///
  /// @param height the new height
  /// @param width the new width
  /// @return the transform of an image `[..., h, w]`, uint8 or floating-point, which keeps its type
  public static Transform resize(int height, int width) {
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "resize: expected sizes above 0, got %s and %s".formatted(height, width));
    }
    return new Resize(height, width);
  }

  /// Makes an image larger or smaller and keeps its proportions, bilinearly and with antialiasing.
  ///
  /// @param size how long the shorter side becomes
  /// @return the transform of an image `[..., h, w]`, uint8 or floating-point, which keeps its type
  public static Transform resize(int size) {
    if (size < 1) {
      throw new IllegalArgumentException("resize: expected a size above 0, got " + size);
    }
    return new Resize(size, 0);
  }

  /// Cuts the middle out of an image; an image that is too small gets zeros around it.
  ///
  /// @param height the new height
  /// @param width the new width
  /// @return the transform of an image `[..., h, w]`
  public static Transform centerCrop(int height, int width) {
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "centerCrop: expected sizes above 0, got %s and %s".formatted(height, width));
    }
    return new CenterCrop(height, width);
  }

  /// Cuts a square out of the middle of an image.
  ///
  /// @param size the new height and width
  /// @return the transform of an image `[..., h, w]`
  public static Transform centerCrop(int size) {
    return centerCrop(size, size);
  }

  private record ToTensor() implements Transform {
    @Override
    public Tensor apply(Tensor sample, RandomGenerator random) {
      return sample.dtype() == DType.UINT8 ? sample.div(255L) : sample;
    }

    @Override
    public Tensor applyAll(Tensor samples, RandomGenerator random) {
      return apply(samples, random);
    }

    @Override
    public String toString() {
      return "ToTensor()";
    }
  }

  private record Normalize(Tensor mean, Tensor std, float[] means, float[] stds)
      implements Transform {
    @Override
    public Tensor apply(Tensor sample, RandomGenerator random) {
      long channels = sample.dim() < 3 ? 0 : sample.size(-3);
      if (!sample.dtype().isFloatingPoint() || channels != means.length) {
        throw new IllegalArgumentException(
            "normalize: expected floating-point images of %s channels, got %s %s; put toTensor() before"
                .formatted(means.length, sample.dtype(), sample.shape()));
      }
      return Tensor.call(NORMALIZE, sample, mean, std);
    }

    @Override
    public Tensor applyAll(Tensor samples, RandomGenerator random) {
      return apply(samples, random);
    }

    @Override
    public String toString() {
      return "Normalize(mean=" + tuple(means) + ", std=" + tuple(stds) + ")";
    }

    private static String tuple(float[] values) {
      String text = Arrays.toString(values);
      return "(" + text.substring(1, text.length() - 1) + (values.length == 1 ? ",)" : ")");
    }
  }

  private record Compose(List<Transform> transforms) implements Transform {
    @Override
    public Tensor apply(Tensor sample, RandomGenerator random) {
      Tensor result = sample;
      for (Transform transform : transforms) {
        result = transform.apply(result, random);
      }
      return result;
    }

    @Override
    public Tensor applyAll(Tensor samples, RandomGenerator random) {
      Tensor result = samples;
      for (Transform transform : transforms) {
        result = transform.applyAll(result, random);
      }
      return result;
    }

    @Override
    public String toString() {
      return transforms.stream()
          .map(transform -> "\n    " + transform)
          .collect(Collectors.joining("", "Compose(", "\n)"));
    }
  }

  private record Lambda(UnaryOperator<Tensor> function) implements Transform {
    @Override
    public Tensor apply(Tensor sample, RandomGenerator random) {
      return function.apply(sample);
    }

    @Override
    public String toString() {
      return "Lambda()";
    }
  }

  private record RandomHorizontalFlip(double p) implements Transform {
    @Override
    public Tensor apply(Tensor sample, RandomGenerator random) {
      return random.nextDouble() < p ? sample.flip(-1) : sample;
    }

    @Override
    public Tensor applyAll(Tensor samples, RandomGenerator random) {
      boolean[] flipped = new boolean[Math.toIntExact(samples.size(0))];
      for (int i = 0; i < flipped.length; i++) {
        flipped[i] = random.nextDouble() < p;
      }
      long[] sizes = new long[samples.dim()];
      Arrays.fill(sizes, 1);
      sizes[0] = flipped.length;
      return Tensor.where(Tensor.of(flipped, sizes), samples.flip(-1), samples);
    }

    @Override
    public String toString() {
      return "RandomHorizontalFlip(p=" + p + ")";
    }
  }

  private record RandomCrop(int size, int padding) implements Transform {
    @Override
    public Tensor apply(Tensor sample, RandomGenerator random) {
      Tensor padded = padded(sample);
      int top = random.nextInt(places(padded.size(-2)));
      int left = random.nextInt(places(padded.size(-1)));
      return padded.narrow(-2, top, size).narrow(-1, left, size).contiguous();
    }

    @Override
    public Tensor applyAll(Tensor samples, RandomGenerator random) {
      Tensor padded = padded(samples);
      int n = Math.toIntExact(padded.size(0));
      int width = Math.toIntExact(padded.size(-1));
      long planes = padded.numel() / Math.max(1, n * padded.size(-2) * width);
      // index: [n, size * size], where each pixel of a crop lies in its plane
      long[] index = new long[n * size * size];
      int at = 0;
      for (int i = 0; i < n; i++) {
        int top = random.nextInt(places(padded.size(-2)));
        int left = random.nextInt(places(width));
        for (int pixel = 0; pixel < size * size; pixel++) {
          index[at++] = (long) (top + pixel / size) * width + left + pixel % size;
        }
      }
      long[] sizes = samples.shape().toArray();
      sizes[sizes.length - 2] = size;
      sizes[sizes.length - 1] = size;
      return padded
          .reshape(n, planes, padded.size(-2) * width)
          .gather(2, Tensor.of(index, n, 1, (long) size * size).expand(n, planes, -1))
          .reshape(sizes);
    }

    private Tensor padded(Tensor image) {
      return padding == 0 ? image : image.pad(padding, padding, padding, padding);
    }

    private int places(long length) {
      if (length < size) {
        throw new IllegalArgumentException(
            "randomCrop: Required crop size (%s, %s) is larger than input image size %s"
                .formatted(size, size, length));
      }
      return Math.toIntExact(length - size + 1);
    }

    @Override
    public String toString() {
      return "RandomCrop(size=("
          + size
          + ", "
          + size
          + "), padding="
          + (padding == 0 ? "None" : Integer.toString(padding))
          + ")";
    }
  }

  private record CenterCrop(int height, int width) implements Transform {
    @Override
    public Tensor apply(Tensor sample, RandomGenerator random) {
      long missingWidth = Math.max(0, width - sample.size(-1));
      long missingHeight = Math.max(0, height - sample.size(-2));
      Tensor padded =
          missingWidth == 0 && missingHeight == 0
              ? sample
              : sample.pad(
                  missingWidth / 2,
                  (missingWidth + 1) / 2,
                  missingHeight / 2,
                  (missingHeight + 1) / 2);
      return padded
          .narrow(-2, start(padded.size(-2), height), height)
          .narrow(-1, start(padded.size(-1), width), width)
          .contiguous();
    }

    /// Half of what is left over; of a half pixel, to the even side, as Python rounds.
    private static long start(long length, int kept) {
      return (long) Math.rint((length - kept) / 2.0);
    }

    @Override
    public Tensor applyAll(Tensor samples, RandomGenerator random) {
      return apply(samples, random);
    }

    @Override
    public String toString() {
      return "CenterCrop(size=(" + height + ", " + width + "))";
    }
  }
}
