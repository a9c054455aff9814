package dev.javelin.nn;

import dev.javelin.Tensor;
import java.util.Locale;

/// Makes images larger, or smaller: `[n, c, h, w]` becomes `[n, c, h', w']`.
public final class Upsample extends Module {
  /// How values between places are found.
  public enum Mode {
    /// The value of the place at or before.
    NEAREST,
    /// By distance from the four places around.
    BILINEAR,
    /// By cubic polynomials through the sixteen places around (Keys, 1981, with a = -0.75).
    BICUBIC
  }

  /// Size and way. Just one of size and scale is given.
  ///
  /// @param size the size of the result, or null
  /// @param scaleHeight the factor of the height, 0 if the size is given
  /// @param scaleWidth the factor of the width, 0 if the size is given
  /// @param mode how values between places are found
  /// @param alignCorners whether the corners of input and result fall together; not for nearest
  public record Options(
      Size2d size, double scaleHeight, double scaleWidth, Mode mode, boolean alignCorners) {
    /// Checks the settings.
    ///
    /// @throws IllegalArgumentException if there is neither size nor scale, or corners are to be aligned for nearest values
    public Options {
      if (size == null && !(scaleHeight > 0 && scaleWidth > 0)) {
        throw new IllegalArgumentException("expected a size or scale factors above 0");
      }
      if (size != null) {
        size.require("size", 1);
      }
      if (alignCorners && mode == Mode.NEAREST) {
        throw new IllegalArgumentException(
            "align_corners option can only be set with the interpolating modes: bilinear");
      }
    }

    /// Nearest values, by factors.
    ///
    /// @param factor of height and width
    /// @return the settings
    public static Options scale(double factor) {
      return new Options(null, factor, factor, Mode.NEAREST, false);
    }

    /// Nearest values, to a size.
    ///
    /// @param size the size of the result
    /// @return the settings
    public static Options size(Size2d size) {
      return new Options(size, 0, 0, Mode.NEAREST, false);
    }

    /// These settings with another way.
    ///
    /// @param newMode how values between places are found
    /// @return a copy
    public Options withMode(Mode newMode) {
      return new Options(size, scaleHeight, scaleWidth, newMode, alignCorners);
    }

    /// These settings with corners aligned or not.
    ///
    /// @param newAlignCorners whether the corners of input and result fall together
    /// @return a copy
    public Options withAlignCorners(boolean newAlignCorners) {
      return new Options(size, scaleHeight, scaleWidth, mode, newAlignCorners);
    }

    /// The size of the result along dimension 0 (height) or 1 (width).
    int outputSize(int dim, int in) {
      if (size != null) {
        return dim == 0 ? size.height() : size.width();
      }
      return (int) Math.floor(in * (dim == 0 ? scaleHeight : scaleWidth));
    }

    /// How far places of the input are apart, measured in places of the result. A factor that is given is used as it is.
    double scale(int dim, int in, int out) {
      return size != null ? (double) in / out : 1 / (dim == 0 ? scaleHeight : scaleWidth);
    }
  }

  private final Options options;

  /// The layer with nearest values.
  ///
  /// @param scaleFactor the factor of height and width
  public Upsample(double scaleFactor) {
    this(Options.scale(scaleFactor));
  }

  /// The layer.
  ///
  /// @param options size and way
  public Upsample(Options options) {
    this.options = options;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.interpolate(x, options);
  }

  @Override
  protected String extraRepr() {
    String height = Repr.of(options.scaleHeight);
    String scale =
        options.scaleHeight == options.scaleWidth
            ? height
            : "(" + height + ", " + Repr.of(options.scaleWidth) + ")";
    String what = options.size != null ? "size=" + options.size : "scale_factor=" + scale;
    return what + ", mode='" + options.mode.name().toLowerCase(Locale.ROOT) + "'";
  }
}
