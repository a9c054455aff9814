package dev.javelin.data;

import java.util.Arrays;

/// A grey picture of 28 x 28 pixels that polygons are painted on, one over the other, with smooth
/// edges. Polygons are given in the picture's own coordinates before it is moved, scaled and
// tilted.
final class GarmentCanvas {
  static final int SIDE = 28;

  /// Lines that a row of pixels is divided into when it is measured how much of each is covered.
  private static final int LINES = 4;

  /// A place in the picture.
  ///
  /// @param x how far from the left
  /// @param y how far from the top
  record Point(double x, double y) {}

  /// A place in the picture.
  ///
  /// @param x how far from the left
  /// @param y how far from the top
  /// @return the place
  static Point xy(double x, double y) {
    return new Point(x, y);
  }

  /// What a surface looks like.
  @FunctionalInterface
  interface Surface {
    /// The brightness at a place of the finished picture.
    ///
    /// @param x the column
    /// @param y the row
    /// @return from 0 to 255, not necessarily within
    double at(int x, int y);

    /// The same surface, lighter or darker.
    ///
    /// @param factor above 1 for lighter
    /// @return the other surface
    default Surface times(double factor) {
      return (x, y) -> at(x, y) * factor;
    }
  }

  private final double[] pixels = new double[SIDE * SIDE];
  private final double[] covered = new double[SIDE];
  private final double scaleX;
  private final double scaleY;
  private final double tilt;
  private final double shiftX;
  private final double shiftY;

  /// An empty picture.
  ///
  /// @param random decides by how much everything is moved, scaled and tilted
  GarmentCanvas(SplitMix random) {
    scaleX = random.between(0.92, 1.14);
    scaleY = random.between(0.94, 1.1);
    tilt = random.around(0.09);
    shiftX = random.around(1.5);
    shiftY = random.around(1.2);
  }

  /// Paints a polygon.
  ///
  /// @param surface what it looks like
  /// @param corners its corners, one after the other
  void paint(Surface surface, Point... corners) {
    double[] xs = new double[corners.length];
    double[] ys = new double[corners.length];
    double centre = SIDE / 2.0;
    for (int i = 0; i < xs.length; i++) {
      double x = corners[i].x - centre;
      double y = corners[i].y - centre;
      xs[i] = centre + shiftX + scaleX * (x + tilt * y);
      ys[i] = centre + shiftY + scaleY * (y - tilt * x);
    }
    int top = (int) Math.max(0, Math.floor(Arrays.stream(ys).min().orElse(0)));
    int bottom = (int) Math.min(SIDE - 1, Math.floor(Arrays.stream(ys).max().orElse(0)));
    double[] crossings = new double[xs.length];
    for (int y = top; y <= bottom; y++) {
      Arrays.fill(covered, 0);
      for (int line = 0; line < LINES; line++) {
        int count = crossings(xs, ys, y + (line + 0.5) / LINES, crossings);
        for (int i = 0; i + 1 < count; i += 2) {
          cover(crossings[i], crossings[i + 1]);
        }
      }
      for (int x = 0; x < SIDE; x++) {
        if (covered[x] > 0) {
          int at = y * SIDE + x;
          pixels[at] += (surface.at(x, y) - pixels[at]) * Math.min(1, covered[x]);
        }
      }
    }
  }

  /// Paints a symmetric polygon.
  ///
  /// @param surface what it looks like
  /// @param right its right half from top to bottom, with x counted from the middle of the picture
  void paintSymmetric(Surface surface, Point... right) {
    double centre = SIDE / 2.0;
    Point[] corners = new Point[right.length * 2];
    for (int i = 0; i < right.length; i++) {
      corners[i] = xy(centre + right[i].x, right[i].y);
      corners[corners.length - 1 - i] = xy(centre - right[i].x, right[i].y);
    }
    paint(surface, corners);
  }

  /// Paints a straight line.
  ///
  /// @param surface what it looks like
  /// @param width how wide it is
  /// @param from where it begins
  /// @param to where it ends
  void line(Surface surface, double width, Point from, Point to) {
    double dx = to.x - from.x;
    double dy = to.y - from.y;
    double scale = width / 2 / Math.sqrt(dx * dx + dy * dy);
    double x = dy * scale;
    double y = -dx * scale;
    paint(
        surface,
        xy(from.x + x, from.y + y),
        xy(to.x + x, to.y + y),
        xy(to.x - x, to.y - y),
        xy(from.x - x, from.y - y));
  }

  /// Paints a curve.
  ///
  /// @param surface what it looks like
  /// @param width how wide it is
  /// @param from where it begins
  /// @param towards the point it leaves for and comes from
  /// @param to where it ends
  void curve(Surface surface, double width, Point from, Point towards, Point to) {
    int pieces = 6;
    Point last = from;
    for (int i = 1; i <= pieces; i++) {
      double t = (double) i / pieces;
      double s = 1 - t;
      Point next =
          xy(
              s * s * from.x + 2 * s * t * towards.x + t * t * to.x,
              s * s * from.y + 2 * s * t * towards.y + t * t * to.y);
      line(surface, width, last, next);
      last = next;
    }
  }

  /// Writes the picture as bytes.
  ///
  /// @param random decides the noise
  /// @param noise how strong it is
  /// @param target where to
  /// @param offset from which byte on
  void write(SplitMix random, double noise, byte[] target, int offset) {
    for (int i = 0; i < pixels.length; i++) {
      // The background of such pictures is empty, so only what is painted is grainy.
      double value = pixels[i] < 4 ? pixels[i] : pixels[i] + random.around(noise);
      target[offset + i] = (byte) Math.clamp(Math.round(value), 0, 255);
    }
  }

  /// Finds where a horizontal line crosses a polygon's edges.
  private static int crossings(double[] xs, double[] ys, double y, double[] found) {
    int count = 0;
    for (int i = 0, j = xs.length - 1; i < xs.length; j = i++) {
      if (ys[i] <= y != ys[j] <= y) {
        found[count++] = xs[i] + (y - ys[i]) / (ys[j] - ys[i]) * (xs[j] - xs[i]);
      }
    }
    Arrays.sort(found, 0, count);
    return count;
  }

  private void cover(double from, double to) {
    int first = (int) Math.max(0, Math.floor(from));
    int last = (int) Math.min(SIDE - 1, Math.floor(to));
    for (int x = first; x <= last; x++) {
      covered[x] += (Math.min(to, x + 1) - Math.max(from, x)) / LINES;
    }
  }
}
