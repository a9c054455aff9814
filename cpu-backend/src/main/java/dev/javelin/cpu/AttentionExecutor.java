package dev.javelin.cpu;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;

/// Attention: a block of queries of one head walks over blocks of keys. Scores, exponentials and the sums of values stay in cache;
/// what was summed shrinks whenever a larger score turns up.
final class AttentionExecutor implements Executable {
  private static final long[] NO_PARAMS = {};

  /// What is done with a block of one shape.
  private record Block(BlockProduct scores, Executable softmax, BlockProduct values) {}

  private final Kernel.Attention kernel;
  private final DType type;
  private final AttentionMatrix q;
  private final AttentionMatrix k;
  private final AttentionMatrix v;
  private final AttentionBlocks cut;
  private final long heads;
  private final long width;
  private final View yHeads;
  private final View lseHeads;
  private final long yRow;
  private final long lseRow;

  /// By whether the block of queries is the last, and that of keys.
  private final Block[][] blocks = new Block[2][2];

  private final Executable[] rescale = new Executable[2];
  private final Executable[] finish = new Executable[2];
  private final Executable[] put = new Executable[2];

  private AttentionExecutor(Kernel.Attention kernel) {
    this.kernel = kernel;
    type = kernel.buffers().get(kernel.lse().buffer());
    DType stored = kernel.buffers().get(kernel.y().buffer());
    View y = kernel.y().view();
    int rank = y.shape().rank();
    long size = kernel.q().view().shape().size(-1);
    width = y.shape().size(-1);
    q = AttentionMatrix.of(kernel.buffers(), kernel.q(), type, kernel.scale());
    k = AttentionMatrix.of(kernel.buffers(), kernel.k(), type, 1);
    v = AttentionMatrix.of(kernel.buffers(), kernel.v(), type, 1);
    yHeads = y.drop(rank - 1).drop(rank - 2);
    lseHeads = kernel.lse().view().drop(rank - 2);
    yRow = y.stride(rank - 2);
    lseRow = kernel.lse().view().stride(rank - 2);
    heads = lseHeads.shape().numel();
    cut =
        AttentionBlocks.of(y.shape().size(-2), kernel.k().view().shape().size(-2), kernel.causal());
    for (int i = 0; i < 2; i++) {
      long m = cut.rows(i == 0 ? 0 : cut.rowBlocks() - 1);
      rescale[i] = AttentionKernels.rescale(type, View.contiguous(Shape.of(m, width)), type);
      finish[i] = AttentionKernels.finish(type, m, lseRow);
      put[i] =
          AttentionKernels.rescale(
              type, AttentionKernels.matrix(m, width, yRow, y.stride(rank - 1)), stored);
      for (int j = 0; j < 2 && cut.keys() > 0; j++) {
        long n = cut.columns(j == 0 ? 0 : cut.columnBlocks() - 1);
        blocks[i][j] =
            new Block(
                BlockProduct.of(type, m, n, size, false, q.row(), true, k.row()),
                AttentionKernels.softmax(type, m, n),
                BlockProduct.of(type, m, width, n, false, n, false, v.row()));
      }
    }
  }

  static Executable of(Kernel.Attention kernel) {
    return kernel.lse().view().shape().numel() == 0
        ? (buffers, offsets, params) -> {}
        : new AttentionExecutor(kernel);
  }

  @Override
  public void launch(DeviceBuffer[] buffers, long[] offsets, long[] params) {
    Scratch scratch = Scratch.borrow();
    try {
      long at = scratch.reserve(q.scratchBytes() + k.scratchBytes() + v.scratchBytes());
      long atQ = q.address(buffers, offsets, at);
      long atK = k.address(buffers, offsets, at + q.scratchBytes());
      long atV = v.address(buffers, offsets, at + q.scratchBytes() + k.scratchBytes());
      long count = heads * cut.rowBlocks();
      // The last blocks first: where keys are hidden they take the longest.
      Workers.run(
          Math.toIntExact(count), part -> run(count - 1 - part, atQ, atK, atV, buffers, offsets));
    } finally {
      scratch.giveBack();
    }
  }

  private void run(
      long part, long atQ, long atK, long atV, DeviceBuffer[] buffers, long[] offsets) {
    long head = part % heads;
    long i = part / heads;
    long m = cut.rows(i);
    int last = i == cut.rowBlocks() - 1 ? 1 : 0;
    long vector = Scratch.aligned(m * type.bytes());
    long scores = 0; // [m, columns]
    long sums = scores + Scratch.aligned(m * cut.columns() * type.bytes()); // [m, width]
    long largest = sums + Scratch.aligned(m * width * type.bytes()); // [2, m]
    long total = largest + 2 * vector; // [m]
    long shrink = total + vector; // [m]
    long hidden = shrink + vector; // [columns]
    long bytes = hidden + cut.columns() * type.bytes();
    Scratch scratch = Scratch.borrow();
    try {
      long base = scratch.reserve(bytes);
      CpuBuffer memory = CpuBuffer.lent(base, bytes);
      DeviceBuffer[] five = {memory, memory, memory, memory, memory};
      fill(base + largest, m, Double.NEGATIVE_INFINITY);
      fill(base + total, m, 0);
      fill(base + hidden, kernel.causal() ? cut.columns() : 0, Double.NEGATIVE_INFINITY);
      long query = atQ + q.head(head) + i * cut.rows() * q.row() * type.bytes();
      long now = largest;
      for (long j = 0; j < cut.columnBlocks() && !cut.isHidden(i, j); j++) {
        Block block = blocks[last][j == cut.columnBlocks() - 1 ? 1 : 0];
        long from = j * cut.columns() * type.bytes();
        block.scores.run(query, atK + k.head(head) + from * k.row(), base + scores, false);
        cut.hide(type, i, j, base + scores, base + hidden);
        long next = j % 2 == 0 ? largest + vector : largest;
        block.softmax.launch(five, new long[] {scores, now, next, total, shrink}, NO_PARAMS);
        now = next;
        if (j > 0) {
          rescale[last].launch(five, new long[] {sums, shrink, sums}, NO_PARAMS);
        }
        long values = atV + v.head(head) + from * v.row();
        block.values.run(base + scores, values, base + sums, j > 0);
      }
      if (cut.keys() == 0) {
        Memory.clear(base + sums, m * width * type.bytes());
      }
      int y = kernel.y().buffer();
      int lse = kernel.lse().buffer();
      long toY = yHeads.atLinear(head) + i * cut.rows() * yRow;
      long toLse = lseHeads.atLinear(head) + i * cut.rows() * lseRow;
      finish[last].launch(
          new DeviceBuffer[] {memory, memory, memory, buffers[lse]},
          new long[] {now, total, shrink, offsets[lse] + toLse * type.bytes()},
          NO_PARAMS);
      put[last].launch(
          new DeviceBuffer[] {memory, memory, buffers[y]},
          new long[] {sums, shrink, offsets[y] + toY * kernel.buffers().get(y).bytes()},
          NO_PARAMS);
    } finally {
      scratch.giveBack();
    }
  }

  private void fill(long address, long count, double value) {
    for (long i = 0; i < count; i++) {
      Elements.putDouble(type, address + i * type.bytes(), value);
    }
  }
}
