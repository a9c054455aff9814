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

  private static final int FEWEST_LANES = 4;

  /// The distance in elements that is too far for an int in bytes.
  private static final long FARTHEST = 1L << 29;

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
    return hasVectors()
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
    return hasVectors()
        && s.n() > 0
        && s.n() % block() == 0
        && s.groups() == 1
        && s.xStrides()[0] == 1
        && s.yStrides()[0] == 1
        && isNear(s.xStrides(), s.c(), s.h() + 2 * s.padH(), s.w() + 2 * s.padW())
        && isNear(s.yStrides(), s.o(), s.oh(), s.ow())
        && s.o() * s.c() * s.kh() * s.kw() < FARTHEST;
  }

  /// Whether there are vectors of a length that the loops are made for.
  private static boolean hasVectors() {
    return Loops.vectorised() && VectorLoops.W >= FEWEST_LANES;
  }

  /// Whether no two elements of an array are farther apart than the tables of terms can say.
  private static boolean isNear(long[] strides, long channels, long h, long w) {
    return channels * strides[1] + h * strides[2] + w * strides[3] < FARTHEST;
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
