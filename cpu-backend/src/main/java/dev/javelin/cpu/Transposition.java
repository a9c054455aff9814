package dev.javelin.cpu;

/// Copies a matrix whose rows are the columns of another.
final class Transposition {
  /// The least side of a tile in elements.
  static final long TILE = 16;

  private Transposition() {}

  /// Whether [VectorTranspose] is fast by now.
  ///
  /// @param work how many elements of 4 bytes there are to copy
  static boolean isReady(long work) {
    return Loops.vectorised() && VectorTranspose.isUsable() && VectorTranspose.WARMUP.isReady(work);
  }

  /// Writes `height` rows of `width` elements, which come from neighbouring columns of the source.
  ///
  /// @param from the first element; its neighbours go to the rows below
  /// @param fromStep from an element to the next of its row, in bytes
  /// @param to where the first row begins
  /// @param toStep from a row to the next, in bytes
  /// @param bytes the size of an element
  /// @param vectors whether to use [VectorTranspose]; elements have 4 bytes then
  static void run(
      long from,
      long fromStep,
      long to,
      long toStep,
      long height,
      long width,
      int bytes,
      boolean vectors) {
    long tiledHeight = 0;
    long tiledWidth = 0;
    if (vectors) {
      tiledHeight = height - height % VectorTranspose.SIDE;
      tiledWidth = width - width % VectorTranspose.SIDE;
      VectorTranspose.tiles(from, fromStep, to, toStep, tiledHeight, tiledWidth);
    }
    plain(
        from + tiledHeight * bytes,
        fromStep,
        to + tiledHeight * toStep,
        toStep,
        height - tiledHeight,
        tiledWidth,
        bytes);
    plain(
        from + tiledWidth * fromStep,
        fromStep,
        to + tiledWidth * bytes,
        toStep,
        height,
        width - tiledWidth,
        bytes);
  }

  /// Walks along the longer side of small tiles.
  private static void plain(
      long from, long fromStep, long to, long toStep, long height, long width, int bytes) {
    for (long column = 0; column < width; column += TILE) {
      long count = Math.min(TILE, width - column);
      long source = from + column * fromStep;
      long target = to + column * bytes;
      if (count < TILE && count < height) {
        for (long i = 0; i < count; i++) {
          Elements.copyLine(
              source + i * fromStep, bytes, target + i * bytes, toStep, height, bytes);
        }
      } else {
        for (long row = 0; row < height; row++) {
          Elements.copyLine(
              source + row * bytes, fromStep, target + row * toStep, bytes, count, bytes);
        }
      }
    }
  }
}
