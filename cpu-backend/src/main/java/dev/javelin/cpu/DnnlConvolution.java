package dev.javelin.cpu;

import dev.javelin.cpu.ConvSpec.Direction;
import dev.javelin.cpu.MatmulSpec.Bias;
import dev.javelin.kernels.DType;
import java.util.List;

/// A float32 convolution on oneDNN, cut into slices by [DnnlConvolutionPlan]; [Workers] runs them, each on one thread.
///
/// A slice is some images, some rows of one image of the output, or some channels of all images. Channels-last arrays are
/// used where they lie. Others are copied, slice by slice and so within the cache, to and from the layout that oneDNN
/// likes best, which is faster than its implementations for contiguous arrays. Weights are copied into oneDNN's layout on
/// each call. The gradient of the weights is summed for each part of the batch by itself and then over the parts, always
/// in the same order.
final class DnnlConvolution implements Conv {
  /// A piece of work. Offsets in bytes; `elements` is the size of its y. A copy is null where memory is used in place.
  record Slice(
      DnnlPrimitive primitive,
      DnnlPrimitive copyX,
      DnnlPrimitive copyW,
      DnnlPrimitive copyY,
      long x,
      long w,
      long y,
      long bias,
      long elements) {}

  /// The temporary memory of a slice.
  record Room(long x, long w, long y) {}

  /// Copies of the weights between the caller's layout and oneDNN's, in as many pieces as are worth it; none where both
  /// are the same. `add` adds a part's gradient to the caller's array, `sum` one to another in oneDNN's layout.
  record Weights(
      List<DnnlPrimitive> copy, List<DnnlPrimitive> add, DnnlPrimitive sum, long bytes) {}

  private static final Gemm JAVA = Gemm.of(DType.FLOAT32);

  private final Direction direction;
  private final boolean relu;
  private final Slice[] slices;
  private final Room room;

  /// What the slices share; null where each has weights of its own.
  private final Weights weights;

  private final int parts;

  /// Puts a plan's results together.
  ///
  /// @param spec the geometry
  /// @param slices what to do
  /// @param room the largest copies of any slice
  /// @param weights how to copy the weights; null where the slices do
  /// @param parts for the gradient of the weights, in how many parts of adjacent slices it is summed
  DnnlConvolution(ConvSpec spec, Slice[] slices, Room room, Weights weights, int parts) {
    this.direction = spec.direction();
    this.relu = direction == Direction.FORWARD && spec.activation() == Activation.RELU;
    this.slices = slices;
    this.room = room;
    this.weights = weights;
    this.parts = parts;
  }

  /// Prepares a convolution.
  ///
  /// @param spec its geometry
  /// @return the convolution, or null where oneDNN has no fast implementation
  static DnnlConvolution of(ConvSpec spec) {
    return DnnlConvolutionPlan.plan(spec);
  }

  @Override
  public void run(long x, long w, long bias, long y) {
    if (weights == null || weights.copy.isEmpty()) {
      slices(x, w, bias, y);
      return;
    }
    if (direction == Direction.BACKWARD_WEIGHTS) {
      gradient(x, w, y);
      return;
    }
    Scratch scratch = Scratch.borrow();
    try {
      long ours = scratch.reserve(weights.bytes);
      Workers.run(weights.copy.size(), piece -> weights.copy.get(piece).run(w, ours));
      slices(x, ours, bias, y);
    } finally {
      scratch.giveBack();
    }
  }

  private void slices(long x, long w, long bias, long y) {
    if (slices.length == 1) {
      run(slices[0], x, w, bias, y);
    } else {
      Workers.run(slices.length, i -> run(slices[i], x, w, bias, y));
    }
  }

  private void gradient(long x, long w, long y) {
    Scratch scratch = Scratch.borrow();
    try {
      // For each part its sum, and perhaps what one slice adds to it.
      long step = weights.sum == null ? weights.bytes : 2 * weights.bytes;
      long sums = scratch.reserve(step * parts);
      Workers.run(parts, part -> sum(part, x, sums + part * step, y));
      Workers.run(
          weights.copy.size(),
          piece -> {
            weights.copy.get(piece).run(sums, w);
            for (int part = 1; part < parts; part++) {
              weights.add.get(piece).run(sums + part * step, w);
            }
          });
    } finally {
      scratch.giveBack();
    }
  }

  private void sum(int part, long x, long sum, long y) {
    int first = (int) ((long) slices.length * part / parts);
    int end = (int) ((long) slices.length * (part + 1) / parts);
    run(slices[first], x, sum, 0, y);
    for (int i = first + 1; i < end; i++) {
      run(slices[i], x, sum + weights.bytes, 0, y);
      weights.sum.run(sum + weights.bytes, sum);
    }
  }

  private void run(Slice slice, long x, long w, long bias, long y) {
    long xAt = x + slice.x;
    long wAt = w + slice.w;
    long yAt = y + slice.y;
    if (slice.copyX == null && slice.copyW == null && slice.copyY == null) {
      compute(slice, xAt, wAt, bias, yAt);
      return;
    }
    Scratch scratch = Scratch.borrow();
    try {
      long here = scratch.reserve(room.x + room.w + room.y);
      long xHere = slice.copyX == null ? xAt : here;
      long wHere = slice.copyW == null ? wAt : here + room.x;
      long yHere = slice.copyY == null ? yAt : here + room.x + room.w;
      copy(slice.copyX, direction != Direction.BACKWARD_DATA, xAt, xHere);
      copy(slice.copyW, direction != Direction.BACKWARD_WEIGHTS, wAt, wHere);
      copy(slice.copyY, direction != Direction.FORWARD, yAt, yHere);
      compute(slice, xHere, wHere, bias, yHere);
      copy(slice.copyX, direction == Direction.BACKWARD_DATA, xHere, xAt);
      copy(slice.copyW, direction == Direction.BACKWARD_WEIGHTS, wHere, wAt);
      copy(slice.copyY, direction == Direction.FORWARD, yHere, yAt);
    } finally {
      scratch.giveBack();
    }
  }

  private static void copy(DnnlPrimitive copy, boolean now, long from, long to) {
    if (copy != null && now) {
      copy.run(from, to);
    }
  }

  private void compute(Slice slice, long x, long w, long bias, long y) {
    slice.primitive.run(x, w, y, bias + slice.bias);
    if (relu) {
      // Not oneDNN's own, which turns NaN into 0. The slice is in the cache.
      JAVA.finish(1, slice.elements, y, 0, Bias.NONE, 0, Activation.RELU);
    }
  }

  /// Which of oneDNN's implementations runs, for tests and reports.
  String implementation() {
    return slices[0].primitive.implementation();
  }
}
