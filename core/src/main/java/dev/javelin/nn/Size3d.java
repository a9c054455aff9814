package dev.javelin.nn;

/// Something that has a value for planes, one for rows and one for columns: the kernel of a convolution of volumes, its stride.
///
/// @param depth along the planes
/// @param height along the rows
/// @param width along the columns
public record Size3d(int depth, int height, int width) {
  /// The same in all directions.
  ///
  /// @param size along planes, rows and columns
  /// @return the triple
  public static Size3d of(int size) {
    return new Size3d(size, size, size);
  }

  Size3d require(String what, int least) {
    if (depth < least || height < least || width < least) {
      throw new IllegalArgumentException(
          "%s: expected at least %s, got %s".formatted(what, least, this));
    }
    return this;
  }

  /// Rows and columns alone.
  Size2d plane() {
    return new Size2d(height, width);
  }

  /// The triple as Python prints it: `(5, 5, 5)`.
  @Override
  public String toString() {
    return "(" + depth + ", " + height + ", " + width + ")";
  }
}
