package dev.javelin.opencl;

import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.SplittableRandom;

/// Views laid out at random.
final class Views {
  private Views() {}

  /// The axes in any order in memory, now and then with gaps, not always from the beginning.
  static View any(SplittableRandom random, long... sizes) {
    int rank = sizes.length;
    int[] order = new int[rank];
    for (int axis = 0; axis < rank; axis++) {
      order[axis] = axis;
    }
    for (int axis = rank - 1; axis > 0; axis--) {
      int other = random.nextInt(axis + 1);
      int kept = order[axis];
      order[axis] = order[other];
      order[other] = kept;
    }
    long[] strides = new long[rank];
    long stride = random.nextInt(4) == 0 ? 2 : 1;
    for (int axis : order) {
      strides[axis] = stride;
      stride *= sizes[axis] + (random.nextInt(4) == 0 ? 1 : 0);
    }
    return View.of(Shape.of(sizes), strides, random.nextInt(3));
  }

  /// The view with some axes repeating one element.
  static View repeated(View view, int... axes) {
    long[] strides = view.strides();
    for (int axis : axes) {
      strides[axis] = 0;
    }
    return View.of(view.shape(), strides, view.offset());
  }
}
