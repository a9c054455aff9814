package dev.javelin.cpu;

import dev.javelin.kernels.Shape;

/// Convolutions of few channels, of float32 arrays in which the same pixel of all images lies side by side: each lane of a
/// vector is an image, so that no number of channels leaves lanes empty.
final class BatchConvolution {
  /// Operations worth a thread.
  static final long GRAIN = 400_000;

  /// Beyond that the pixels of an image are so far apart that they get into each other's way in the caches.
  private static final int MOST_IMAGES = 256;

  /// With fewer than this share of the lanes in use, oneDNN's vectors of channels are slower.
  private static final double USED = 0.65;

  /// Channels of an image as it comes, for which oneDNN has code that wastes nothing.
  private static final int COLOURS = 3;

  private BatchConvolution() {}

  /// The images of a tile.
  static int block() {
    return TileWriter.VECTORS * VectorLoops.W;
  }

  /// Whether this is the fastest way for a convolution, if the arrays may be laid out for it.
  ///
  /// @param x the shape of the input, `[n, c, h, w]`
  /// @param w the shape of the weights, `[o, c / groups, kh, kw]`
  static boolean isPreferred(Shape x, Shape w) {
    long images = x.size(0);
    long channels = x.size(1);
    return Loops.vectorised()
        && images > 0
        && images % block() == 0
        && images <= MOST_IMAGES
        && channels == w.size(1)
        && (Dnnl.get().isEmpty()
            || (channels <= COLOURS ? 1 : used(channels)) * used(w.size(0)) < USED);
  }

  private static double used(long channels) {
    return (double) channels / ((channels + VectorLoops.W - 1) / VectorLoops.W * VectorLoops.W);
  }

  /// Whether the arrays of a convolution lie as wanted here.
  static boolean takes(ConvSpec s) {
    return Loops.vectorised()
        && s.n() > 0
        && s.n() % block() == 0
        && s.groups() == 1
        && s.xStrides()[0] == 1
        && s.yStrides()[0] == 1
        && isNear(s.c() * s.xStrides()[1])
        && isNear(s.o() * s.yStrides()[1])
        && isNear(s.o() * s.c() * s.kh() * s.kw() * 2);
  }

  /// Whether a distance in elements fits into the tables of terms.
  private static boolean isNear(long elements) {
    return elements * Float.BYTES < 1L << 32;
  }

  /// Prepares a convolution that [#takes] is true of.
  static Conv of(ConvSpec s) {
    return s.direction() == ConvSpec.Direction.BACKWARD_WEIGHTS
        ? new BatchProducts(s)
        : new BatchSums(s);
  }

  /// Divides channels into as few tiles as there can be, of about the same number.
  ///
  /// @return where each tile begins, and the end
  static int[] divide(long channels, int most) {
    int tiles = (int) ((channels + most - 1) / most);
    int[] starts = new int[tiles + 1];
    for (int tile = 0; tile <= tiles; tile++) {
      starts[tile] = (int) (channels * tile / tiles);
    }
    return starts;
  }

  /// Strides in bytes.
  static long[] bytes(long[] strides) {
    long[] bytes = strides.clone();
    for (int axis = 0; axis < bytes.length; axis++) {
      bytes[axis] *= Float.BYTES;
    }
    return bytes;
  }
}
